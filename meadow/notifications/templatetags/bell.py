"""The bell for the frame of every page."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from meadow.notifications.bell import render_bell, unread_of

register = template.Library()


@register.simple_tag(takes_context=True)
def bell(context: Any) -> SafeString | str:
    """Draw the reader's bell; whoever splices pages puts a slot of their own into `bell`."""
    slot: str = context.get("bell", "")
    return slot or render_bell(unread_of(context["user"]))
