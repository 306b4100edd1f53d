"""Lines that packages above add to the menu: a registry, because web does not know them."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class MenuLine:
    """One line of the menu; `icon` names a symbol of the sprite."""

    label: str | Promise
    url: str
    icon: str


_sources: list[Callable[[], MenuLine | None]] = []


def register(source: Callable[[], MenuLine | None]) -> None:
    """Add a line; `source` is asked whenever a menu is drawn, and may have none to show."""
    _sources.append(source)


def list_lines() -> list[MenuLine]:
    """Return the lines to show now, in the order in which they were registered."""
    return [line for source in _sources if (line := source()) is not None]
