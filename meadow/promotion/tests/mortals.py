"""What `test_killed` kills: charging an order, ending and settling it, as the worker runs it."""

import datetime as dt

from meadow.core.transactions import transaction
from meadow.promotion.models import Delivered
from meadow.promotion.services.charging import charge_delivered, charge_due, lock_orders
from meadow.promotion.services.ending import end_order, settle_due
from meadow.promotion.tests.paying import FEN, NOW

LATER = NOW + dt.timedelta(hours=1)
# Counted one after another: up, down by what was found invalid, beyond the budget, and after the end.
PRICES = (300, 800, 650, 720)


def spend_once(order_id: int, *, again: bool = False) -> None:
    """Count and charge what an order was delivered, end it, count once more, settle and credit it.

    `again`: the worker is back; what the warehouse counts does not begin anew.
    """
    for number, price in enumerate(() if again else PRICES):
        Delivered.objects.filter(pk=order_id).update(price=price * FEN)
        if number % 2:
            charge_due(now=NOW)
        else:
            charge_delivered(order_id=order_id, now=NOW)
    with transaction():
        order = lock_orders([order_id])[0]
        if order.ended_at is None:
            end_order(order=order, state="finished", by=None, now=NOW)
    Delivered.objects.filter(pk=order_id).update(price=690 * FEN, as_of=LATER)
    settle_due(now=LATER)
    Delivered.objects.filter(pk=order_id).update(price=600 * FEN)
    charge_delivered(order_id=order_id, now=LATER)
