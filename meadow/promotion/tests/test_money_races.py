"""Money of orders at once: an order charged by many, a wallet asked by two; each guard with its control."""

from typing import Any

import pytest
from django.db import connection

from meadow.accounts.testing import make_person
from meadow.core.testing import forget_jobs, race, together
from meadow.core.transactions import transaction
from meadow.ledger.checking import check_books
from meadow.ledger.testing import wallet
from meadow.promotion.models import Order, OrderHold
from meadow.promotion.services import charging
from meadow.promotion.services.charging import charge_delivered, charge_due
from meadow.promotion.services.ending import end_order, settle_due
from meadow.promotion.services.holding import hold_budget
from meadow.promotion.testing import make_order
from meadow.promotion.tests.paying import FEN, NOW, count, funds, place, platform, stands

pytestmark = pytest.mark.django_db(transaction=True)


def ready(*, price: int = 400) -> Order:
    """Return an order that was counted and not charged; the platform's accounts are open."""
    person = make_person()
    wallet(str(person.pk), 5_000)
    order = place(person, budget=1_000, discount=100)
    count(order, FEN)
    charge_delivered(order_id=order.pk, now=NOW)
    count(order, price * FEN)
    return order


def test_twenty_who_charge_one_order_charge_it_once() -> None:
    order = ready()

    def charge(number: int) -> None:
        if number % 2:
            charge_due(now=NOW)
        else:
            charge_delivered(order_id=order.pk, now=NOW)

    said = race(charge, runners=20)

    assert said == [None] * 20
    assert (stands(order), funds(order)) == ((400, 0, 0), (4_700, 600))
    assert (platform("promotion"), platform("promotion coupons")) == (400, -100)
    assert list(check_books()) == []


def test_without_the_order_s_lock_two_charge_it_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above: both have read what was charged before either has charged."""
    order = ready()

    def read_orders(order_ids: list[int]) -> list[Order]:
        return list(Order.objects.select_related("rule").filter(pk__in=order_ids))

    monkeypatch.setattr(charging, "lock_orders", read_orders)
    monkeypatch.setattr(charging, "charge_orders", together(charging.charge_orders, runners=2))

    said = race(lambda _n: charge_delivered(order_id=order.pk, now=NOW), runners=2)

    assert said == [None, None]
    assert stands(order)[0] == 400
    assert platform("promotion") > 400


def test_charging_beside_an_end_and_its_settling_moves_each_once() -> None:
    order = ready()
    count(order, 700 * FEN, as_of=NOW.replace(hour=23))

    def act(number: int) -> None:
        if number == 0:
            with transaction():
                mine = charging.lock_orders([order.pk])[0]
                end_order(order=mine, state="cancelled", by=None, now=NOW)
        elif number % 2:
            charge_due(now=NOW)
        else:
            settle_due(now=NOW.replace(hour=23))

    said = race(act, runners=9)
    settle_due(now=NOW.replace(hour=23))
    forget_jobs()

    assert said == [None] * 9
    assert (stands(order), funds(order)) == ((700, 0, 0), (4_400, 0))
    assert order.steps.filter(kind="settled").count() == 1
    assert list(check_books()) == []


def two_orders() -> list[Order]:
    person = make_person()
    wallet(str(person.pk), 5_000)
    return [make_order(buyer=person, now=NOW, budget=3_000) for _one in range(2)]


def hold(order: Order) -> OrderHold:
    with transaction():
        return hold_budget(order=order, amount=3_000, key="placed", now=NOW)


def test_of_two_orders_that_race_for_one_wallet_one_is_held() -> None:
    orders = two_orders()

    said = race(lambda number: hold(orders[number]), runners=2)

    assert sorted(type(one).__name__ for one in said) == ["BudgetNotCovered", "OrderHold"]
    assert funds(orders[0]) == (5_000, 3_000)


def test_without_the_balance_s_guard_both_orders_hold_what_is_there_once() -> None:
    """The control of the test above: the ledger alone keeps a wallet from being promised twice."""
    orders = two_orders()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_balance DROP CONSTRAINT ledger_balance_not_negative")
    try:
        said: list[Any] = race(lambda number: hold(orders[number]), runners=2)
        found = funds(orders[0])
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL meadow.ledger_emptying = 'on';"
                " TRUNCATE ledger_balance, ledger_hold, ledger_entry, ledger_transfer, ledger_account;"
                " ALTER TABLE ledger_balance ADD CONSTRAINT ledger_balance_not_negative"
                " CHECK (may_go_negative OR posted >= held)"
            )

    assert [type(one) for one in said] == [OrderHold, OrderHold]
    assert found == (5_000, 6_000)
