"""The days that a page of the Studio is about, read from its address."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from meadow.analytics.errors import PeriodInvalid
from meadow.analytics.questions import check_period
from meadow.studio.errors import WrongQuestion

CHOICES: Final = (7, 28, 90)
USUAL: Final = 28
# A page shows as many days before, and the warehouse is asked for 400 at most.
MOST_DAYS_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Period:
    """Days in UTC, `until` included; `choice` is 7, 28 or 90, or 0 for days of one's own."""

    since: dt.date
    until: dt.date
    choice: int = 0

    @property
    def days(self) -> int:
        """How many days there are."""
        return (self.until - self.since).days + 1

    @property
    def before(self) -> "Period":
        """As many days just before."""
        return Period(self.since - dt.timedelta(days=self.days), self.since - dt.timedelta(days=1))

    @property
    def address(self) -> dict[str, str]:
        """The part of an address that asks for this period again."""
        if self.choice:
            return {} if self.choice == USUAL else {"period": str(self.choice)}
        return {"since": self.since.isoformat(), "until": self.until.isoformat()}


def last_days(days: int, *, today: dt.date) -> Period:
    """Return the period of this many days that ends today."""
    return Period(today - dt.timedelta(days=days - 1), today, choice=days)


def read_period(asked: Mapping[str, str], *, today: dt.date, shown: bool = True) -> Period:
    """Return the period an address asks for. Raises WrongQuestion or PeriodInvalid.

    A page that is `shown` stands beside as many days before, so that it takes fewer than a file.
    """
    if "since" in asked or "until" in asked:
        since = read_day(asked, "since") or today - dt.timedelta(days=USUAL - 1)
        period = Period(since, read_day(asked, "until") or today)
        check_period(period.since, period.until)
        if shown and period.days > MOST_DAYS_SHOWN:
            raise PeriodInvalid(most_days=MOST_DAYS_SHOWN)
        return period
    try:
        days = int(asked.get("period") or USUAL)
    except ValueError:
        days = 0
    if days not in CHOICES:
        raise WrongQuestion(fields={"period": [", ".join(map(str, CHOICES))]})
    return last_days(days, today=today)


def read_day(asked: Mapping[str, str], name: str) -> dt.date | None:
    """Return a day of an address, None where there is none. Raises WrongQuestion."""
    if not asked.get(name):
        return None
    try:
        return dt.date.fromisoformat(asked[name])
    except ValueError:
        raise WrongQuestion(fields={name: ["YYYY-MM-DD"]}) from None
