"""What each capability opens, named by the package that built it: every surface, and where to go in.

The matrix test (`web/tests/test_capabilities.py`) asks each surface that is listed here and fails
for a route or a realtime event of a door that is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from django.utils.functional import Promise

Kind = Literal["page", "download", "api", "media", "realtime"]
KINDS: Final[tuple[Kind, ...]] = ("page", "download", "api", "media", "realtime")


@dataclass(frozen=True, slots=True)
class Door:
    """What a capability opens: `label` is what a button to `url` says.

    `surfaces` are routes as the URL table has them (`/studio/notes/<public_id>`, of the API
    `/api/v1/metrics/{key}`) and realtime events by kind. `prefixes` are the beginnings of addresses
    that belong to it; `free` are routes among them that show nothing of anybody.
    """

    capability: str
    url: str
    label: str | Promise
    surfaces: Mapping[Kind, tuple[str, ...]]
    prefixes: tuple[str, ...] = ()
    free: tuple[str, ...] = field(default=())


_doors: dict[str, Door] = {}


def register_door(door: Door) -> None:
    """Let the pages of programs lead to what a capability opens."""
    _doors[door.capability] = door


def find_door(capability: str) -> Door | None:
    """Return what a capability opens, or None where nothing was built behind it."""
    return _doors.get(capability)


def list_doors() -> list[Door]:
    """Return every door, by capability."""
    return [_doors[capability] for capability in sorted(_doors)]
