"""What the steps of a pilot may limit: whoever opens a capability registers what it keeps to."""

import re
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy

from meadow.programs.metrics import Word

LARGEST_LIMIT: Final = 10**6
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of one capability; `unit` says so many of it, as in "%(value)s minutes a day"."""

    capability: str
    key: str
    label: Word
    unit: Word

    def say(self, value: int) -> str:
        """Return the limit in words: "60 minutes a day"."""
        return str(self.unit) % {"value": f"{value:,}"}


_limits: dict[tuple[str, str], Limit] = {}


def register_limit(*, capability: str, key: str, label: Word, unit: Word) -> None:
    """Let the pilot in front of a capability limit something. Raises ValueError for a second one."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"a limit's key is small letters, digits and underscores, not {key!r}")
    if (capability, key) in _limits:
        raise ValueError(f"the limit {key} of {capability} is registered already")
    _limits[capability, key] = Limit(capability=capability, key=key, label=label, unit=unit)


def list_limits(capability: str) -> list[Limit]:
    """Return what the pilot in front of a capability may limit, by key."""
    return [_limits[place] for place in sorted(_limits) if place[0] == capability]


def find_limit(capability: str, key: str) -> Limit | None:
    """Return one limit of a capability, or None where it has no such limit."""
    return _limits.get((capability, key))


def register_shipped() -> None:
    """Name the limits of programs that ship before the package which will keep to them."""
    register_limit(
        capability="live.broadcast",
        key="minutes_a_day",
        label=gettext_lazy("Minutes a day"),
        unit=gettext_lazy("%(value)s minutes a day"),
    )
