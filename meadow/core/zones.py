"""The clock of whoever reads a page, for hours of the day and days: instants are the browser's to write.

Everything is kept, matched and told to other software in UTC. js/app.js tells the zone in a cookie.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest

COOKIE: Final = "meadow_zone"
LONGEST_ZONE: Final = 64
UTC: Final = ZoneInfo("UTC")
MINUTE: Final = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Dial:
    """A clock as hours of the day are said on it: its zone's name, and by how many minutes it leads UTC."""

    name: str = "UTC"
    ahead: int = 0


UTC_DIAL: Final = Dial()


def find_zone(name: str) -> ZoneInfo | None:
    """Return the IANA time zone of that name, None for a text that is none."""
    if len(name) > LONGEST_ZONE or name not in _list_names():
        return None
    return ZoneInfo(name)


def reader_zone(request: HttpRequest) -> ZoneInfo:
    """Return the zone that the reader's browser is in; UTC where it told none that is known."""
    return find_zone(request.COOKIES.get(COOKIE, "")) or UTC


def reader_dial(request: HttpRequest, now: dt.datetime) -> Dial:
    """Return the reader's clock as it goes now: where clocks change, it leads by more in summer."""
    return dial_of(reader_zone(request), now)


def dial_of(zone: ZoneInfo, now: dt.datetime) -> Dial:
    """Return the clock of a zone as it goes now."""
    ahead = now.astimezone(zone).utcoffset() or dt.timedelta()
    return Dial(name=name_zone(zone), ahead=ahead // MINUTE)


def name_zone(zone: ZoneInfo) -> str:
    """Return a zone's name as it is read: America/New York."""
    return zone.key.replace("_", " ")


# Reading the names takes 50 ms. Those that are no places (right/, posix/) are not among them.
@cache
def _list_names() -> frozenset[str]:
    return frozenset(available_timezones())
