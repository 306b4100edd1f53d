"""The label of a place that was paid for, in templates."""

from django import template

from meadow.promotion.label import sponsored_label as word

register = template.Library()


@register.simple_tag
def sponsored_label() -> str:
    """Return the label in the active language."""
    return word()
