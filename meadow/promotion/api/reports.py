"""Reports of orders for other software: the same readings as on their pages."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.params.functions import Path

from meadow.accounts.api_auth import scoped
from meadow.accounts.permissions import is_operator, require_person
from meadow.analytics.campaign_splits import Part, split_delivered
from meadow.core import clock
from meadow.promotion.crowds import Crowd
from meadow.promotion.queries.lifts import LiftReport, OutcomeLift, read_lift
from meadow.promotion.queries.orders import find_order
from meadow.promotion.queries.reports import Report, campaign_of, read_report
from meadow.promotion.records import OrderRecord
from meadow.promotion.report_words import say_delivery, say_lift, worth_of

router = Router(tags=["promotion"])
NAME: Any = Path(..., max_length=24, pattern="^[A-Za-z0-9]+$")


class PromotionDeliveredOut(Schema):
    """What was delivered. `cost` is what valid impressions cost, in millionths of the unit.

    `impressions`, `opens`, `reads`, `interactions` and `follows` are valid ones that were paid for.
    """

    raw_impressions: int
    impressions: int
    invalid: int
    cost: int
    people: int
    opens: int
    reads: int
    interactions: int
    follows: int
    clicks: int
    ghosts: int


class PromotionPartOut(Schema):
    """One part of delivery: an hour (its start), a surface or why it is invalid.

    `cost` is of valid impressions, `not_charged` of invalid ones, in millionths of the unit.
    """

    label: str
    raw_impressions: int
    impressions: int
    invalid: int
    cost: int
    not_charged: int
    opens: int
    reads: int


class PromotionGroupOut(Schema):
    """Readers of one group; small ones are together in `others`."""

    key: str
    people: int
    impressions: int
    readers: int


class PromotionCrowdOut(Schema):
    """Who was shown it up to a full hour; no groups while there are too few people."""

    until: dt.datetime
    people: int
    groups: dict[str, list[PromotionGroupOut]]


class PromotionPaceOut(Schema):
    """How far spending was to be by a moment, and how far it was (null ahead), in millionths of the unit."""

    at: dt.datetime
    planned: int
    spent: int | None


class PromotionLiftPointOut(Schema):
    """How the interval stood once so many people's windows were over."""

    at: dt.datetime
    people: int
    difference: float
    low: float
    high: float


class PromotionOutcomeOut(Schema):
    """What was added of one outcome. Differences are of rates, with an interval that holds at every look.

    `verdict` is `added`, `took_away`, `not_enough_data` or `broken`; `more_impressions` is about how many
    it still takes, null for very many.
    """

    outcome: str
    verdict: str
    said: str
    people_boosted: int
    people_held_out: int
    rate_boosted: float
    rate_held_out: float
    difference: float
    low: float
    high: float
    added: float
    added_low: float
    added_high: float
    more_impressions: int | None
    course: list[PromotionLiftPointOut]


class PromotionLiftOut(Schema):
    """What an order added. `share` of 10,000 were held out; the 24 hours of `people` were over at `until`."""

    until: dt.datetime
    share: int
    met: int
    ghosts: int
    people: int
    outcomes: list[PromotionOutcomeOut]


class PromotionHoursOut(Schema):
    """Delivery by hour (UTC)."""

    items: list[PromotionPartOut]


class PromotionReportOut(Schema):
    """What is told of an order. `spent` is minor units of `unit`; `charged` is what the books say by now.

    What the warehouse alone knows is null while it is away; `forecast` is what was told at ordering.
    """

    id: str
    state: str
    goal: str
    unit: str
    budget: int
    charged: int
    spent: int
    returned: int
    said: str
    as_of: dt.datetime | None
    results: int
    delivered: PromotionDeliveredOut
    forecast: dict[str, Any] | None
    pace: list[PromotionPaceOut]
    surfaces: list[PromotionPartOut] | None
    invalid: list[PromotionPartOut] | None
    reads: dict[str, int] | None
    crowd: PromotionCrowdOut | None


@router.get(
    "/promotion/orders/{order_id}/report",
    response=PromotionReportOut,
    **scoped("promotion:read"),
)
def get_report(request: HttpRequest, order_id: str = NAME) -> PromotionReportOut:
    """Read what an order of yours brought so far."""
    order = _find(request, order_id)
    return report_out(read_report(order.id, clock.now()))


@router.get(
    "/promotion/orders/{order_id}/hours", response=PromotionHoursOut, **scoped("promotion:read")
)
def get_hours(request: HttpRequest, order_id: str = NAME) -> PromotionHoursOut:
    """Read an order's delivery by hour."""
    order = _find(request, order_id)
    hours = split_delivered(campaign=campaign_of(order), by="hour")
    return PromotionHoursOut(items=[part_out(one, label=one.hour.isoformat()) for one in hours])


@router.get(
    "/promotion/orders/{order_id}/lift", response=PromotionLiftOut, **scoped("promotion:read")
)
def get_lift(request: HttpRequest, order_id: str = NAME) -> PromotionLiftOut:
    """Read what an order added over those held out, and how sure that is."""
    order = _find(request, order_id)
    found = read_lift(order.id, clock.now())
    return PromotionLiftOut(
        until=found.until,
        share=found.share,
        met=found.met,
        ghosts=found.ghosts,
        people=found.people,
        outcomes=[outcome_out(one, found) for one in found.outcomes],
    )


def report_out(report: Report) -> PromotionReportOut:
    """Return a report as the API tells it."""
    order, seen, details = report.order, report.delivered, report.details
    delivered = {
        name: getattr(seen, name) for name in PromotionDeliveredOut.model_fields if name != "cost"
    }
    return PromotionReportOut(
        id=order.public_id,
        state=order.state,
        goal=order.goal,
        unit=order.unit,
        budget=order.budget,
        charged=order.charged,
        spent=worth_of(report),
        returned=order.returned,
        said=say_delivery(report, clock.now()),
        as_of=seen.as_of,
        results=report.results,
        delivered=PromotionDeliveredOut(cost=seen.price, **delivered),
        forecast=report.forecast.to_json() if report.forecast else None,
        pace=[
            PromotionPaceOut(at=one.at, planned=one.planned, spent=one.spent) for one in report.pace
        ],
        surfaces=[part_out(one) for one in details.surfaces] if details else None,
        invalid=[part_out(one) for one in details.reasons] if details else None,
        reads=dict(details.reads) if details else None,
        crowd=crowd_out(details.crowd) if details else None,
    )


def part_out(part: Part, *, label: str = "") -> PromotionPartOut:
    """Return one part of delivery as the API tells it."""
    return PromotionPartOut(
        label=label or part.label,
        raw_impressions=part.raw,
        impressions=part.impressions,
        invalid=part.invalid,
        cost=part.price,
        not_charged=part.spared,
        opens=part.opens,
        reads=part.reads,
    )


def crowd_out(crowd: Crowd) -> PromotionCrowdOut:
    """Return groups of readers as the API tells them."""
    return PromotionCrowdOut(
        until=crowd.until,
        people=crowd.people,
        groups={
            name: [
                PromotionGroupOut(
                    key=one.key,
                    people=one.people,
                    impressions=one.impressions,
                    readers=one.readers,
                )
                for one in groups
            ]
            for name, groups in crowd.groups.items()
        },
    )


def outcome_out(one: OutcomeLift, report: LiftReport) -> PromotionOutcomeOut:
    """Return what was added of one outcome as the API tells it."""
    lift = one.lift
    told = {name: getattr(lift, name) for name in lift.__dataclass_fields__}
    return PromotionOutcomeOut(
        outcome=one.outcome,
        said=say_lift(one.outcome, lift, report),
        course=[
            PromotionLiftPointOut(
                at=point.at,
                people=point.people,
                difference=point.difference,
                low=point.low,
                high=point.high,
            )
            for point in one.course
        ],
        **told,
    )


def _find(request: HttpRequest, order_id: str) -> OrderRecord:
    person = require_person(request.user)
    return find_order(order_id, person_id=None if is_operator(person) else person.pk)
