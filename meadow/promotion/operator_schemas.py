"""What the operators' part of promotion's API takes and answers.

Amounts are minor units with their unit; those named micro are millionths of the unit.
"""

import datetime as dt
from typing import Literal

from ninja import Field, Schema
from pydantic import JsonValue

from meadow.promotion.models.rules import LONGEST_CODE, LONGEST_NOTE
from meadow.promotion.queries.health import PaceLine
from meadow.promotion.queries.inventory import Inventory
from meadow.promotion.queries.reviews import ReviewRecord
from meadow.promotion.queries.rules import CouponRecord, SwitchRecord
from meadow.promotion.records import OrderRecord
from meadow.promotion.review_words import LONGEST_WORDS
from meadow.promotion.services.ruling import LARGEST_AMOUNT, MOST_OFFERED, MOST_USES

ReviewGoal = Literal["reads", "interactions", "follows"]
ReviewState = Literal["review", "running", "paused", "rejected", "cancelled", "finished"]
Amount = Field(ge=0, le=LARGEST_AMOUNT)


class ReviewedOrderOut(Schema):
    """An order as operators see it; `decision` names the signed decision, empty before."""

    id: str
    buyer: str = Field(description="Handle, empty once the account is gone")
    note: str = Field(description="Public id, empty once the note is erased")
    goal: ReviewGoal
    audience: dict[str, JsonValue]
    unit: str
    budget: int
    state: ReviewState
    starts_at: dt.datetime
    ends_at: dt.datetime
    placed_at: dt.datetime
    reviewed_at: dt.datetime | None
    decision: str


class ReviewQueueOut(Schema):
    """Orders that wait for a review, oldest first."""

    items: list[ReviewedOrderOut]
    next_cursor: str | None


class OrderFindingOut(Schema):
    """What an automatic rule found about an order, with its figures."""

    code: str
    params: dict[str, JsonValue]


class ReviewStepOut(Schema):
    """What happened to an order, and its parameters."""

    kind: str
    params: dict[str, JsonValue]
    at: dt.datetime


class OrderReviewOut(Schema):
    """An order with what rules find about it now, and what happened to it, oldest first."""

    order: ReviewedOrderOut
    since: dt.datetime = Field(description="Since when it waits as it is")
    found: list[OrderFindingOut]
    steps: list[ReviewStepOut]


class OrderRejectionIn(Schema):
    """Why an order is not approved, and in words to its buyer."""

    why: Literal["misleading", "undisclosed", "not_allowed", "unsuited", "rights", "lures"]
    words: str = Field(max_length=LONGEST_WORDS * 2)


class PromotionFiguresIO(Schema):
    """Every figure of the rule; `holdout` and `smallest_effect` are of 10,000, `reserve` is micro.

    No impression costs more than `most_reserves` times the reserve; `unknown_hour` are the pages an hour
    that an order is planned over where none were counted yet.
    """

    packs: list[int] = Field(max_length=MOST_OFFERED)
    hours: list[int] = Field(max_length=MOST_OFFERED)
    smallest_budget: int = Amount
    largest_budget: int = Amount
    shortest_hours: int = Amount
    longest_hours: int = Amount
    schedule_days: int = Amount
    reserve: int = Amount
    most_reserves: int = Amount
    unknown_hour: int = Amount
    cap: int = Amount
    one_in: int = Amount
    place: int = Amount
    holdout: int = Amount
    smallest_effect: int = Amount
    review_above: int = Amount
    settle_minutes: int = Amount
    credit_days: int = Amount
    makegood: int = Amount


class PromotionRuleVersionOut(PromotionFiguresIO):
    """A version of the rule; the newest holds."""

    number: int
    unit: str
    note: str
    set_at: dt.datetime


class PromotionRuleVersionsOut(Schema):
    """The newest versions of the rule, newest first."""

    items: list[PromotionRuleVersionOut]


class PromotionRuleIn(Schema):
    """The next version; `seen` is the number of the one that you looked at."""

    figures: PromotionFiguresIO
    note: str = Field(max_length=LONGEST_NOTE * 2)
    seen: int = Field(ge=0, le=2**31 - 1)


class PromotionTrialOut(Schema):
    """What figures would have meant for orders of the last 90 days and pages of the last week."""

    orders: int
    refused: int
    waits_now: int
    waited: int
    pages: int
    cheaper: int


class PromotionSwitchOut(Schema):
    """Whether anything is promoted; `set_at` is empty as it ships."""

    on: bool
    reason: str
    set_at: dt.datetime | None


class PromotionSwitchIn(Schema):
    """Switch all promotion on or off, and why."""

    on: bool
    reason: str = Field(max_length=LONGEST_NOTE * 2)


class PromotionCouponOut(Schema):
    """A coupon and how often it was used; `person` is empty where anybody may use it."""

    code: str
    unit: str
    amount: int
    least: int
    uses: int
    uses_left: int
    person: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    note: str


class PromotionCouponsOut(Schema):
    """The newest coupons."""

    items: list[PromotionCouponOut]


class PromotionCouponIn(Schema):
    """A coupon, in the unit of the rule; `person` is a handle, or empty for anybody."""

    code: str = Field(max_length=LONGEST_CODE * 2)
    amount: int = Amount
    least: int = Amount
    uses: int = Field(ge=1, le=MOST_USES)
    person: str = Field("", max_length=40)
    starts_at: dt.datetime
    ends_at: dt.datetime
    note: str = Field(max_length=LONGEST_NOTE * 2)


class InventoryLineOut(Schema):
    """One hour of pages with a sponsored place; `median_micro` is what half of them took at most."""

    hour: dt.datetime
    pages: int
    filled: int
    people: int
    spent_micro: int
    median_micro: int | None


class PriceBandOut(Schema):
    """Pages that a price from `low_micro` up to `high_micro` would just have won."""

    low_micro: int
    high_micro: int
    pages: int


class LiveDemandOut(Schema):
    """Live orders of a state and unit, and what of their budgets is not charged."""

    state: str
    unit: str
    orders: int
    left: int


class PromotionInventoryOut(Schema):
    """The last seven days by hour, oldest first; prices over all of them; live demand."""

    hours: list[InventoryLineOut]
    prices: list[PriceBandOut]
    demand: list[LiveDemandOut]


class OrderPaceOut(Schema):
    """A live order against its plan; `deviation` is a share of its budget, above 0 ahead."""

    order: str
    unit: str
    budget_micro: int
    planned_micro: int
    spent_micro: int
    attainable_micro: int | None
    feasible: bool | None
    deviation: float
    bid_low: float
    bid_high: float
    held_out: int
    absorbed_micro: int
    ends_at: dt.datetime
    paced_at: dt.datetime | None
    is_stale: bool


class PromotionTroubleOut(Schema):
    """What waits longer than it should: review, stale or unsettled."""

    kind: Literal["review", "stale", "unsettled"]
    count: int
    since: dt.datetime | None


class PromotionPacingOut(Schema):
    """Live orders, stale ones first, then the furthest off; and what waits longer than it should."""

    items: list[OrderPaceOut]
    troubles: list[PromotionTroubleOut]


def order_out(order: OrderRecord, *, buyer: str, note: str) -> ReviewedOrderOut:
    """Return an order as operators see it."""
    names = ("goal", "audience", "unit", "budget", "state", "starts_at", "ends_at")
    later = ("placed_at", "reviewed_at", "decision")
    values = {name: getattr(order, name) for name in (*names, *later)}
    return ReviewedOrderOut(id=order.public_id, buyer=buyer, note=note, **values)


def review_out(found: ReviewRecord, order: ReviewedOrderOut) -> OrderReviewOut:
    """Return all that an answer needs."""
    return OrderReviewOut(
        order=order,
        since=found.since,
        found=[OrderFindingOut(code=one.code, params=dict(one.params)) for one in found.found],
        steps=[
            ReviewStepOut(kind=one.kind, params=dict(one.params), at=one.at) for one in found.steps
        ],
    )


def switch_out(found: SwitchRecord) -> PromotionSwitchOut:
    """Return how the switch stands."""
    return PromotionSwitchOut(on=found.on, reason=found.reason, set_at=found.set_at)


def coupon_out(found: CouponRecord) -> PromotionCouponOut:
    """Return a coupon."""
    return PromotionCouponOut(
        code=found.code,
        unit=found.amount.unit,
        amount=found.amount.minor,
        least=found.least.minor,
        uses=found.uses,
        uses_left=found.uses_left,
        person=found.handle,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        note=found.note,
    )


def inventory_out(found: Inventory) -> PromotionInventoryOut:
    """Return what there was to sell."""
    return PromotionInventoryOut(
        hours=[
            InventoryLineOut(
                hour=one.hour,
                pages=one.pages,
                filled=one.filled,
                people=one.people,
                spent_micro=one.spent,
                median_micro=one.median,
            )
            for one in found.lines
        ],
        prices=[
            PriceBandOut(low_micro=one.low, high_micro=one.high, pages=one.pages)
            for one in found.bands
        ],
        demand=[
            LiveDemandOut(state=one.state, unit=one.unit, orders=one.orders, left=one.left)
            for one in found.demand
        ],
    )


def pace_out(one: PaceLine) -> OrderPaceOut:
    """Return a live order against its plan."""
    return OrderPaceOut(
        order=one.public_id,
        unit=one.unit,
        budget_micro=one.budget,
        planned_micro=one.planned,
        spent_micro=one.spent,
        attainable_micro=one.attainable,
        feasible=one.feasible,
        deviation=one.deviation,
        bid_low=one.low,
        bid_high=one.high,
        held_out=one.ghosts,
        absorbed_micro=one.absorbed,
        ends_at=one.ends_at,
        paced_at=one.paced_at,
        is_stale=one.is_stale,
    )
