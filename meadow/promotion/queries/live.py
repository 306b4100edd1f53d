"""What a web process reads each second of live orders, so that a page need not."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.db import connection

from meadow.promotion.models import PromotionRule, ResponseModel
from meadow.promotion.prediction.affinities import restore_affinity
from meadow.promotion.prediction.learning import SHIPPED

# Responses an impression of a usual note, before a community has learnt its own.
SHIPPED_RATES: Final = {goal: rate for goal, (rate, _counts_as) in SHIPPED.items()}


class Mark(NamedTuple):
    """What is predicted of a live order: `rate` and `quality`; of its `goal`, with its note's `topics`."""

    order_id: int
    rate: float
    quality: int
    goal: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Live:
    """What never changes of a live order, and its audience as JSON."""

    order_id: int
    note_id: int
    author_id: int
    audience: str
    salt: str
    holdout: int


@dataclass(frozen=True, slots=True)
class Found:
    """An order as it stands: `runs` where its state, unit and pace let it be shown, from `starts_at` on."""

    live: Live
    mark: Mark
    runs: bool
    starts_at: dt.datetime
    ends_at: dt.datetime


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
    """What holds for all orders: the rule's number, whether anything is promoted, the newest snapshot of the
    audiences, what was learnt last (`learnt`), the highest version of a pace.

    Whatever a transaction before number `horizon` changed is there now.
    """

    rule: int | None
    on: bool
    snapshot: int
    learnt: int
    paced: int
    horizon: int


_STANDING: Final = """
SELECT (SELECT max(number) FROM promotion_promotionrule),
       coalesce((SELECT s.on FROM promotion_switch s ORDER BY s.id DESC LIMIT 1), true),
       coalesce((SELECT max(id) FROM promotion_audiencesnapshot), 0),
       coalesce((SELECT max(id) FROM promotion_responsemodel), 0),
       coalesce((SELECT max(version) FROM promotion_pace), 0),
       pg_snapshot_xmin(pg_current_snapshot())::text::bigint
"""
_FOUND: Final = """
WITH base AS (
    SELECT DISTINCT ON (goal) goal, base FROM promotion_responsemodel ORDER BY goal, id DESC
)
SELECT o.id, o.note_id, o.author_id, o.audience::text, o.salt, o.holdout,
       coalesce(p.rate, b.base, shipped.rate), coalesce(p.quality, 1000), o.goal,
       ARRAY(SELECT t.slug FROM notes_notetopic n JOIN notes_topic t ON t.id = n.topic_id
             WHERE n.note_id = o.note_id ORDER BY 1),
       o.state = 'running' AND o.unit = %(unit)s AND c.order_id IS NOT NULL, o.starts_at, o.ends_at
FROM promotion_order o
JOIN unnest(%(goals)s::text[], %(rates)s::float[]) shipped (goal, rate) ON shipped.goal = o.goal
LEFT JOIN promotion_pace c ON c.order_id = o.id
LEFT JOIN promotion_prediction p ON p.order_id = o.id
LEFT JOIN base b ON b.goal = o.goal
WHERE """
_ALL: Final = f"{_FOUND} o.state = 'running' AND o.ends_at > %(now)s"
_CHANGED: Final = f"""{_FOUND} o.id IN (
    SELECT id FROM promotion_order WHERE changed >= %(since)s
    UNION ALL SELECT order_id FROM promotion_prediction WHERE changed >= %(since)s
    UNION ALL SELECT unnest(%(wanted)s::bigint[])
)
"""  # noqa: S608 - fixed parts
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


def read_factors() -> dict[str, tuple[float, ...]]:
    """Return the factor of each class of match, by goal, as far as any were learnt."""
    rows = ResponseModel.objects.order_by("goal", "-id").distinct("goal")
    return {
        goal: restore_affinity(kept).factors for goal, kept in rows.values_list("goal", "affinity")
    }


def read_running(*, unit: str, now: dt.datetime) -> list[Found]:
    """Return all orders that run and are not over; those of another unit never meet these."""
    return _find(_ALL, {"unit": unit, "now": now})


def read_changed(*, unit: str, since: int, wanted: Sequence[int]) -> list[Found]:
    """Return the orders that transaction `since` or a later one changed, and those in `wanted`."""
    return _find(_CHANGED, {"unit": unit, "since": since, "wanted": list(wanted)})


def _find(statement: str, values: dict[str, Any]) -> list[Found]:
    values |= {"goals": list(SHIPPED_RATES), "rates": list(SHIPPED_RATES.values())}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [
            Found(
                live=Live(order_id, *live),
                mark=Mark(order_id, rate, quality, goal, tuple(topics)),
                runs=runs,
                starts_at=starts_at,
                ends_at=ends_at,
            )
            for order_id, *live, rate, quality, goal, topics, runs, starts_at, ends_at in (
                cursor.fetchall()
            )
        ]


def read_paces(*, process: str, mark: int, fresh: Sequence[int]) -> list[PaceRow]:
    """Return the paces that changed since version `mark`, and those of the orders in `fresh`."""
    values: dict[str, Any] = {"process": process, "mark": mark, "fresh": list(fresh)}
    with connection.cursor() as cursor:
        cursor.execute(_PACES, values)
        return [PaceRow._make(row) for row in cursor.fetchall()]
