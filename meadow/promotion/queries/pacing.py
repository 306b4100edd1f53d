"""What the pacing tick reads."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson
from django.db import connection

from meadow.promotion.models import InventoryHour
from meadow.promotion.queries.live import SHIPPED_RATES

# How long back hours of the day, and prices, are looked at.
DAYS_OF_TRAFFIC: Final = 7
HOURS_OF_PRICES: Final = 24


class Paced(NamedTuple):
    """An order with its pace, its prediction and what was delivered of it; amounts of the pace in micro.

    `rests` and `planned_to` (seconds since 1970) are of its plan; None where it has none.
    """

    order_id: int
    unit: str
    budget: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    is_live: bool
    is_over: bool
    rate: float
    quality: int
    price: int
    low: float
    high: float
    share: float
    loans: dict[str, int]
    served: int
    served_count: int
    ghosts: int
    opportunities: float
    rests: bool | None
    planned_to: float | None
    purse: dict[str, Any]
    feasible: bool | None
    attainable: int | None
    scarce: bool
    open: bool
    paced_at: dt.datetime | None


class Plans(NamedTuple):
    """What is read only of orders that are paced anew: most of a row."""

    pacer: dict[str, Any]
    course: list[dict[str, Any]]


_JSON: Final = ("loans", "purse")
_ORDERS: Final = """
WITH base AS (
    SELECT DISTINCT ON (goal) goal, base FROM promotion_responsemodel ORDER BY goal, id DESC
),
wanted (id) AS (
    SELECT id FROM promotion_order
    WHERE state = 'running' AND starts_at <= %(now)s AND %(now)s < ends_at
    UNION SELECT order_id FROM promotion_pace WHERE open
    UNION SELECT unnest(%(told)s::bigint[])
)
SELECT o.id, o.unit, o.budget, o.starts_at, o.ends_at,
       %(on)s AND o.state = 'running' AND o.starts_at <= %(now)s AND %(now)s < o.ends_at,
       o.ended_at IS NOT NULL,
       coalesce(p.rate, b.base, shipped.rate), coalesce(p.quality, 1000), coalesce(d.price, 0),
       coalesce(c.low, 0), coalesce(c.high, 0), coalesce(c.share, 1),
       coalesce(c.loans, '{}')::text, coalesce(c.served, 0), coalesce(c.served_count, 0),
       coalesce(c.ghosts, 0), coalesce(c.opportunities, 0), (c.pacer->'rests')::boolean,
       (c.pacer->'ends')::float, coalesce(c.purse, '{}')::text, c.feasible, c.attainable,
       coalesce(c.scarce, false), coalesce(c.open, true), c.paced_at
FROM wanted JOIN promotion_order o USING (id)
JOIN unnest(%(goals)s::text[], %(rates)s::float[]) shipped (goal, rate) ON shipped.goal = o.goal
LEFT JOIN promotion_pace c ON c.order_id = o.id
LEFT JOIN promotion_prediction p ON p.order_id = o.id
LEFT JOIN base b ON b.goal = o.goal
LEFT JOIN promotion_delivered d ON d.order_id = o.id
ORDER BY o.id
"""
_PLANS: Final = """
SELECT order_id, pacer::text, course::text FROM promotion_pace WHERE order_id = ANY(%s)
"""


def read_paced(*, told: Sequence[int], on: bool, now: dt.datetime) -> list[Paced]:
    """Return the orders that run, those with money out, and those in `told`; none runs while not `on`."""
    values: dict[str, Any] = {
        "told": list(told),
        "on": on,
        "now": now,
        "goals": list(SHIPPED_RATES),
        "rates": list(SHIPPED_RATES.values()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_ORDERS, values)
        rows = cursor.fetchall()
    places = [Paced._fields.index(name) for name in _JSON]
    found = []
    for row in rows:
        # orjson reads these in a fifth of the time that json does, and there are thousands.
        plain = list(row)
        for place in places:
            plain[place] = orjson.loads(plain[place])
        found.append(Paced._make(plain))
    return found


def read_plans(order_ids: Sequence[int]) -> dict[int, Plans]:
    """Return the plan and the course of these orders, by order; of those without a pace, none."""
    with connection.cursor() as cursor:
        cursor.execute(_PLANS, [list(order_ids)])
        rows = cursor.fetchall()
    return {key: Plans(orjson.loads(pacer), orjson.loads(course)) for key, pacer, course in rows}


def read_hours(*, now: dt.datetime) -> list[float]:
    """Return the mean pages of each hour of the day (UTC) of the last days; empty where none is known.

    An hour of which nothing is known counts as the mean of the others.
    """
    since = now - dt.timedelta(days=DAYS_OF_TRAFFIC)
    whole = now.replace(minute=0, second=0, microsecond=0)
    rows = InventoryHour.objects.filter(hour__gte=since, hour__lt=whole)
    pages: dict[int, list[int]] = {}
    for hour, count in rows.values_list("hour", "pages"):
        pages.setdefault(hour.astimezone(dt.UTC).hour, []).append(count)
    means = {hour: sum(each) / len(each) for hour, each in pages.items()}
    if not means:
        return []
    usual = sum(means.values()) / len(means)
    return [means.get(hour, usual) for hour in range(24)]


def read_wins(*, now: dt.datetime) -> dict[int, float]:
    """Return {bin of `pacing.market`: pages} of what winning took in the last day."""
    since = now - dt.timedelta(hours=HOURS_OF_PRICES)
    wins: dict[int, float] = {}
    for each in InventoryHour.objects.filter(hour__gte=since).values_list("wins", flat=True):
        for place, count in each.items():
            wins[int(place)] = wins.get(int(place), 0) + count
    return wins
