"""What a web process reads each second of live orders, so that a page need not."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.db import connection

from meadow.promotion.models import PromotionRule
from meadow.promotion.prediction.learning import SHIPPED

# Responses an impression of a usual note, before a community has learnt its own.
SHIPPED_RATES: Final = {goal: rate for goal, (rate, _counts_as) in SHIPPED.items()}


class Mark(NamedTuple):
    """A live order: `changed` moves with every write to its row, `rate` and `quality` are predicted."""

    order_id: int
    changed: str
    rate: float
    quality: int


@dataclass(frozen=True, slots=True)
class Live:
    """What never changes of a live order, and its audience as JSON."""

    order_id: int
    note_id: int
    author_id: int
    audience: str
    salt: str
    holdout: int


class PaceRow(NamedTuple):
    """The bid of one order, and all that this process was ever lent for it."""

    order_id: int
    version: int
    low: float
    high: float
    share: float
    lent: int
    scarce: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for all orders: the rule's number, whether anything is promoted, the newest snapshot."""

    rule: int | None
    on: bool
    snapshot: int


_STANDING: Final = """
SELECT (SELECT max(number) FROM promotion_promotionrule),
       coalesce((SELECT s.on FROM promotion_switch s ORDER BY s.id DESC LIMIT 1), true),
       coalesce((SELECT max(id) FROM promotion_audiencesnapshot), 0)
"""
# xmin and ctid say that a row was written, whatever of it: an order is read anew then.
_MARKS: Final = """
WITH base AS (
    SELECT DISTINCT ON (goal) goal, base FROM promotion_responsemodel ORDER BY goal, id DESC
)
SELECT o.id, o.xmin::text || o.ctid::text, coalesce(p.rate, b.base, shipped.rate), coalesce(p.quality, 1000)
FROM promotion_order o
JOIN promotion_pace c ON c.order_id = o.id
JOIN unnest(%(goals)s::text[], %(rates)s::float[]) shipped (goal, rate) ON shipped.goal = o.goal
LEFT JOIN promotion_prediction p ON p.order_id = o.id
LEFT JOIN base b ON b.goal = o.goal
WHERE o.state = 'running' AND o.starts_at <= %(now)s AND %(now)s < o.ends_at AND o.unit = %(unit)s
"""
_ORDERS: Final = """
SELECT id, note_id, author_id, audience::text, salt, holdout FROM promotion_order
WHERE id = ANY(%s)
"""
_PACES: Final = """
SELECT order_id, version, low, high, share, coalesce((loans->>%(process)s)::bigint, 0), scarce
FROM promotion_pace WHERE version > %(mark)s OR order_id = ANY(%(fresh)s)
"""


def read_standing() -> Standing:
    """Return what holds for all orders now."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING)
        return Standing(*cursor.fetchone())


def read_rule(number: int) -> PromotionRule:
    """Return one version of the rule."""
    return PromotionRule.objects.get(number=number)


def read_marks(*, unit: str, now: dt.datetime) -> list[Mark]:
    """Return the orders that run, in their time, and are paced; those of another unit never meet these."""
    values: dict[str, Any] = {
        "goals": list(SHIPPED_RATES),
        "rates": list(SHIPPED_RATES.values()),
        "now": now,
        "unit": unit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MARKS, values)
        return [Mark._make(row) for row in cursor.fetchall()]


def read_live(order_ids: Sequence[int]) -> list[Live]:
    """Return these orders."""
    with connection.cursor() as cursor:
        cursor.execute(_ORDERS, [list(order_ids)])
        return [Live(*row) for row in cursor.fetchall()]


def read_paces(*, process: str, mark: int, fresh: Sequence[int]) -> list[PaceRow]:
    """Return the paces that changed since version `mark`, and those of the orders in `fresh`."""
    values: dict[str, Any] = {"process": process, "mark": mark, "fresh": list(fresh)}
    with connection.cursor() as cursor:
        cursor.execute(_PACES, values)
        return [PaceRow._make(row) for row in cursor.fetchall()]
