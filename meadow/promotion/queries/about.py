"""How promotion works here, as data: what holds for everybody, and the load that one reader met."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from meadow.analytics.histories import Seen, count_seen
from meadow.core.errors import EngineUnavailable
from meadow.core.money import UNITS
from meadow.promotion.queries.rules import is_on, newest_rule
from meadow.promotion.reckoning import MICRO_DIGITS

LOAD_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class About:
    """What holds: at most one card in `one_in` is sponsored, an order is shown to one person at most `cap`
    times a day (0: once a sitting), an impression costs at least `reserve`; `holdout` per cent of the
    people whom an order is for are not shown it, at least.

    `seen` is what the reader looked at in Hot within LOAD_DAYS; None where nobody asked, or it cannot be
    read now.
    """

    is_on: bool
    one_in: int
    cap: int
    reserve: str
    holdout: Decimal
    rule: int
    since: dt.datetime
    seen: Seen | None


def read_about(*, pseudonym: str, now: dt.datetime) -> About:
    """Return what holds now, and what the reader of this pseudonym (empty: nobody) met."""
    rule = newest_rule()
    return About(
        is_on=is_on(),
        one_in=rule.one_in,
        cap=rule.cap,
        reserve=say_micro(rule.reserve, rule.unit),
        holdout=Decimal(rule.holdout) / 100,
        rule=rule.number,
        since=rule.set_at,
        seen=_seen(pseudonym, now) if pseudonym else None,
    )


def say_micro(micro: int, unit: str) -> str:
    """Write millionths of a unit with no more digits than they need: "¥0.02", "¥0.0235"."""
    known = UNITS[unit]
    figure = Decimal(micro).scaleb(-MICRO_DIGITS).normalize()
    digits = max(-int(figure.as_tuple().exponent), known.exponent)
    return f"{known.sign}{figure:,.{digits}f}"


def _seen(pseudonym: str, now: dt.datetime) -> Seen | None:
    since = now - dt.timedelta(days=LOAD_DAYS)
    try:
        return count_seen(pseudonym=pseudonym, surface="hot", since=since)
    except EngineUnavailable:
        return None
