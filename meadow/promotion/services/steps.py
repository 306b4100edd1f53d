"""Steps that several use cases of orders share."""

import datetime as dt
from typing import Any

from meadow.core.transactions import transaction_required
from meadow.promotion.errors.orders import OrderMissing
from meadow.promotion.models import Order, OrderStep


@transaction_required
def lock_order(public_id: str, *, person_id: int | None = None) -> Order:
    """Return an order that nobody else changes until the use case ends.

    `person_id`: only one that they ordered. Raises OrderMissing.
    """
    found = Order.objects.select_for_update(of=["self"], no_key=True).filter(public_id=public_id)
    if person_id is not None:
        found = found.filter(buyer_id=person_id)
    order = found.first()
    if order is None:
        raise OrderMissing
    return order


@transaction_required
def add_step(
    order: Order, kind: str, *, by: int | None, now: dt.datetime, **params: Any
) -> OrderStep:
    """Note what happened to an order; `by` is None for the platform itself."""
    return OrderStep.objects.create(order=order, kind=kind, by=by, at=now, params=params)
