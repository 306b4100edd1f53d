"""Orders at once: one key, the last of a wallet, the last use of a coupon; each guard with its control."""

import pytest

from meadow.accounts.testing import make_person
from meadow.core.testing import forget_jobs, race, together
from meadow.ledger.checking import check_books
from meadow.ledger.services import hold_funds
from meadow.ledger.testing import wallet
from meadow.promotion.errors.coupons import CouponUsedUp
from meadow.promotion.errors.money import BudgetNotCovered
from meadow.promotion.models import Coupon, CouponUse, Order, OrderHold
from meadow.promotion.services import coupons, holding, ordering
from meadow.promotion.services.changing import top_up_order
from meadow.promotion.tests.buying import NOW, funds, make_buyer, make_coupon, order

pytestmark = pytest.mark.django_db(transaction=True)
COUPON = "SPRING"


@pytest.fixture(autouse=True)
def _no_jobs_left() -> object:
    yield
    forget_jobs()


def test_twenty_requests_with_one_key_are_one_order() -> None:
    buyer, note = make_buyer()
    make_coupon(uses_left=1)

    placed = race(lambda _: order(buyer, note, coupon=COUPON).public_id, runners=20)

    assert len(set(placed)) == 1
    row = Order.objects.get(buyer=buyer)
    assert {row.public_id} == set(placed)
    assert OrderHold.objects.filter(order=row).count() == 1
    assert funds(buyer) == (100_000, 800)
    assert list(check_books()) == []


def test_without_the_buyer_s_lock_one_key_is_refused_where_it_should_be_replayed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: both look for the key before either has placed; the database keeps it at one order."""
    buyer, note = make_buyer()
    monkeypatch.setattr(ordering, "_lock_buyer", lambda _buyer: None)
    monkeypatch.setattr(ordering, "take_coupon", together(coupons.take_coupon, runners=2))

    placed = race(lambda _: order(buyer, note).public_id, runners=2)

    assert sum(isinstance(one, Exception) for one in placed) == 1
    assert Order.objects.filter(buyer=buyer).count() == 1


def test_two_orders_for_the_last_of_a_wallet_are_one_order() -> None:
    buyer, note = make_buyer(1_500)

    placed = race(lambda number: order(buyer, note, key=f"k{number}").state, runners=4)

    assert sum(isinstance(one, BudgetNotCovered) for one in placed) == 3
    assert Order.objects.filter(buyer=buyer).count() == 1
    assert funds(buyer) == (1_500, 1_000)
    assert list(check_books()) == []


def test_an_order_and_a_top_up_of_another_share_one_balance() -> None:
    buyer, note = make_buyer(2_500)
    running = order(buyer, note, key="first")

    def act(number: int) -> str:
        if number:
            return order(buyer, note, key="second").public_id
        return top_up_order(
            order=running.public_id, buyer_id=buyer.pk, amount=1_000, key="more", now=NOW
        ).public_id

    done = race(act, runners=2)

    assert sum(isinstance(one, BudgetNotCovered) for one in done) == 1
    assert funds(buyer) == (2_500, 2_000)
    held = sum(OrderHold.objects.filter(order__buyer=buyer).values_list("amount", flat=True))
    assert held == sum(Order.objects.filter(buyer=buyer).values_list("budget", flat=True)) == 2_000


def test_twenty_top_ups_with_one_key_are_one() -> None:
    buyer, note = make_buyer()
    running = order(buyer, note)

    budgets = race(
        lambda _: (
            top_up_order(
                order=running.public_id, buyer_id=buyer.pk, amount=500, key="more", now=NOW
            ).budget
        ),
        runners=20,
    )

    assert budgets == [1_500] * 20
    assert funds(buyer) == (100_000, 1_500)


def test_a_hold_that_did_not_look_at_the_wallet_would_promise_it_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control of the wallet's races: held elsewhere, two orders stand on what is there once."""
    buyer, note = make_buyer(1_500)
    elsewhere = wallet(str(make_person().pk), 10_000, now=NOW)

    def hold_elsewhere(**given: object) -> object:
        return hold_funds(**(given | {"account_id": elsewhere}))  # type: ignore[arg-type]

    monkeypatch.setattr(holding, "hold_funds", hold_elsewhere)

    placed = race(lambda number: order(buyer, note, key=f"k{number}").public_id, runners=2)

    assert not any(isinstance(one, Exception) for one in placed)
    assert Order.objects.filter(buyer=buyer).count() == 2


def buy_with_coupon(number: int, buyers: list[int], notes: list[object]) -> str:
    """Place the order of one of several buyers, with the coupon."""
    from meadow.accounts.models import Person

    buyer = Person.objects.get(pk=buyers[number])
    return order(buyer, notes[number], coupon=COUPON).public_id  # type: ignore[arg-type]


def make_buyers(count: int) -> tuple[list[int], list[object]]:
    """Return buyers with money, and a note of each."""
    made = [make_buyer() for _ in range(count)]
    return [buyer.pk for buyer, _ in made], [note for _, note in made]


def test_the_last_use_of_a_coupon_is_taken_once() -> None:
    make_coupon(uses_left=1)
    buyers, notes = make_buyers(6)

    placed = race(lambda number: buy_with_coupon(number, buyers, notes), runners=6)

    assert sum(isinstance(one, CouponUsedUp) for one in placed) == 5
    assert Coupon.objects.get().uses_left == 0
    assert CouponUse.objects.count() == 1
    assert list(Order.objects.values_list("discount", flat=True)) == [200]
    assert sum(held for _, held in (funds_of(one) for one in buyers)) == 800


def test_without_its_statement_a_coupon_s_last_use_is_taken_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: who looks first and counts afterwards gives away what is there once."""
    make_coupon(uses_left=1)
    buyers, notes = make_buyers(2)

    def count_blindly(**given: object) -> bool:
        return True

    monkeypatch.setattr(coupons, "_count_use", together(count_blindly, runners=2))

    placed = race(lambda number: buy_with_coupon(number, buyers, notes), runners=2)

    assert not any(isinstance(one, Exception) for one in placed)
    assert CouponUse.objects.count() == 2


def funds_of(person_id: int) -> tuple[int, int]:
    """Return what is in a wallet, and what of that is held."""
    from meadow.accounts.models import Person

    return funds(Person.objects.get(pk=person_id))
