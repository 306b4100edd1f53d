"""The operators' part of promotion's API: reviews, the rule, the switch, coupons, figures."""

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Status
from ninja.params.functions import Path, Query

from meadow.accounts.api_auth import moves_money, scoped
from meadow.accounts.queries import find_by_handles, get_people
from meadow.core import clock
from meadow.core.errors import InvalidInput
from meadow.core.idempotency import StoredAnswer, demand_kept_key, run_request_once
from meadow.notes.queries import name_notes
from meadow.promotion.acting import begin
from meadow.promotion.learning_schemas import PromotionLearningsOut, learning_out
from meadow.promotion.models import PromotionRule
from meadow.promotion.operator_schemas import (
    OrderRejectionIn,
    OrderReviewOut,
    PromotionCouponIn,
    PromotionCouponOut,
    PromotionCouponsOut,
    PromotionFiguresIO,
    PromotionInventoryOut,
    PromotionPacingOut,
    PromotionRuleIn,
    PromotionRuleVersionOut,
    PromotionRuleVersionsOut,
    PromotionSwitchIn,
    PromotionSwitchOut,
    PromotionTrialOut,
    PromotionTroubleOut,
    ReviewedOrderOut,
    ReviewGoal,
    ReviewQueueOut,
    coupon_out,
    inventory_out,
    order_out,
    pace_out,
    review_out,
    switch_out,
)
from meadow.promotion.queries.health import list_paces, list_troubles
from meadow.promotion.queries.inventory import read_inventory
from meadow.promotion.queries.learning import list_learnings
from meadow.promotion.queries.reviews import find_review, list_waiting
from meadow.promotion.queries.rules import list_coupons, list_rules, newest_rule, newest_switch
from meadow.promotion.queries.trying import try_rule
from meadow.promotion.records import OrderRecord
from meadow.promotion.services.reviewing import approve_order, reject_order
from meadow.promotion.services.ruling import check_rule, make_coupon, set_rule, set_switch

router = Router(tags=["promotion"])
CURSOR: Any = Query(None, max_length=500, description="`next_cursor` of the page before")
SIZE: Any = Query(24, ge=1, le=100, description="How many at most")
NAME: Any = Path(..., max_length=24, pattern="^[A-Za-z0-9]+$")
SCOPE = "promotion:operate"
ROOT = "/operator/promotion"


@router.get(f"{ROOT}/orders", response=ReviewQueueOut, **scoped(SCOPE))
def list_reviews(
    request: HttpRequest, cursor: str | None = CURSOR, size: int = SIZE
) -> ReviewQueueOut:
    """List the orders that wait for a review, oldest first. For operators."""
    begin(request)
    page = list_waiting(cursor=cursor, size=size)
    return ReviewQueueOut(items=_orders_out(page.items), next_cursor=page.next_cursor)


@router.get(f"{ROOT}/orders/{{order_id}}", response=OrderReviewOut, **scoped(SCOPE))
def get_review(request: HttpRequest, order_id: str = NAME) -> OrderReviewOut:
    """Read an order with what rules find about it now. For operators."""
    begin(request)
    found = find_review(order_id, now=clock.now())
    return review_out(found, _orders_out([found.order])[0])


@router.post(f"{ROOT}/orders/{{order_id}}/approval", response=ReviewedOrderOut, **scoped(SCOPE))
def approve(request: HttpRequest, order_id: str = NAME) -> ReviewedOrderOut:
    """Let an order be shown; the time that it waited is added to its end. For operators, not their own."""
    operator = begin(request)
    return _orders_out([approve_order(order=order_id, operator_id=operator, now=clock.now())])[0]


@router.post(
    f"{ROOT}/orders/{{order_id}}/rejection", response=ReviewedOrderOut, **moves_money(SCOPE)
)
def reject(request: HttpRequest, wanted: OrderRejectionIn, order_id: str = NAME) -> Any:
    """End an order that waits, on record; all of its money goes back. For operators, not their own."""
    operator = begin(request)
    demand_kept_key(request)

    def act() -> StoredAnswer:
        rejected = reject_order(
            order=order_id,
            why=wanted.why,
            words=wanted.words,
            operator_id=operator,
            now=clock.now(),
        )
        return StoredAnswer(status=200, body=_orders_out([rejected])[0].model_dump(mode="json"))

    return run_request_once(request, person_id=operator, action=act).body


@router.get(f"{ROOT}/rules", response=PromotionRuleVersionsOut, **scoped(SCOPE))
def list_rule_versions(request: HttpRequest) -> PromotionRuleVersionsOut:
    """List the newest versions of what reach costs and keeps to, newest first. For operators."""
    begin(request)
    return PromotionRuleVersionsOut(items=[_rule_out(rule) for rule in list_rules()])


@router.post(f"{ROOT}/rules", response={201: PromotionRuleVersionOut}, **scoped(SCOPE))
def add_rule_version(
    request: HttpRequest, wanted: PromotionRuleIn
) -> Status[PromotionRuleVersionOut]:
    """Set the next version of the rule, for orders placed from then on. For operators."""
    operator = begin(request)
    made = set_rule(
        values=wanted.figures.dict(),
        note=wanted.note,
        seen=wanted.seen,
        operator_id=operator,
        now=clock.now(),
    )
    return Status(201, _rule_out(made))


@router.post(f"{ROOT}/rules/trial", response=PromotionTrialOut, **scoped(SCOPE))
def try_figures(request: HttpRequest, wanted: PromotionFiguresIO) -> PromotionTrialOut:
    """Say what figures would have meant for the orders and pages of late. For operators."""
    begin(request)
    values = wanted.dict()
    check_rule(values=values)
    trial = try_rule(values=values, unit=newest_rule().unit, now=clock.now())
    return PromotionTrialOut(**asdict(trial))


@router.get(f"{ROOT}/switch", response=PromotionSwitchOut, **scoped(SCOPE))
def get_switch(request: HttpRequest) -> PromotionSwitchOut:
    """Say whether anything is promoted, and why. For operators."""
    begin(request)
    return switch_out(newest_switch())


@router.post(f"{ROOT}/switch", response=PromotionSwitchOut, **scoped(SCOPE))
def turn_switch(request: HttpRequest, wanted: PromotionSwitchIn) -> PromotionSwitchOut:
    """Switch all promotion on or off, at once. For operators."""
    operator = begin(request)
    set_switch(on=wanted.on, reason=wanted.reason, operator_id=operator, now=clock.now())
    return switch_out(newest_switch())


@router.get(f"{ROOT}/coupons", response=PromotionCouponsOut, **scoped(SCOPE))
def list_offered(request: HttpRequest) -> PromotionCouponsOut:
    """List the newest coupons and how often each was used. For operators."""
    begin(request)
    return PromotionCouponsOut(items=[coupon_out(one) for one in list_coupons()])


@router.post(f"{ROOT}/coupons", response={201: PromotionCouponOut}, **scoped(SCOPE))
def add_coupon(request: HttpRequest, wanted: PromotionCouponIn) -> Status[PromotionCouponOut]:
    """Make a coupon. For operators, not for themselves."""
    operator = begin(request)
    person_id = find_by_handles([wanted.person]).get(wanted.person.lower())
    if wanted.person and person_id is None:
        raise InvalidInput(fields={"person": [_("Nobody goes by this handle.")]})
    given = wanted.dict(exclude={"person"})
    made = make_coupon(**given, person_id=person_id, operator_id=operator, now=clock.now())
    (found,) = (one for one in list_coupons() if one.code == made.code)
    return Status(201, coupon_out(found))


@router.get(f"{ROOT}/inventory", response=PromotionInventoryOut, **scoped(SCOPE))
def get_inventory(request: HttpRequest) -> PromotionInventoryOut:
    """Read what there was to sell in the last seven days, prices, and live demand. For operators."""
    begin(request)
    return inventory_out(read_inventory(now=clock.now()))


@router.get(f"{ROOT}/pacing", response=PromotionPacingOut, **scoped(SCOPE))
def get_pacing(request: HttpRequest) -> PromotionPacingOut:
    """List live orders against their plans, the worst first. For operators."""
    begin(request)
    now = clock.now()
    return PromotionPacingOut(
        items=[pace_out(one) for one in list_paces(now=now)],
        troubles=[PromotionTroubleOut(**asdict(one)) for one in list_troubles(now=now)],
    )


@router.get(f"{ROOT}/predictions/{{goal}}", response=PromotionLearningsOut, **scoped(SCOPE))
def get_predictions(request: HttpRequest, goal: ReviewGoal) -> PromotionLearningsOut:
    """List the newest learnings of a goal with their calibration plots. For operators."""
    begin(request)
    return PromotionLearningsOut(items=[learning_out(one) for one in list_learnings(goal=goal)])


def _orders_out(orders: list[OrderRecord]) -> list[ReviewedOrderOut]:
    people = get_people({one.buyer_id for one in orders if one.buyer_id is not None})
    notes = name_notes([one.note_id for one in orders])
    return [
        order_out(
            one,
            buyer=people[one.buyer_id].handle if one.buyer_id in people else "",
            note=notes[one.note_id][0] if one.note_id in notes else "",
        )
        for one in orders
    ]


def _rule_out(rule: PromotionRule) -> PromotionRuleVersionOut:
    figures = {name: getattr(rule, name) for name in PromotionFiguresIO.model_fields}
    return PromotionRuleVersionOut(
        **figures, number=rule.number, unit=rule.unit, note=rule.note, set_at=rule.set_at
    )
