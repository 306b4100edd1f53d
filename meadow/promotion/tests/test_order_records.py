"""Orders are read as records, by page, and only by who placed them."""

import datetime as dt

import pytest

from meadow.accounts.testing import WHEN, make_person
from meadow.core.transactions import TransactionMissing, transaction
from meadow.promotion.errors.orders import OrderMissing
from meadow.promotion.queries.orders import find_order, list_orders, list_running, list_steps
from meadow.promotion.records import StepRecord
from meadow.promotion.services.steps import add_step, lock_order
from meadow.promotion.testing import make_order

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def test_an_order_is_found_by_who_placed_it_and_by_nobody_else() -> None:
    buyer, other = make_person(), make_person()
    order = make_order(buyer=buyer, now=WHEN, budget=3_000, discount=500, charged=800)

    found = find_order(order.public_id, person_id=buyer.pk)

    assert (found.id, found.state, found.paid, found.left) == (order.pk, "review", 2_500, 2_200)
    assert find_order(order.public_id) == found
    with pytest.raises(OrderMissing):
        find_order(order.public_id, person_id=other.pk)
    with pytest.raises(OrderMissing):
        find_order("fNone")


def test_orders_are_paged_newest_first_and_sorted_out_by_whether_they_are_over() -> None:
    buyer = make_person()
    orders = [make_order(buyer=buyer, now=WHEN) for _ in range(3)]
    over = make_order(buyer=buyer, now=WHEN, state="rejected", ended_at=WHEN)
    make_order(buyer=make_person(), now=WHEN)

    first = list_orders(person_id=buyer.pk, size=3)
    second = list_orders(person_id=buyer.pk, size=3, cursor=first.next_cursor)

    names = [one.public_id for one in (*first.items, *second.items)]
    assert names == [over.public_id, *(one.public_id for one in reversed(orders))]
    assert second.next_cursor is None
    live = list_orders(person_id=buyer.pk, which="live").items
    assert [one.public_id for one in live] == names[1:]
    ended = list_orders(person_id=buyer.pk, which="over").items
    assert [one.public_id for one in ended] == [over.public_id]


def test_what_may_be_delivered_runs_and_is_within_its_time() -> None:
    buyer = make_person()
    running = make_order(buyer=buyer, now=WHEN, state="running")
    make_order(buyer=buyer, now=WHEN, state="paused")
    make_order(buyer=buyer, now=WHEN + HOUR, state="running")
    make_order(buyer=buyer, now=WHEN - 2 * HOUR, state="running", ends_at=WHEN)

    assert [one.id for one in list_running(WHEN)] == [running.pk]


def test_steps_are_noted_in_their_order_inside_a_use_case() -> None:
    buyer = make_person()
    order = make_order(buyer=buyer, now=WHEN)

    with transaction():
        locked = lock_order(order.public_id, person_id=buyer.pk)
        add_step(locked, "placed", by=buyer.pk, now=WHEN, budget=1_000)
        add_step(locked, "approved", by=None, now=WHEN + HOUR)

    assert list_steps(order.pk) == [
        StepRecord("placed", {"budget": 1_000}, buyer.pk, WHEN),
        StepRecord("approved", {}, None, WHEN + HOUR),
    ]
    with pytest.raises(TransactionMissing):
        lock_order(order.public_id)
    with transaction(), pytest.raises(OrderMissing):
        lock_order(order.public_id, person_id=make_person().pk)
