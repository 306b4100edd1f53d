"""Buyers with money and notes, drafts, and what must not change when something is refused."""

import datetime as dt
from typing import Any

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.ledger.queries import find_account, read_funds
from meadow.ledger.testing import wallet
from meadow.notes.models import Note
from meadow.notes.testing import make_note
from meadow.promotion.drafts import OrderDraft
from meadow.promotion.models import Coupon, CouponUse, Order, OrderHold, OrderStep
from meadow.promotion.records import OrderRecord
from meadow.promotion.services.ordering import place_order
from meadow.promotion.testing import ensure_rule

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def make_buyer(amount: int = 100_000) -> tuple[Person, Note]:
    """Return somebody with a public note, and money in their wallet."""
    ensure_rule()
    buyer = make_person()
    if amount:
        wallet(str(buyer.pk), amount, now=NOW)
    return buyer, make_note(buyer.pk, photos=0)


def draft_of(of: Note, **given: Any) -> OrderDraft:
    """Return what is asked for: ¥10 for reads, a day, to start now, or as `given`."""
    values: dict[str, Any] = {
        "note": of.public_id,
        "goal": "reads",
        "unit": "CNY",
        "budget": 1_000,
        "hours": 24,
    }
    return OrderDraft(**(values | given))


def order(buyer: Person, of: Note, *, key: str = "one", **given: Any) -> OrderRecord:
    """Place an order."""
    return place_order(buyer_id=buyer.pk, draft=draft_of(of, **given), key=key, now=NOW)


def make_coupon(code: str = "SPRING", **given: Any) -> Coupon:
    """Return a coupon of ¥2 for orders of ¥10 or more."""
    values: dict[str, Any] = {
        "code": code,
        "unit": "CNY",
        "amount": 200,
        "least": 1_000,
        "uses_left": 5,
        "starts_at": NOW - HOUR,
        "ends_at": NOW + HOUR,
        "note": "For spring.",
        "made_by": 0,
        "made_at": NOW,
    }
    return Coupon.objects.create(**(values | given))


def funds(buyer: Person) -> tuple[int, int]:
    """Return what is in a wallet, and what of that is held; nothing for one that never was."""
    account = find_account(kind="person", purpose="wallet", unit="CNY", owner=str(buyer.pk))
    if account is None:
        return 0, 0
    found = read_funds(account)
    return found.posted, found.held


def everything(buyer: Person) -> tuple[Any, ...]:
    """Return all that a refused action could have changed."""
    orders = Order.objects.filter(buyer=buyer).order_by("pk")
    return (
        list(orders.values()),
        list(OrderStep.objects.filter(order__in=orders).order_by("pk").values()),
        list(OrderHold.objects.filter(order__in=orders).order_by("pk").values()),
        list(Coupon.objects.order_by("pk").values_list("pk", "uses_left")),
        list(CouponUse.objects.order_by("pk").values()),
        funds(buyer),
    )
