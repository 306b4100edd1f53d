"""What can be sold: traffic by the hour, what it cost, who comes how often, and what is ordered already."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from django.db import connection
from django.db.models import Sum

from meadow.promotion.forecasts.method import Market
from meadow.promotion.forecasts.prices import Prices, fit_prices
from meadow.promotion.forecasts.reach import fit_crowd
from meadow.promotion.forecasts.supply import fit_profile
from meadow.promotion.models import AudienceSnapshot, InventoryHour, Order, PeopleWithin

HOUR: Final = dt.timedelta(hours=1)
# How far back traffic is looked at, and prices.
TRAFFIC_DAYS: Final = 28
PRICE_DAYS: Final = 7
# Less than this of pages, or of hours in which there were any, and nothing is known.
FEWEST_PAGES: Final = 50
FEWEST_HOURS: Final = 3
# Of what is served, so much counts, where little was served: this much of so many.
USUAL_VALID, SERVED_KNOWN = 0.9, 200.0

# What of the history can change, in one row: while it does not, what was fitted to it stands.
_SEEN: Final = """
SELECT count(*), min(hour), max(hour), sum(pages), sum(people), sum(filled), sum(spent),
       (SELECT (max(made_at), sum(people))::text FROM promotion_peoplewithin)
FROM promotion_inventoryhour
WHERE hour >= %(since)s AND hour < %(until)s
"""
_WINS: Final = """
SELECT date_trunc('day', i.hour AT TIME ZONE 'UTC'), w.key::int, sum(w.value::bigint)
FROM promotion_inventoryhour i, jsonb_each_text(i.wins) w
WHERE i.hour >= %(since)s AND i.hour < %(until)s
GROUP BY 1, 2
"""
# What is left of each budget, spread evenly over what is left of its time, as far as that lies in the flight.
_DEMAND: Final = """
SELECT coalesce(sum(
    (budget - charged)
    * extract(epoch FROM least(ends_at, %(ends)s) - greatest(starts_at, %(starts)s))
    / greatest(extract(epoch FROM ends_at - greatest(starts_at, %(now)s)), 3600)
), 0)::float
FROM promotion_order
WHERE state IN ('review', 'running') AND unit = %(unit)s
    AND ends_at > %(starts)s AND starts_at < %(ends)s AND ends_at > %(now)s
"""


@dataclass(frozen=True, slots=True)
class Flight:
    """When an order would run, in which unit."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    unit: str
    micro_of_minor: int

    @property
    def hours(self) -> float:
        """How long it runs."""
        return (self.ends_at - self.starts_at) / HOUR


@dataclass(frozen=True)
class _Fitted:
    """What was fitted to the history that `seen` says; `market` is without what is ordered."""

    seen: tuple[Any, ...]
    market: Market | None


_fitted = _Fitted((), None)


def read_market(*, flight: Flight, reserve: int, now: dt.datetime) -> Market | None:
    """Return what is known of what can be sold, None where that is too little to say anything.

    What is fitted to the history is kept by the process until an hour more is known: a form asks often.
    """
    global _fitted
    until = now.replace(minute=0, second=0, microsecond=0)
    since = until - dt.timedelta(days=TRAFFIC_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, {"since": since, "until": until})
        seen = (*cursor.fetchone(), until, reserve)
    fitted = _fitted
    if fitted.seen != seen:
        fitted = _Fitted(seen, _fit(since=since, until=until, reserve=reserve, now=now))
        _fitted = fitted
    market = fitted.market
    if market is None:
        return None
    demand = _read_demand(flight, now=now) * flight.micro_of_minor / flight.hours
    return replace(market, prices=replace(market.prices, demand=demand))


def _fit(
    *, since: dt.datetime, until: dt.datetime, reserve: int, now: dt.datetime
) -> Market | None:
    """Return what the history says of what can be sold, with nothing ordered."""
    rows = list(
        InventoryHour.objects.filter(hour__gte=since, hour__lt=until)
        .order_by("hour")
        .values_list("hour", "pages", "people", "spent")
    )
    met = [row for row in rows if row[1]]
    if len(met) < FEWEST_HOURS or sum(row[1] for row in met) < FEWEST_PAGES:
        return None
    first = _hour_of(rows[0][0])
    count = _hour_of(until) - first
    pages, people, spent = np.zeros((3, count))
    for hour, *counts in rows:
        place = _hour_of(hour) - first
        pages[place], people[place], spent[place] = counts
    windows = dict(PeopleWithin.objects.values_list("hours", "people"))
    within = windows if any(windows.values()) else {1: float(people.mean())}
    if not any(within.values()):
        return None
    return Market(
        profile=fit_profile(first=first, pages=pages),
        hours=count,
        crowd=fit_crowd(pages=float(pages.mean()), within=within),
        prices=_read_prices(
            pages=float(pages[-PRICE_DAYS * 24 :].sum()),
            spent=float(spent[-PRICE_DAYS * 24 :].mean()),
            reserve=reserve,
            until=until,
        ),
        valid=_read_valid(now=now),
    )


def read_share(*, is_everyone: bool, audience_size: int) -> float:
    """Return which part of people an audience of this size is; 0 where nobody was counted."""
    if is_everyone:
        return 1.0
    people = AudienceSnapshot.objects.order_by("-id").values_list("people", flat=True).first()
    return min(audience_size / people, 1.0) if people else 0.0


def hours_since_1970(at: dt.datetime) -> float:
    """Return a moment as forecasts count it."""
    return at.timestamp() / 3600


def _hour_of(at: dt.datetime) -> int:
    return int(at.timestamp()) // 3600


def _read_prices(*, pages: float, spent: float, reserve: int, until: dt.datetime) -> Prices:
    with connection.cursor() as cursor:
        since = until - dt.timedelta(days=PRICE_DAYS)
        cursor.execute(_WINS, {"since": since, "until": until})
        rows = cursor.fetchall()
    days: dict[int, dict[int, float]] = {}
    for day, place, count in rows:
        days.setdefault(_hour_of(day.replace(tzinfo=dt.UTC)) // 24, {})[place] = float(count)
    return fit_prices(days=days, pages=pages, reserve=reserve, demand=0.0, spent=spent)


def _read_demand(flight: Flight, *, now: dt.datetime) -> float:
    """Return the minor units that live orders mean to spend during a flight."""
    with connection.cursor() as cursor:
        cursor.execute(
            _DEMAND,
            {
                "starts": flight.starts_at,
                "ends": flight.ends_at,
                "now": now,
                "unit": flight.unit,
            },
        )
        return float(cursor.fetchone()[0])


def _read_valid(*, now: dt.datetime) -> float:
    """Return which part of what was served lately became a valid impression."""
    lately = Order.objects.filter(ended_at__gte=now - dt.timedelta(days=PRICE_DAYS))
    served, valid = lately.aggregate(
        served=Sum("pace__served_count"), valid=Sum("delivered__impressions")
    ).values()
    known = float(served or 0)
    counted = min(float(valid or 0), known)
    return (counted + USUAL_VALID * SERVED_KNOWN) / (known + SERVED_KNOWN)
