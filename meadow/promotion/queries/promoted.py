"""Orders beside what they were delivered, for the figures of a creator."""

from dataclasses import dataclass, fields

from meadow.promotion.models import Order
from meadow.promotion.queries.delivered import DeliveredRecord
from meadow.promotion.records import OrderRecord, order_record


@dataclass(frozen=True, slots=True)
class PromotedOrder:
    """An order, and what was counted of it."""

    order: OrderRecord
    delivered: DeliveredRecord


def list_promoted(*, buyer_id: int, note_id: int | None = None, size: int) -> list[PromotedOrder]:
    """Return a buyer's newest orders that anything was counted of, of one note or of all."""
    orders = Order.objects.filter(buyer_id=buyer_id, delivered__raw_impressions__gt=0)
    if note_id is not None:
        orders = orders.filter(note_id=note_id)
    names = [one.name for one in fields(DeliveredRecord)]
    return [
        PromotedOrder(
            order=order_record(order),
            delivered=DeliveredRecord(**{name: getattr(order.delivered, name) for name in names}),
        )
        for order in orders.select_related("delivered").order_by("-pk")[:size]
    ]
