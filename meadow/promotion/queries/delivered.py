"""Which orders are counted, and what the warehouse counted of them."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields

from django.db.models import DurationField, ExpressionWrapper, F, Q, Value

from meadow.analytics.queries import get_retention
from meadow.promotion.models import Delivered, Order

DAY = dt.timedelta(days=1)
# What an order's figures are made of: once the first of them are over their retention, a count says less
# than was delivered.
MADE_OF = ("impression", "open", "read", "click", "ghost")


@dataclass(frozen=True, slots=True)
class CountedOrder:
    """An order whose delivery is still counted; `as_of` is None before its first count."""

    id: int
    buyer_id: int | None
    author_id: int
    note_id: int
    as_of: dt.datetime | None


@dataclass(frozen=True, slots=True)
class DeliveredRecord:
    """What the warehouse counted of an order up to `as_of`, as `models.Delivered`."""

    as_of: dt.datetime | None = None
    raw_impressions: int = 0
    impressions: int = 0
    invalid: int = 0
    price: int = 0
    people: int = 0
    opens: int = 0
    reads: int = 0
    clicks: int = 0
    interactions: int = 0
    follows: int = 0
    ghosts: int = 0
    settled_price: int = 0


def list_counted(
    *, now: dt.datetime, author_ids: Collection[int] | None = None
) -> list[CountedOrder]:
    """Return the orders that have begun, and are not settled or ended within the days of crediting.

    `author_ids`: of notes of these authors alone. Whose first facts are over their retention is left out:
    their figures stay as they were counted last.
    """
    # Rejected at once, it was never shown; after a change it may have been, before.
    shown = ~Q(state=Order.State.REJECTED) | Q(delivered__isnull=False)
    orders = Order.objects.filter(shown | Q(settled_at__isnull=True), starts_at__lte=now)
    if author_ids is not None:
        orders = orders.filter(author_id__in=author_ids)
    credited_for = ExpressionWrapper(
        F("rule__credit_days") * Value(DAY), output_field=DurationField()
    )
    orders = orders.filter(Q(settled_at__isnull=True) | Q(ended_at__gt=now - credited_for))
    columns = ("pk", "buyer_id", "author_id", "note_id", "delivered__as_of", "starts_at")
    rows = list(orders.order_by("pk").values_list(*columns))
    if not rows:
        return []
    kept = get_retention()
    days = min((kept[kind] or 10_000 for kind in MADE_OF), default=10_000)
    return [CountedOrder(*row[:5]) for row in rows if row[5] > now - days * DAY]


def get_delivered(order_id: int) -> DeliveredRecord:
    """Return what was counted of an order; zeros and no moment before the first count."""
    return list_delivered([order_id])[order_id]


def list_delivered(order_ids: Sequence[int]) -> dict[int, DeliveredRecord]:
    """Return what was counted of each of these orders, as `get_delivered`; one query for all."""
    names = [one.name for one in fields(DeliveredRecord)]
    found = Delivered.objects.filter(order_id__in=order_ids).values("order_id", *names)
    counted = {
        row["order_id"]: DeliveredRecord(**{name: row[name] for name in names}) for row in found
    }
    return {one: counted.get(one, DeliveredRecord()) for one in order_ids}
