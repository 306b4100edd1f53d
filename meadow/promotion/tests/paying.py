"""Orders with money behind them, and what the warehouse counted of them."""

import datetime as dt
from typing import Any

from django.db.models import Max

from meadow.core.transactions import transaction
from meadow.ledger.queries import find_account, read_funds
from meadow.ledger.testing import wallet
from meadow.promotion.models import Delivered, Order, Pace
from meadow.promotion.services.holding import hold_budget
from meadow.promotion.testing import make_order

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
FEN = 10_000


def place(buyer: Any, *, budget: int = 1_000, lent: bool = True, **given: Any) -> Order:
    """Return an order that runs and whose budget is held; `lent`: web processes may have served it."""
    running: dict[str, Any] = {"state": Order.State.RUNNING, "reviewed_at": NOW, "now": NOW}
    order = make_order(buyer=buyer, budget=budget, **(running | given))
    with transaction():
        hold_budget(order=order, amount=budget - order.discount, key="placed", now=NOW)
    if lent:
        latest = Pace.objects.aggregate(version=Max("version"))["version"] or 0
        Pace.objects.create(order=order, version=latest + 1, loans={"web-1": budget * FEN})
    return order


def count(order: Order, price: int, *, impressions: int = 0, as_of: dt.datetime = NOW) -> None:
    """Write what the warehouse counted: `price` in millionths of the unit."""
    figures = {"price": price, "impressions": impressions, "as_of": as_of}
    Delivered.objects.update_or_create(order=order, defaults=figures)


def stands(order: Order) -> tuple[int, int, int]:
    """Return what an order has charged, has given back, and absorbed."""
    order.refresh_from_db()
    return order.charged, order.returned, order.absorbed


def funds(order: Order) -> tuple[int, int]:
    """Return what is in the buyer's wallet, and what of that is held."""
    found = read_funds(wallet(str(order.buyer_id)))
    return found.posted, found.held


def platform(purpose: str) -> int:
    """Return what stands on an account of the platform."""
    account = find_account(kind="platform", purpose=purpose, unit="CNY", owner="")
    return read_funds(account).posted if account is not None else 0
