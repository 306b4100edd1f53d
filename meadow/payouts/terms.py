"""The rules that hold: the latest version of each, or what Meadow ships with."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from meadow.payouts.figuring import Bracket


@dataclass(frozen=True, slots=True)
class Terms:
    """What payouts of a unit keep to: amounts in minor units, `fee_rate` in ten-thousandths.

    `weekday` (Monday is 0) and `month_day` say when those leave that are paid by the clock.
    """

    unit: str
    number: int
    least: int
    most: int
    fee: int
    fee_rate: int
    cooldown_days: int
    weekday: int
    month_day: int


@dataclass(frozen=True, slots=True)
class TaxTerms:
    """What is withheld; `number` 0 is no rule at all. `region` is that of the rule, "" for all."""

    region: str
    payee_kind: str
    unit: str
    number: int
    period: str
    brackets: tuple[Bracket, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of either kind of rule: since when, who set it (None: as it ships) and why."""

    terms: Terms | TaxTerms
    set_at: dt.datetime | None
    set_by: int | None
    note: str


# The least of each currency keeps a transfer from costing more than it brings.
SHIPPED: Final = {
    "CNY": Terms("CNY", 0, 1_000, 5_000_000, 0, 0, 3, 0, 1),
    "USD": Terms("USD", 0, 1_000, 1_000_000, 0, 0, 3, 0, 1),
}


def period_start(period: str, now: dt.datetime) -> dt.datetime | None:
    """Return from when on (UTC) payouts are added up before tax; None: each stands alone."""
    day = now.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "month":
        return day.replace(day=1)
    if period == "year":
        return day.replace(month=1, day=1)
    return None


def next_turn(schedule: str, terms: Terms, now: dt.datetime) -> dt.datetime | None:
    """Return when somebody is next paid by the clock, later than now (UTC); None for never."""
    day = now.astimezone(dt.UTC).replace(hour=3, minute=0, second=0, microsecond=0)
    if schedule == "never":
        return None
    for days in range(63):
        turn = day + dt.timedelta(days=days)
        due = (
            turn.weekday() == terms.weekday if schedule == "weekly" else turn.day == terms.month_day
        )
        if due and turn > now:
            return turn
    raise ValueError(f"{schedule!r} is no schedule")
