"""The API of orders: what they would bring, placing and changing them, how they go."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from ninja.params.functions import Path, Query

from meadow.accounts.api_auth import moves_money, open_to_all, scoped
from meadow.accounts.permissions import require_person
from meadow.core import clock
from meadow.core.idempotency import StoredAnswer, demand_kept_key, run_request_once
from meadow.core.limits import check_rate
from meadow.notes.queries import name_notes
from meadow.programs.checks import check
from meadow.promotion import limits
from meadow.promotion.api.schemas import (
    OrderChangeIn,
    OrderIn,
    OrderTopUpIn,
    PromotionForecastOut,
    PromotionOrderOut,
    PromotionOrdersOut,
    PromotionRuleOut,
    forecast_out,
    order_out,
    rule_out,
)
from meadow.promotion.drafts import OrderChange
from meadow.promotion.opening import CAPABILITY
from meadow.promotion.queries.orders import (
    Standing,
    Which,
    find_order,
    find_promoted_note,
    list_orders,
    money_of,
)
from meadow.promotion.queries.rules import is_on, newest_rule
from meadow.promotion.records import OrderRecord
from meadow.promotion.services.changing import (
    cancel_order,
    edit_order,
    pause_order,
    resume_order,
    top_up_order,
)
from meadow.promotion.services.ordering import foresee_order, place_order

router = Router(tags=["promotion"])
CURSOR: Any = Query(None, max_length=500, description="`next_cursor` of the page before")
SIZE: Any = Query(24, ge=1, le=100, description="How many at most")
WHICH: Any = Query("all", description="All, those that are not over, or those that are")
STANDING: Any = Query(
    None, description="Those that stand like this now; what runs before its start is `scheduled`"
)
NOTE: Any = Query(
    None, max_length=24, pattern="^[A-Za-z0-9]+$", description="Those for this note of yours"
)
NAME: Any = Path(..., max_length=24, pattern="^[A-Za-z0-9]+$")


@router.get(
    "/promotion/rule",
    response=PromotionRuleOut,
    summary="Read what reach costs",
    **open_to_all("promotion:read"),
)
def get_rule(request: HttpRequest) -> PromotionRuleOut:
    """Read packs, bounds and the least price, and whether anything is promoted now."""
    return rule_out(newest_rule(), on=is_on())


@router.post(
    "/promotion/forecast",
    response=PromotionForecastOut,
    summary="Foresee an order",
    **scoped("promotion:read"),
)
def foresee(request: HttpRequest, wanted: OrderIn) -> PromotionForecastOut:
    """Read what an order would reach, bring and hold; nothing is held and nothing is kept of it."""
    person, now = _begin(request, "promotion.forecast", limits.FORECASTS)
    check(person, CAPABILITY)
    return forecast_out(foresee_order(buyer_id=person, draft=wanted.read_draft(), now=now))


@router.post(
    "/promotion/orders",
    response={201: PromotionOrderOut},
    summary="Order reach",
    **moves_money("promotion:write"),
)
def place(request: HttpRequest, wanted: OrderIn) -> Status[PromotionOrderOut]:
    """Order reach for a note of yours: its budget is held in your wallet, then it is reviewed."""
    person, now = _begin(request, "promotion.order", limits.ORDERS)
    check(person, CAPABILITY)
    key = demand_kept_key(request)
    placed = place_order(buyer_id=person, draft=wanted.read_draft(), key=key, now=now)
    return Status(201, _out([placed])[0])


@router.get(
    "/promotion/orders",
    response=PromotionOrdersOut,
    summary="List your orders",
    **scoped("promotion:read"),
)
def list_own(
    request: HttpRequest,
    which: Which = WHICH,
    standing: Standing | None = STANDING,
    note: str | None = NOTE,
    cursor: str | None = CURSOR,
    size: int = SIZE,
) -> PromotionOrdersOut:
    """List your orders, newest first: those that fit every filter. Send the same filters with a cursor."""
    person = require_person(request.user)
    page = list_orders(
        person_id=person.pk,
        which=which,
        standing=(standing, clock.now()) if standing else None,
        note_id=find_promoted_note(note, person_id=person.pk) if note else None,
        cursor=cursor,
        size=size,
    )
    return PromotionOrdersOut(items=_out(page.items), next_cursor=page.next_cursor)


@router.get(
    "/promotion/orders/{order_id}",
    response=PromotionOrderOut,
    summary="Read an order of yours",
    **scoped("promotion:read"),
)
def get_order(request: HttpRequest, order_id: str = NAME) -> PromotionOrderOut:
    """Read how an order of yours stands: its state, its money and what was foreseen."""
    person = require_person(request.user)
    return _out([find_order(order_id, person_id=person.pk)])[0]


@router.patch(
    "/promotion/orders/{order_id}",
    response=PromotionOrderOut,
    summary="Change an order of yours",
    **scoped("promotion:write"),
)
def change(request: HttpRequest, wanted: OrderChangeIn, order_id: str = NAME) -> PromotionOrderOut:
    """Change goal, audience, end, or a start that has not come; another audience is reviewed first."""
    person, now = _begin(request, "promotion.change", limits.CHANGES)
    check(person, CAPABILITY)
    changed = edit_order(
        order=order_id, buyer_id=person, change=OrderChange(**wanted.dict()), now=now
    )
    return _out([changed])[0]


@router.post(
    "/promotion/orders/{order_id}/pause",
    response=PromotionOrderOut,
    summary="Pause an order of yours",
    **scoped("promotion:write"),
)
def pause(request: HttpRequest, order_id: str = NAME) -> PromotionOrderOut:
    """Show an order to nobody until you resume it."""
    person, now = _begin(request, "promotion.change", limits.CHANGES)
    return _out([pause_order(order=order_id, buyer_id=person, now=now)])[0]


@router.post(
    "/promotion/orders/{order_id}/resume",
    response=PromotionOrderOut,
    summary="Resume an order of yours",
    **scoped("promotion:write"),
)
def resume(request: HttpRequest, order_id: str = NAME) -> PromotionOrderOut:
    """Let a paused order go on; what was changed meanwhile is reviewed first."""
    person, now = _begin(request, "promotion.change", limits.CHANGES)
    check(person, CAPABILITY)
    return _out([resume_order(order=order_id, buyer_id=person, now=now)])[0]


@router.post(
    "/promotion/orders/{order_id}/top-up",
    response=PromotionOrderOut,
    summary="Add to the budget of an order of yours",
    **moves_money("promotion:write"),
)
def top_up(request: HttpRequest, wanted: OrderTopUpIn, order_id: str = NAME) -> PromotionOrderOut:
    """Hold more in your wallet, and let the order spend it."""
    person, now = _begin(request, "promotion.change", limits.CHANGES)
    check(person, CAPABILITY)
    key = demand_kept_key(request)
    topped = top_up_order(order=order_id, buyer_id=person, amount=wanted.amount, key=key, now=now)
    return _out([topped])[0]


@router.post(
    "/promotion/orders/{order_id}/cancel",
    response=PromotionOrderOut,
    summary="Cancel an order of yours",
    **moves_money("promotion:write"),
)
def cancel(request: HttpRequest, order_id: str = NAME) -> Any:
    """End an order for good: what it did not spend goes back into your wallet."""
    person, now = _begin(request, "promotion.change", limits.CHANGES)
    return _once(request, person, lambda: cancel_order(order=order_id, buyer_id=person, now=now))


def _begin(request: HttpRequest, name: str, rate: str) -> tuple[int, dt.datetime]:
    """Return who asks and when, and count the try."""
    person, now = require_person(request.user), clock.now()
    check_rate(name=name, rate=rate, subject=f"person:{person.pk}", now=now)
    return person.pk, now


def _once(request: HttpRequest, person_id: int, act: Callable[[], OrderRecord]) -> Any:
    """Do what has no row of its own to keep a key in, and replay its answer ever after."""
    demand_kept_key(request)
    answer = run_request_once(
        request,
        person_id=person_id,
        action=lambda: StoredAnswer(status=200, body=_out([act()])[0].model_dump(mode="json")),
    )
    return answer.body


def _out(orders: list[OrderRecord]) -> list[PromotionOrderOut]:
    """Return orders for the API, in two queries for all: their notes, what is held for them."""
    notes = name_notes([one.note_id for one in orders])
    money = money_of(orders)
    return [order_out(one, notes.get(one.note_id, ("", 0))[0], money[one.id]) for one in orders]
