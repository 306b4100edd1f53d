"""Live orders for tests: paced and lent without the tick."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import connection

from meadow.core.ids import new_id
from meadow.promotion.delivery.keeper import Keeper, keeper
from meadow.promotion.models import Order, Pace, Prediction
from meadow.promotion.testing import make_order

MICRO = 1_000_000


def make_live_order(
    *,
    buyer: Any,
    now: dt.datetime,
    high: float = 1_000_000.0,
    money: int = 10 * MICRO,
    rate: float = 0.05,
    lent_to: Iterable[Keeper] = (keeper,),
    **given: Any,
) -> Order:
    """Return a running order that bids `high` x `rate` micro units, for which each process has `money`."""
    order = make_order(buyer=buyer, now=now, state=Order.State.RUNNING, **given)
    Prediction.objects.create(order=order, raw=rate, rate=rate, made_at=now)
    Pace.objects.create(
        order=order,
        version=next_version(),
        low=high,
        high=high,
        loans={each.name: money for each in lent_to},
    )
    return order


def repace(order: Order, **given: Any) -> None:
    """Change an order's pace as the tick does."""
    Pace.objects.filter(order=order).update(version=next_version(), **given)


def next_version() -> int:
    """Return a version above all before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('promotion_pace_versions')")
        version: int = cursor.fetchone()[0]
    return version


def new_reader_name() -> str:
    """Return what stands for a pseudonym."""
    return new_id("x")
