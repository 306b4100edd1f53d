"""Months and years of statements: of the calendar, in the site's own time zone."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final, Literal

from django.utils.timezone import get_default_timezone, get_default_timezone_name

from meadow.statements.errors import StatementMissing

State = Literal["running", "settling", "closed"]
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2999
# A booking carries the time at which its work began. No work lasts as long as this, so what began in
# a month has come in by then, and the month stays as it is.
SETTLES: Final = dt.timedelta(hours=1)
_MONTH: Final = re.compile(r"([2]\d{3})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month."""

    year: int
    number: int

    @property
    def name(self) -> str:
        """Return it as addresses and files say it: "2026-11"."""
        return f"{self.year}-{self.number:02}"

    @property
    def first_day(self) -> dt.date:
        """Return its first day."""
        return dt.date(self.year, self.number, 1)

    @property
    def begins(self) -> dt.datetime:
        """Return its first moment."""
        return dt.datetime(self.year, self.number, 1, tzinfo=get_default_timezone())

    @property
    def ends(self) -> dt.datetime:
        """Return the first moment after it."""
        return self.next().begins

    @property
    def settled_at(self) -> dt.datetime:
        """Return from when on it never changes."""
        return self.ends + SETTLES

    def next(self) -> "Month":
        """Return the month after it."""
        later = self.number == 12
        return Month(self.year + later, 1 if later else self.number + 1)

    def before(self) -> "Month":
        """Return the month before it."""
        earlier = self.number == 1
        return Month(self.year - earlier, 12 if earlier else self.number - 1)

    def state(self, *, now: dt.datetime) -> State:
        """Return whether it runs, has just ended, or never changes any more."""
        if now < self.ends:
            return "running"
        return "settling" if now < self.settled_at else "closed"


def month_of(at: dt.datetime | dt.date) -> Month:
    """Return the month of a time or a day."""
    day = at.astimezone(get_default_timezone()).date() if isinstance(at, dt.datetime) else at
    return Month(day.year, day.month)


def read_month(text: str) -> Month:
    """Return the month that an address names: "2026-11". Raises StatementMissing."""
    found = _MONTH.fullmatch(text)
    if found is None:
        raise StatementMissing
    return Month(int(found[1]), int(found[2]))


def zone_name() -> str:
    """Return the time zone by which months begin and end."""
    return get_default_timezone_name()
