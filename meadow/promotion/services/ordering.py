"""Placing an order: foreseen first, then held, noted and reviewed in one transaction, once a key."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from meadow.core.events import publish
from meadow.core.ids import new_id
from meadow.core.transactions import transaction, transaction_required
from meadow.promotion.audiences.definition import to_json
from meadow.promotion.audiences.floor import Estimate
from meadow.promotion.drafts import OrderDraft
from meadow.promotion.errors.orders import AudienceBelowFloor, OrderKeyTaken
from meadow.promotion.events import OrderPlaced
from meadow.promotion.forecasts import Forecast
from meadow.promotion.lift.holdout import new_salt
from meadow.promotion.models import Order, OrderStep, SavedAudience
from meadow.promotion.queries.coupons import quote_coupon
from meadow.promotion.queries.planning import Plan, plan_order
from meadow.promotion.records import OrderRecord, order_record
from meadow.promotion.services.audiences import estimate_audience
from meadow.promotion.services.coupons import note_use, take_coupon
from meadow.promotion.services.forecasting import forecast_order
from meadow.promotion.services.holding import hold_budget
from meadow.promotion.services.reviewing import review_new
from meadow.promotion.services.steps import add_step

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('promotion.orders:' || %s, 0))"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a draft comes to before anything is paid; `discount` is what a coupon would pay of it."""

    plan: Plan
    size: Estimate
    forecast: Forecast
    discount: int

    @property
    def held(self) -> int:
        """What would be held in the buyer's wallet."""
        return self.plan.budget - self.discount


def foresee_order(*, buyer_id: int, draft: OrderDraft, now: dt.datetime) -> Outlook:
    """Return what an order would reach, bring and cost; nothing is held.

    Raises what `plan_order`, `estimate_audience` and `quote_coupon` raise.
    """
    plan = plan_order(buyer_id=buyer_id, draft=draft, now=now)
    size = estimate_audience(buyer_id=buyer_id, definition=plan.definition, now=now)
    discount = quote_coupon(
        code=draft.coupon, buyer_id=buyer_id, unit=plan.unit, budget=plan.budget, now=now
    )
    return Outlook(plan, size, foresee_plan(plan, size, now=now), discount)


def foresee_plan(plan: Plan, size: Estimate, *, now: dt.datetime) -> Forecast:
    """Return the forecast of a plan for an audience of this size."""
    return forecast_order(
        note_id=plan.note_id,
        author_id=plan.author_id,
        goal=plan.goal,
        definition=plan.definition,
        audience_size=size.about or 0,
        budget=plan.budget,
        unit=plan.unit,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        rule=plan.rule,
        now=now,
    )


def place_order(*, buyer_id: int, draft: OrderDraft, key: str, now: dt.datetime) -> OrderRecord:
    """Order reach: the budget is held, the review begins; the same again with a key is the same order.

    Raises what `plan_order` raises, AudienceBelowFloor, CouponUnusable, OrderKeyTaken,
    BudgetNotCovered, SpendingOfDayUsed, SpendingOfMonthUsed; then nothing was changed.
    """
    known = _find_placed(buyer_id=buyer_id, key=key, draft=draft)
    if known is not None:
        return known
    plan = plan_order(buyer_id=buyer_id, draft=draft, now=now)
    # Before the transaction: an answer about an audience stands, whatever becomes of the order.
    size = estimate_audience(buyer_id=buyer_id, definition=plan.definition, now=now)
    if not size.enough:
        raise AudienceBelowFloor
    forecast = foresee_plan(plan, size, now=now)
    with transaction():
        _lock_buyer(buyer_id)
        known = _find_placed(buyer_id=buyer_id, key=key, draft=draft)
        if known is not None:
            return known
        order = _place(plan, forecast, buyer_id=buyer_id, draft=draft, key=key, now=now)
        publish(
            OrderPlaced(
                order=order.public_id,
                buyer=buyer_id,
                note=order.note_id,
                author=order.author_id,
            )
        )
        review_new(order=order, now=now)
        order.refresh_from_db()
    return order_record(order)


@transaction_required
def _place(
    plan: Plan,
    forecast: Forecast,
    *,
    buyer_id: int,
    draft: OrderDraft,
    key: str,
    now: dt.datetime,
) -> Order:
    """Take the coupon, note the order and hold the rest of its budget."""
    coupon = take_coupon(
        code=draft.coupon, buyer_id=buyer_id, unit=plan.unit, budget=plan.budget, now=now
    )
    saved = SavedAudience.objects.filter(person_id=buyer_id, public_id=plan.saved_audience)
    order = Order.objects.create(
        public_id=new_id("f"),
        key=key,
        buyer_id=buyer_id,
        note_id=plan.note_id,
        author_id=plan.author_id,
        goal=plan.goal,
        audience=to_json(plan.definition),
        saved_audience=saved.first() if plan.saved_audience else None,
        unit=plan.unit,
        budget=plan.budget,
        discount=coupon.amount if coupon is not None else 0,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        rule=plan.rule,
        salt=new_salt(),
        holdout=forecast.holdout,
        forecast=forecast.to_json(),
        placed_at=now,
    )
    if coupon is not None:
        note_use(coupon=coupon, order=order, now=now)
    held = order.budget - order.discount
    add_step(order, OrderStep.Kind.PLACED, by=buyer_id, now=now, amount=held, asked=draft.to_json())
    hold_budget(order=order, amount=held, key=key, now=now)
    return order


def _find_placed(*, buyer_id: int, key: str, draft: OrderDraft) -> OrderRecord | None:
    """Return the order that came with a key before. Raises OrderKeyTaken where it was another."""
    order = Order.objects.filter(buyer_id=buyer_id, key=key).first()
    if order is None:
        return None
    placed = OrderStep.objects.get(order=order, kind=OrderStep.Kind.PLACED)
    if placed.params["asked"] != draft.to_json():
        raise OrderKeyTaken
    return order_record(order)


@transaction_required
def _lock_buyer(buyer_id: int) -> None:
    """Let one buyer place one order at a time: a key that is sent often finds the first one's order."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [str(buyer_id)])
