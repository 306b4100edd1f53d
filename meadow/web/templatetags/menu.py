"""The lines of the menu that other packages added."""

from django import template

from meadow.web import menu

register = template.Library()


@register.simple_tag
def menu_lines() -> list[menu.MenuLine]:
    """Return the added lines of the menu."""
    return menu.list_lines()
