"""What is read of orders: plain frozen records."""

import datetime as dt
from collections.abc import Sequence
from typing import Final, Literal, get_args

from django.db.models import Case, Count, F, Max, Q, Sum, Value, When

from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.notes.queries import identify_note
from meadow.promotion.errors.orders import NoteUnknown, OrderMissing
from meadow.promotion.models import Order, OrderHold, OrderStep
from meadow.promotion.models.orders import OVER
from meadow.promotion.records import (
    MoneyRecord,
    OrderRecord,
    StepRecord,
    order_record,
    step_record,
)

PAGE_SIZE: Final = 24
LIVE: Final = (Order.State.REVIEW, Order.State.RUNNING, Order.State.PAUSED)
# So many notes are offered to choose from: those that were promoted last.
MOST_NOTES: Final = 100
Which = Literal["all", "live", "over"]
# How an order stands as people are told it (`words.shown_state`): what runs and has not started is scheduled.
Standing = Literal["review", "scheduled", "running", "paused", "finished", "cancelled", "rejected"]
STANDINGS: Final[tuple[Standing, ...]] = get_args(Standing)


def find_order(public_id: str, *, person_id: int | None = None) -> OrderRecord:
    """Return an order that a person placed; None: anybody's, for operators. Raises OrderMissing."""
    found = Order.objects.filter(public_id=public_id)
    if person_id is not None:
        found = found.filter(buyer_id=person_id)
    order = found.first()
    if order is None:
        raise OrderMissing
    return order_record(order)


def list_orders(
    *,
    person_id: int | None = None,
    which: Which = "all",
    standing: tuple[Standing, dt.datetime] | None = None,
    note_id: int | None = None,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[OrderRecord]:
    """Return one page of orders, newest first: of a buyer, or of all, and those that fit every filter.

    `standing` comes with the moment at which it is meant. Raises InvalidCursor.
    """
    orders = Order.objects.all()
    if person_id is not None:
        orders = orders.filter(buyer_id=person_id)
    if which != "all":
        orders = orders.filter(state__in=LIVE if which == "live" else OVER)
    if standing is not None:
        orders = orders.filter(_stands(*standing))
    if note_id is not None:
        orders = orders.filter(note_id=note_id)
    if cursor is not None:
        before = decode_cursor(cursor).get("before")
        if not isinstance(before, int):
            raise InvalidCursor
        orders = orders.filter(pk__lt=before)
    found = list(orders.order_by("-pk")[: size + 1])
    more = encode_cursor({"before": found[size - 1].pk}) if len(found) > size else None
    return Page(items=[order_record(one) for one in found[:size]], next_cursor=more)


def _stands(standing: Standing, now: dt.datetime) -> Q:
    if standing == "scheduled":
        return Q(state=Order.State.RUNNING, starts_at__gt=now)
    if standing == "running":
        return Q(state=Order.State.RUNNING, starts_at__lte=now)
    return Q(state=standing)


def count_standings(
    *, person_id: int, now: dt.datetime, note_id: int | None = None
) -> dict[Standing, int]:
    """Return how many orders of a buyer (for one note, where it is named) stand in each way; none is 0."""
    orders = Order.objects.filter(buyer_id=person_id)
    if note_id is not None:
        orders = orders.filter(note_id=note_id)
    ahead = When(_stands("scheduled", now), then=Value("scheduled"))
    shown = orders.order_by().values(standing=Case(ahead, default=F("state")))
    found = dict(shown.annotate(orders=Count("pk")).values_list("standing", "orders"))
    return {one: found.get(one, 0) for one in STANDINGS}


def list_promoted_notes(person_id: int) -> list[int]:
    """Return the notes that a buyer placed orders for, the last ordered first, MOST_NOTES at most."""
    notes = Order.objects.filter(buyer_id=person_id).order_by().values("note_id")
    last = notes.annotate(last=Max("pk")).order_by("-last")
    return list(last.values_list("note_id", flat=True)[:MOST_NOTES])


def find_promoted_note(public_id: str, *, person_id: int) -> int:
    """Return the id of a note of somebody's own, published or not, or of one that they placed orders for.

    Raises NoteUnknown.
    """
    found = identify_note(public_id) if public_id.isalnum() else None
    if found is None:
        raise NoteUnknown
    note_id, author_id = found
    ordered = Order.objects.filter(buyer_id=person_id, note_id=note_id)
    if author_id != person_id and not ordered.exists():
        raise NoteUnknown
    return note_id


def list_running(now: dt.datetime) -> list[OrderRecord]:
    """Return the orders that may be delivered at a moment: running, and within their time."""
    running = Order.objects.filter(state=Order.State.RUNNING, starts_at__lte=now, ends_at__gt=now)
    return [order_record(one) for one in running.order_by("pk")]


def list_steps(order_id: int) -> Sequence[StepRecord]:
    """Return what happened to an order, oldest first."""
    return [step_record(one) for one in OrderStep.objects.filter(order_id=order_id).order_by("pk")]


def read_money(order: OrderRecord) -> MoneyRecord:
    """Return what became of an order's budget besides what was charged."""
    return money_of([order])[order.id]


def money_of(orders: Sequence[OrderRecord]) -> dict[int, MoneyRecord]:
    """Return what became of the budgets of orders, by their ids, in one query."""
    ids = [one.id for one in orders]
    holds = OrderHold.objects.filter(order_id__in=ids).values("order_id").order_by()
    sums = holds.annotate(left=Sum("amount") - Sum("captured")).values_list("order_id", "left")
    left = dict(sums)
    return {
        one.id: MoneyRecord(
            held=0 if one.settled_at else left.get(one.id, 0),
            released=left.get(one.id, 0) if one.settled_at else 0,
            spent_of_coupon=min(one.charged, one.discount),
        )
        for one in orders
    }
