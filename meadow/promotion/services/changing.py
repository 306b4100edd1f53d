"""What a buyer changes of an order that is not over: edit, pause, resume, top up, cancel."""

import datetime as dt
from collections.abc import Iterable
from typing import Final

from meadow.core.transactions import transaction, transaction_required
from meadow.promotion.audiences.definition import to_json
from meadow.promotion.drafts import OrderChange
from meadow.promotion.errors.orders import (
    AudienceBelowFloor,
    EndOutOfBounds,
    NoteGone,
    NothingToChange,
    OrderElsewhere,
    OrderKeyTaken,
    StartedAlready,
    TopUpOutOfBounds,
)
from meadow.promotion.models import Order, OrderStep, SavedAudience
from meadow.promotion.queries.orders import LIVE
from meadow.promotion.queries.planning import (
    can_be_shown,
    check_duration,
    check_goal,
    check_start,
    read_audience,
)
from meadow.promotion.queries.weighing import weigh
from meadow.promotion.records import OrderRecord, order_record
from meadow.promotion.services.audiences import estimate_audience
from meadow.promotion.services.ending import end_order
from meadow.promotion.services.holding import hold_budget
from meadow.promotion.services.reviewing import review_new
from meadow.promotion.services.steps import add_step, lock_order
from meadow.promotion.words import say_sum

# What changes whom an order reaches is looked at anew.
LOOKED_AT_ANEW: Final = frozenset({"audience"})


def edit_order(*, order: str, buyer_id: int, change: OrderChange, now: dt.datetime) -> OrderRecord:
    """Change an order that is not over; whom it reaches changed, it is reviewed again before it goes on.

    Raises OrderMissing, OrderElsewhere, NothingToChange, StartedAlready, GoalUnknown,
    StartOutOfBounds, EndOutOfBounds, DurationOutOfBounds, AudienceBelowFloor and what
    `estimate_audience` raises.
    """
    wanted = _read_audience(buyer_id, change, now)
    with transaction():
        found = _lock_live(order, buyer_id, LIVE, now)
        changed = _apply(found, change, wanted, buyer_id=buyer_id, now=now)
        if not changed:
            raise NothingToChange
        found.save()
        anew = bool(LOOKED_AT_ANEW & set(changed))
        add_step(found, OrderStep.Kind.EDITED, by=buyer_id, now=now, changed=changed, look=anew)
        if anew:
            _look_again(found, now=now)
    return _record(found)


def pause_order(*, order: str, buyer_id: int, now: dt.datetime) -> OrderRecord:
    """Show an order to nobody until it is resumed. Raises OrderMissing, OrderElsewhere."""
    with transaction():
        found = _lock_live(order, buyer_id, [Order.State.RUNNING], now)
        found.state = Order.State.PAUSED
        found.save(update_fields=["state"])
        add_step(found, OrderStep.Kind.PAUSED, by=buyer_id, now=now)
    return _record(found)


def resume_order(*, order: str, buyer_id: int, now: dt.datetime) -> OrderRecord:
    """Let a paused order go on; what was changed meanwhile is reviewed first.

    Raises OrderMissing, OrderElsewhere, NoteGone.
    """
    with transaction():
        found = _lock_live(order, buyer_id, [Order.State.PAUSED], now)
        if not can_be_shown(found.note_id):
            raise NoteGone
        add_step(found, OrderStep.Kind.RESUMED, by=buyer_id, now=now)
        found.state = Order.State.RUNNING
        found.save(update_fields=["state"])
        if _waits_for_a_look(found, now=now):
            _look_again(found, now=now)
    return _record(found)


def top_up_order(
    *, order: str, buyer_id: int, amount: int, key: str, now: dt.datetime
) -> OrderRecord:
    """Add `amount` minor units to a budget, once a key of the buyer.

    Raises OrderMissing, OrderElsewhere, TopUpOutOfBounds, OrderKeyTaken, BudgetNotCovered,
    SpendingOfDayUsed, SpendingOfMonthUsed.
    """
    # Apart from the key that the order was placed with.
    name = f"top-up-{key}"
    with transaction():
        found = lock_order(order, person_id=buyer_id)
        known = found.holds.filter(key=name).first()
        if known is not None:
            if known.amount != amount:
                raise OrderKeyTaken
            return order_record(found)
        _demand(found, LIVE, now)
        most = found.rule.largest_budget - found.budget
        if not 1 <= amount <= most:
            raise TopUpOutOfBounds(most=say_sum(max(most, 0), found.unit))
        above = found.rule.review_above
        looks = found.budget <= above < found.budget + amount
        hold_budget(order=found, amount=amount, key=name, now=now)
        found.budget += amount
        found.save(update_fields=["budget"])
        add_step(found, OrderStep.Kind.TOPPED_UP, by=buyer_id, now=now, amount=amount, look=looks)
        if looks:
            _look_again(found, now=now)
    return _record(found)


def cancel_order(*, order: str, buyer_id: int, now: dt.datetime) -> OrderRecord:
    """End an order: what it does not spend goes back, itemised. Again changes nothing.

    Raises OrderMissing, OrderElsewhere.
    """
    with transaction():
        found = lock_order(order, person_id=buyer_id)
        if found.state == Order.State.CANCELLED:
            return order_record(found)
        if found.state not in LIVE:
            raise OrderElsewhere
        end_order(order=found, state=Order.State.CANCELLED, by=buyer_id, now=now)
    return _record(found)


@transaction_required
def _look_again(order: Order, *, now: dt.datetime) -> None:
    """Review what runs anew; what is paused is looked at when it is resumed."""
    if order.state == Order.State.RUNNING:
        review_new(order=order, now=now)


@transaction_required
def _waits_for_a_look(order: Order, *, now: dt.datetime) -> bool:
    """Whether an order is not as it was let through: it was changed, or its note was."""
    steps = OrderStep.objects.filter(order=order)
    approved = steps.filter(kind=OrderStep.Kind.APPROVED).order_by("-pk").first()
    since = approved.pk if approved is not None else 0
    if steps.filter(pk__gt=since, params__look=True).exists():
        return True
    codes = {one.code for one in weigh(order, now=now)}
    # What a person let through, they have seen: only another note is news to them.
    by_hand = approved is not None and approved.by is not None
    return "note_changed" in codes if by_hand else bool(codes)


@transaction_required
def _lock_live(order: str, buyer_id: int, states: Iterable[str], now: dt.datetime) -> Order:
    """Return a locked order of a buyer in one of these states. Raises OrderMissing, OrderElsewhere."""
    found = lock_order(order, person_id=buyer_id)
    _demand(found, states, now)
    return found


def _demand(order: Order, states: Iterable[str], now: dt.datetime) -> None:
    if order.state not in states or order.ends_at <= now:
        raise OrderElsewhere


def _read_audience(
    buyer_id: int, change: OrderChange, now: dt.datetime
) -> dict[str, object] | None:
    """Return the audience that an order is to have, None where it stays."""
    if change.audience is None and not change.saved_audience:
        return None
    definition = read_audience(
        buyer_id=buyer_id,
        audience=change.audience or {},
        saved_audience=change.saved_audience or "",
    )
    if not estimate_audience(buyer_id=buyer_id, definition=definition, now=now).enough:
        raise AudienceBelowFloor
    return to_json(definition)


@transaction_required
def _apply(
    order: Order,
    change: OrderChange,
    audience: dict[str, object] | None,
    *,
    buyer_id: int,
    now: dt.datetime,
) -> list[str]:
    """Put a change into the fields of an order and return the names of those that differ now."""
    before = (order.goal, order.audience, order.starts_at, order.ends_at)
    if change.goal is not None:
        check_goal(change.goal)
        order.goal = change.goal
    if audience is not None:
        order.audience = audience
        saved = SavedAudience.objects.filter(
            person_id=buyer_id, public_id=change.saved_audience or ""
        )
        order.saved_audience = saved.first()
    if change.starts_at is not None and change.starts_at != order.starts_at:
        if order.starts_at <= now:
            raise StartedAlready
        check_start(order.rule, starts_at=change.starts_at, now=now)
        order.starts_at = change.starts_at
    if change.ends_at is not None:
        order.ends_at = change.ends_at
    if (order.starts_at, order.ends_at) != before[2:]:
        if order.ends_at <= now:
            raise EndOutOfBounds
        check_duration(order.rule, starts_at=order.starts_at, ends_at=order.ends_at)
    after = (order.goal, order.audience, order.starts_at, order.ends_at)
    names = ("goal", "audience", "starts_at", "ends_at")
    return [name for name, old, new in zip(names, before, after, strict=True) if old != new]


def _record(order: Order) -> OrderRecord:
    order.refresh_from_db()
    return order_record(order)
