"""How live orders keep to their plans, and whether what should happen by itself does."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F

from meadow.promotion.models import Delivered, Order, Pace
from meadow.promotion.reckoning import micro_of_minor

# The tick paces each second or two; a silence of this long is an outage.
STALE_AFTER: Final = dt.timedelta(seconds=60)
REVIEW_WITHIN: Final = dt.timedelta(hours=24)
SETTLED_WITHIN: Final = dt.timedelta(minutes=5)
MOST_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class PaceLine:
    """One live order against its plan; amounts are millionths of `unit`.

    `planned` is what the plan would have spent by now, `spent` what was served, `attainable` what the
    pacer expects to be spent by the end (None before it knows). `low` to `high` is its bid for a
    predicted response.
    """

    public_id: str
    buyer_id: int | None
    note_id: int
    unit: str
    budget: int
    planned: int
    spent: int
    feasible: bool | None
    attainable: int | None
    low: float
    high: float
    ghosts: int
    absorbed: int
    ends_at: dt.datetime
    paced_at: dt.datetime | None
    is_stale: bool

    @property
    def deviation(self) -> float:
        """How far it is off its plan, as a share of its budget; above 0 it is ahead."""
        return (self.spent - self.planned) / self.budget


@dataclass(frozen=True, slots=True)
class Trouble:
    """What should have happened by itself and has not: how many, and since when the oldest waits."""

    kind: str
    count: int
    since: dt.datetime | None


def list_paces(*, now: dt.datetime, most: int = MOST_SHOWN) -> Sequence[PaceLine]:
    """Return live orders by how they keep to their plans: stale ones first, then the furthest off."""
    live = Order.objects.filter(state=Order.State.RUNNING, starts_at__lte=now, ends_at__gt=now)
    rows = live.select_related("pace").order_by("ends_at", "pk")[:most]
    lines = [_line(order, now) for order in rows]
    return sorted(lines, key=lambda one: (not one.is_stale, -abs(one.deviation)))


def list_troubles(*, now: dt.datetime) -> Sequence[Trouble]:
    """Return what waits longer than it should; nothing where all is well."""
    review = Order.objects.filter(state=Order.State.REVIEW, placed_at__lt=now - REVIEW_WITHIN)
    live = Order.objects.filter(
        state=Order.State.RUNNING, starts_at__lte=now - STALE_AFTER, ends_at__gt=now
    )
    paced = Pace.objects.filter(order__in=live, paced_at__gte=now - STALE_AFTER)
    stale = live.exclude(pk__in=paced.values("pk"))
    unsettled = Delivered.objects.filter(as_of__lt=now - SETTLED_WITHIN).exclude(
        price=F("settled_price")
    )
    asked = (
        ("review", list(review.values_list("placed_at", flat=True))),
        ("stale", list(stale.values_list("pace__paced_at", flat=True))),
        ("unsettled", list(unsettled.values_list("as_of", flat=True))),
    )
    return [
        Trouble(kind, len(found), min((at for at in found if at is not None), default=None))
        for kind, found in asked
        if found
    ]


def _line(order: Order, now: dt.datetime) -> PaceLine:
    pace = getattr(order, "pace", None)
    course: Sequence[Mapping[str, Any]] = pace.course if pace else ()
    paced_at = pace.paced_at if pace else None
    return PaceLine(
        public_id=order.public_id,
        buyer_id=order.buyer_id,
        note_id=order.note_id,
        unit=order.unit,
        budget=order.budget * micro_of_minor(order.unit),
        planned=planned_by(course, order.ends_at, now),
        spent=sum(int(one["spent"]) for one in course),
        feasible=pace.feasible if pace else None,
        attainable=pace.attainable if pace else None,
        low=pace.low if pace else 0.0,
        high=pace.high if pace else 0.0,
        ghosts=pace.ghosts if pace else 0,
        absorbed=order.absorbed,
        ends_at=order.ends_at,
        paced_at=paced_at,
        is_stale=max(order.starts_at, paced_at or order.starts_at) < now - STALE_AFTER,
    )


def planned_by(course: Sequence[Mapping[str, Any]], ends_at: dt.datetime, now: dt.datetime) -> int:
    """Return what a plan would have spent by now: whole slots, and the part of the slot we are in.

    In millionths of the order's unit.
    """
    edges = [float(one["began"]) for one in course] + [ends_at.timestamp()]
    at, planned = now.timestamp(), 0.0
    for place, one in enumerate(course):
        began, over = edges[place], edges[place + 1]
        if at >= over:
            planned += one["planned"]
        elif at > began:
            planned += one["planned"] * (at - began) / (over - began)
    return int(planned)
