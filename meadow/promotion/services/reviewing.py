"""Reviewing orders: by rules at once, then by a person; each outcome is signed."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from meadow.core.errors import InvalidInput
from meadow.core.transactions import transaction, transaction_required
from meadow.decisions.records import Reason
from meadow.notifications.services import notify
from meadow.promotion.errors.reviews import NoteOutOfSight, OrderReviewed, OwnOrder
from meadow.promotion.models import Order, OrderStep
from meadow.promotion.queries.weighing import STOPS, Finding, weigh
from meadow.promotion.records import OrderRecord, order_record
from meadow.promotion.review_words import BY_HAND, LONGEST_WORDS, say_words_needed
from meadow.promotion.services.deciding import decide
from meadow.promotion.services.ending import end_order
from meadow.promotion.services.steps import add_step, lock_order

State = Order.State
Kind = OrderStep.Kind
LIVE: Final = (State.REVIEW, State.RUNNING, State.PAUSED)


@transaction_required
def review_new(*, order: Order, now: dt.datetime) -> bool:
    """Hold a new or changed order against the automatic rules, and return whether it may be shown.

    Nothing found: it is approved at once. A note that is gone or not public: a waiting order is
    rejected. Anything else waits for a person, and what ran waits again.
    """
    found = weigh(order, now=now)
    if not found:
        _approve(order, by=None, found=(), now=now)
        return True
    hard = next((one.code for one in found if one.is_hard), "")
    if hard and order.state == State.REVIEW:
        _reject(order, why=hard, words="", found=found, by=None, now=now)
    elif order.state != State.REVIEW:
        order.state = State.REVIEW
        order.save(update_fields=["state"])
        tell(order, "promotion.waits", why=found[0].code, now=now)
    return False


def approve_order(*, order: str, operator_id: int, now: dt.datetime) -> OrderRecord:
    """Let a waiting order be shown, from its start or from now on.

    The time that it waited is put behind its end. Raises OrderMissing, OrderReviewed, OwnOrder,
    NoteOutOfSight.
    """
    with transaction():
        waiting = _lock_waiting(order, operator_id)
        found = weigh(waiting, now=now)
        if any(one.code in STOPS for one in found):
            raise NoteOutOfSight
        _approve(waiting, by=operator_id, found=found, now=now)
    return order_record(waiting)


def reject_order(
    *, order: str, why: str, words: str, operator_id: int, now: dt.datetime
) -> OrderRecord:
    """End a waiting order for a reason of BY_HAND and in words to its buyer; all goes back.

    Raises InvalidInput, OrderMissing, OrderReviewed, OwnOrder.
    """
    said = " ".join(words.split())
    if why not in BY_HAND or not 1 <= len(said) <= LONGEST_WORDS:
        raise InvalidInput(fields={"words": [say_words_needed()]})
    with transaction():
        waiting = _lock_waiting(order, operator_id)
        found = weigh(waiting, now=now)
        _reject(waiting, why=why, words=said, found=found, by=operator_id, now=now)
    return order_record(waiting)


@transaction_required
def tell(order: Order, kind: str, *, why: str = "", now: dt.datetime) -> None:
    """Give the buyer of an order news of it."""
    if order.buyer_id is None:
        return
    ended = f"/decisions/{order.decision}" if kind == "promotion.rejected" else ""
    notify(
        person_id=order.buyer_id,
        kind=kind,
        params={"note": order.note_id, "amount": order.budget, "unit": order.unit, "why": why},
        url=ended or f"/promote/{order.public_id}",
        key=f"{kind}:{order.public_id}:{now.isoformat()}",
        now=now,
    )


@transaction_required
def _lock_waiting(public_id: str, operator_id: int) -> Order:
    found = lock_order(public_id)
    if operator_id in (found.buyer_id, found.author_id):
        raise OwnOrder
    if found.state != State.REVIEW:
        raise OrderReviewed
    return found


@transaction_required
def _approve(order: Order, *, by: int | None, found: Sequence[Finding], now: dt.datetime) -> None:
    if order.state == State.REVIEW:
        _give_time_back(order, now)
        order.state = State.RUNNING
    decided = decide(
        order,
        outcome="approved",
        reasons=[Reason(f"promotion.approved.{'rules' if by is None else 'hand'}", {})],
        found=found,
        words="",
        by=by,
        now=now,
    )
    order.save(update_fields=["state", "starts_at", "ends_at", "reviewed_at", "decision"])
    add_step(order, Kind.APPROVED, by=by, now=now, decision=decided.public_id)
    if by is not None:
        tell(order, "promotion.approved", now=now)


@transaction_required
def _reject(
    order: Order,
    *,
    why: str,
    words: str,
    found: Sequence[Finding],
    by: int | None,
    now: dt.datetime,
) -> None:
    decided = decide(
        order,
        outcome="rejected",
        reasons=[Reason(f"promotion.rejected.{why}", {})],
        found=found,
        words=words,
        by=by,
        now=now,
    )
    order.save(update_fields=["reviewed_at", "decision"])
    said = {"words": words} if words else {}
    end_order(
        order=order,
        state=State.REJECTED,
        by=by,
        now=now,
        why=why,
        decision=decided.public_id,
        **said,
    )
    tell(order, "promotion.rejected", why=why, now=now)


def _give_time_back(order: Order, now: dt.datetime) -> None:
    """Move the end of an order by the time it waited within its flight, and a start that is past."""
    if order.reviewed_at is None or order.starts_at >= now:
        waited = max(now - order.starts_at, dt.timedelta())
        order.starts_at += waited
    else:
        last = OrderStep.objects.filter(order=order).order_by("-pk").values_list("at", flat=True)[0]
        waited = max(now - max(last, order.starts_at), dt.timedelta())
    order.ends_at += waited
