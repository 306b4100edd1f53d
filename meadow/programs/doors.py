"""Where each capability is used: the address behind the door, named by the package that built it."""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Door:
    """What a capability opens: `label` is what a button to `url` says."""

    capability: str
    url: str
    label: str | Promise


_doors: dict[str, Door] = {}


def register_door(door: Door) -> None:
    """Let the pages of programs lead to what a capability opens."""
    _doors[door.capability] = door


def find_door(capability: str) -> Door | None:
    """Return what a capability opens, or None where nothing was built behind it."""
    return _doors.get(capability)
