"""What waits for a review, and what was said in one."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q

from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.promotion.models import Order, OrderStep
from meadow.promotion.queries.orders import find_order
from meadow.promotion.queries.weighing import Finding, weigh
from meadow.promotion.records import OrderRecord, StepRecord, order_record, step_record

PAGE_SIZE: Final = 24
MOST_EARLIER: Final = 10


@dataclass(frozen=True, slots=True)
class EarlierOrder:
    """An order of the same buyer or for the same note, and how it was answered."""

    order: OrderRecord
    answer: StepRecord | None


@dataclass(frozen=True, slots=True)
class ReviewRecord:
    """An order with what automatic rules find about it now, its steps, and what came before it."""

    order: OrderRecord
    since: dt.datetime
    found: Sequence[Finding]
    steps: Sequence[StepRecord]
    earlier: Sequence[EarlierOrder]


def list_waiting(*, cursor: str | None = None, size: int = PAGE_SIZE) -> Page[OrderRecord]:
    """Return one page of the orders that wait for a review, oldest first. Raises InvalidCursor."""
    rows = Order.objects.filter(state=Order.State.REVIEW)
    if cursor is not None:
        after = decode_cursor(cursor).get("after")
        if not isinstance(after, int):
            raise InvalidCursor
        rows = rows.filter(pk__gt=after)
    found = list(rows.order_by("pk")[: size + 1])
    more = encode_cursor({"after": found[size - 1].pk}) if len(found) > size else None
    return Page(items=[order_record(one) for one in found[:size]], next_cursor=more)


def count_waiting() -> int:
    """Return how many orders wait for a review."""
    return Order.objects.filter(state=Order.State.REVIEW).count()


def list_answered(*, cursor: str | None = None, size: int = PAGE_SIZE) -> Page[EarlierOrder]:
    """Return one page of answers that people gave, newest first. Raises InvalidCursor."""
    steps = OrderStep.objects.filter(
        Q(kind=OrderStep.Kind.REJECTED) | Q(kind=OrderStep.Kind.APPROVED, by__isnull=False)
    )
    if cursor is not None:
        before = decode_cursor(cursor).get("before")
        if not isinstance(before, int):
            raise InvalidCursor
        steps = steps.filter(pk__lt=before)
    found = list(steps.select_related("order").order_by("-pk")[: size + 1])
    more = encode_cursor({"before": found[size - 1].pk}) if len(found) > size else None
    return Page(
        items=[
            EarlierOrder(order=order_record(one.order), answer=step_record(one))
            for one in found[:size]
        ],
        next_cursor=more,
    )


def find_review(public_id: str, *, now: dt.datetime) -> ReviewRecord:
    """Return what somebody who reviews an order looks at. Raises OrderMissing."""
    find_order(public_id)
    order = Order.objects.select_related("rule").get(public_id=public_id)
    steps = [step_record(one) for one in OrderStep.objects.filter(order=order).order_by("pk")]
    waits = [one.at for one in steps if one.kind in ("placed", "edited")]
    others = Q(note_id=order.note_id)
    if order.buyer_id is not None:
        others |= Q(buyer_id=order.buyer_id)
    earlier = Order.objects.filter(others, pk__lt=order.pk).order_by("-pk")[:MOST_EARLIER]
    rows = list(earlier)
    answers = _answers([one.pk for one in rows])
    return ReviewRecord(
        order=order_record(order),
        since=waits[-1] if waits else order.placed_at,
        found=weigh(order, now=now) if order.ended_at is None else (),
        steps=steps,
        earlier=[EarlierOrder(order_record(one), answers.get(one.pk)) for one in rows],
    )


def list_findings(public_id: str, *, now: dt.datetime) -> Sequence[Finding]:
    """Return what automatic rules find about an order now: what a person looks at it for."""
    return weigh(Order.objects.select_related("rule").get(public_id=public_id), now=now)


def find_words(decision: str) -> str:
    """Return what was written to a buyer whose order was not approved; "" where nothing was."""
    steps = OrderStep.objects.filter(order__decision=decision, kind=OrderStep.Kind.REJECTED)
    params: dict[str, Any] = steps.values_list("params", flat=True).first() or {}
    return str(params.get("words", ""))


def _answers(order_ids: Sequence[int]) -> dict[int, StepRecord]:
    """Return the last answer to each of these orders."""
    steps = OrderStep.objects.filter(
        order_id__in=order_ids, kind__in=[OrderStep.Kind.APPROVED, OrderStep.Kind.REJECTED]
    )
    return {one.order_id: step_record(one) for one in steps.order_by("pk")}
