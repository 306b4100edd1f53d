"""What a buyer is told of an order: delivery, pace, money, results, who was reached, and lift."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from meadow.accounts.readerships import describe_readers
from meadow.analytics.campaign_splits import Campaign, Part, list_reached, split_delivered
from meadow.analytics.readings import read_totals
from meadow.core.errors import EngineUnavailable
from meadow.promotion.crowds import Crowd, gather
from meadow.promotion.forecasts import Forecast, forecast_from_json
from meadow.promotion.models import Order, Pace
from meadow.promotion.models.orders import OrderStep
from meadow.promotion.queries.delivered import DeliveredRecord, get_delivered
from meadow.promotion.queries.health import planned_by
from meadow.promotion.queries.lifts import LiftReport, lift_of
from meadow.promotion.records import OrderRecord, StepRecord, order_record, step_record

LONGEST_PERIOD: Final = dt.timedelta(days=399)
PROVENANCE: Final = ("reads_organic", "reads_paid", "reads_granted", "reads_invalid")
READS: Final = ("reads_raw", "reads_valid", *PROVENANCE)
GIVEN_BACK: Final = (OrderStep.Kind.CREDITED, OrderStep.Kind.MADE_GOOD)


@dataclass(frozen=True, slots=True)
class PacePoint:
    """How far spending was to be by a moment and how far it was, in millionths of the unit.

    `spent` is what was served, and None ahead of us; what is found invalid is charged to nobody.
    """

    at: dt.datetime
    planned: int
    spent: int | None


@dataclass(frozen=True, slots=True)
class Prospect:
    """What pacing expects: whether the budget can be spent, and how much; None where not known yet.

    `planned` is what the plan would have spent by now; both amounts are millionths of the unit.
    """

    feasible: bool | None = None
    attainable: int | None = None
    planned: int | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """What only the warehouse knows of an order.

    `reads` are those of the note from the day `since` to `until`, while it ran, by how they came about.
    """

    hours: Sequence[Part]
    surfaces: Sequence[Part]
    reasons: Sequence[Part]
    crowd: Crowd
    reads: Mapping[str, int]
    since: dt.date
    until: dt.date
    lift: LiftReport


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is told of one order; `details` is None while the warehouse is away, or not asked."""

    order: OrderRecord
    delivered: DeliveredRecord
    forecast: Forecast | None
    pace: Sequence[PacePoint]
    prospect: Prospect
    given_back: Sequence[StepRecord]
    details: Details | None

    @property
    def results(self) -> int:
        """How often what the order is for happened."""
        return int(getattr(self.delivered, self.order.goal))

    @property
    def is_empty(self) -> bool:
        """Whether nothing was shown yet."""
        return not self.delivered.raw_impressions

    def cost_of(self, count: int) -> float | None:
        """Return what one of `count` cost, in millionths of the unit; None for none."""
        return self.delivered.price / count if count else None


def read_report(order_id: int, now: dt.datetime, *, with_details: bool = True) -> Report:
    """Return what is told of an order now; without details, what PostgreSQL alone knows of it."""
    order = Order.objects.select_related("rule", "pace").get(pk=order_id)
    delivered = get_delivered(order_id)
    steps = order.steps.filter(kind__in=GIVEN_BACK).order_by("pk")
    pace = getattr(order, "pace", None)
    try:
        details = _read_details(order, delivered, now=now) if with_details else None
    except EngineUnavailable:
        details = None
    return Report(
        order=order_record(order),
        delivered=delivered,
        forecast=forecast_from_json(order.forecast),
        pace=_course_of(order, pace, now=now),
        prospect=_prospect_of(order, pace, now=now),
        given_back=[step_record(one) for one in steps],
        details=details,
    )


def campaign_of(order: OrderRecord) -> Campaign:
    """Return an order as the warehouse knows it."""
    return Campaign(id=order.id, author_id=order.author_id, note_id=order.note_id)


def _read_details(order: Order, delivered: DeliveredRecord, *, now: dt.datetime) -> Details:
    campaign = campaign_of(order_record(order))
    until = min(order.ended_at or now, now).date()
    since = min(max(order.starts_at, now - LONGEST_PERIOD).date(), until)
    reads = read_totals(
        metrics=READS,
        author_id=order.author_id,
        note_id=order.note_id,
        since=since,
        until=until,
    )
    return Details(
        hours=split_delivered(campaign=campaign, by="hour"),
        surfaces=split_delivered(campaign=campaign, by="surface"),
        reasons=split_delivered(campaign=campaign, by="reason") if delivered.invalid else [],
        crowd=_read_crowd(campaign, order.salt, now.replace(minute=0, second=0, microsecond=0)),
        reads={key: int(value or 0) for key, value in reads.values.items()},
        since=since,
        until=until,
        lift=lift_of(order, delivered, now=now),
    )


# Groups are told by the full hour: from one impression to the next, the difference would be one person.
@lru_cache(maxsize=500)
def _read_crowd(campaign: Campaign, _salt: str, until: dt.datetime) -> Crowd:
    reached = list_reached(campaign=campaign)
    readers = describe_readers(
        pseudonyms=[one.person for one in reached], author_id=campaign.author_id
    )
    return gather(reached, readers, until=until)


def _prospect_of(order: Order, pace: Pace | None, *, now: dt.datetime) -> Prospect:
    if pace is None:
        return Prospect()
    planned = planned_by(pace.course, order.ends_at, now) if pace.course else None
    return Prospect(pace.feasible, pace.attainable, planned)


def _course_of(order: Order, pace: Pace | None, *, now: dt.datetime) -> list[PacePoint]:
    """Return the plan and what was spent at the beginning of each slot of the flight, and at its end."""
    course: Sequence[Mapping[str, Any]] = pace.course if pace else ()
    if not course:
        return []
    began = [dt.datetime.fromtimestamp(float(one["began"]), dt.UTC) for one in course]
    points = [PacePoint(at=began[0], planned=0, spent=0)]
    planned = spent = 0
    for slot, over in zip(course, [*began[1:], max(order.ends_at, began[-1])], strict=True):
        planned += int(slot["planned"])
        spent += int(slot["spent"])
        # The slot we are in is told as it stands; what is ahead has a plan alone.
        begun = float(slot["began"]) <= now.timestamp()
        points.append(PacePoint(at=over, planned=planned, spent=spent if begun else None))
    return points
