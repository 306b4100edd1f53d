"""What stands behind a figure: what counted, what did not and why, and when each leaves."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]
# As many lines as a page shows; `Evidence.more` counts the others.
MOST_ITEMS: Final = 200
# A thing counts up to and including its last moment; PostgreSQL's next moment is this much later.
MOMENT: Final = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was looked at: a note, a profile fact, a violation.

    `value` is its own figure (a note's valid reads); `reason` is a code, empty where it counts;
    `leaves_at` is the last moment at which it counts, None where time alone changes nothing.
    """

    title: str
    url: str
    value: int
    counts: bool
    reason: str = ""
    leaves_at: dt.datetime | None = None
    params: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What makes up `value`; `changes_at` is when it next changes by time alone.

    Items that count come first, the one that leaves soonest on top. `more` further ones are not
    listed. `as_of` is how far the figures behind it had been counted, where they are counted late.
    """

    value: int
    items: tuple[Item, ...] = ()
    changes_at: dt.datetime | None = None
    more: int = 0
    as_of: dt.datetime | None = None


_pushed: set[str] = set()


def register_pushed(name: str) -> None:
    """Say, in `AppConfig.ready()`, that a package pushes evidence under a name."""
    _pushed.add(name)


def is_pushed(name: str) -> bool:
    """Whether any package of this installation pushes evidence under a name."""
    return name in _pushed
