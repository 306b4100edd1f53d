"""Holds: promised once, captured in parts, given back once; and reversals."""

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection

from meadow.core.testing import race, somebody_waits
from meadow.core.transactions import transaction
from meadow.ledger.checking import check_books
from meadow.ledger.errors import (
    HoldClosed,
    HoldMissing,
    HoldTooSmall,
    InsufficientFunds,
    KeyTaken,
    NothingLeft,
)
from meadow.ledger.models import Entry, Hold
from meadow.ledger.queries import read_funds
from meadow.ledger.records import Capture, Draft, Funds, Held, Leg, Posted
from meadow.ledger.services import (
    capture_hold,
    expire_holds,
    hold_funds,
    post_transfer,
    reverse_transfer,
    void_hold,
)
from meadow.ledger.testing import WHEN, wallet

HOUR = dt.timedelta(hours=1)
pytestmark = pytest.mark.django_db


def hold(account: int, amount: int, *, key: str = "hold", ends: dt.timedelta = HOUR) -> Held:
    with transaction():
        return hold_funds(
            account_id=account,
            amount=amount,
            key=key,
            reason="test",
            expires_at=WHEN + ends,
            now=WHEN,
        )


def capture(
    held: Held,
    payee: int,
    amount: int,
    *,
    key: str = "c",
    closes: bool = False,
    now: dt.datetime = WHEN,
) -> Posted:
    with transaction():
        return capture_hold(
            hold_id=held.id,
            gains=[Leg(payee, amount)],
            key=key,
            reason="test",
            closes=closes,
            now=now,
        )


def void(held: Held) -> bool:
    with transaction():
        return void_hold(hold_id=held.id, now=WHEN)


def expire(now: dt.datetime) -> int:
    with transaction():
        return expire_holds(now=now)


def test_what_is_held_cannot_be_spent_and_is_charged_in_parts() -> None:
    ann, bob = wallet("ann", 100), wallet("bob")
    held = hold(ann, 80)
    assert hold(ann, 80) == Held(held.id, held.public_id, replayed=True)
    assert read_funds(ann).available == 20
    with pytest.raises(InsufficientFunds):
        hold(ann, 21, key="more")

    first = capture(held, bob, 30)
    again = capture(held, bob, 30)
    capture(held, bob, 10, key="last", closes=True)

    assert (first.replayed, again.replayed, again.id) == (False, True, first.id)
    assert read_funds(ann) == Funds(unit="CNY", posted=60, held=0)
    assert read_funds(bob).posted == 40
    one = Hold.objects.get()
    assert (one.state, one.captured, one.closed_at) == ("captured", 40, WHEN)
    assert list(check_books()) == []


def test_a_hold_closes_once() -> None:
    ann, bob = wallet("ann", 100), wallet("bob")
    whole, given_back, over = (hold(ann, 30, key=key) for key in ("whole", "back", "over"))
    capture(whole, bob, 30)

    assert void(given_back)
    assert not void(given_back)
    assert expire(WHEN + HOUR - dt.timedelta.resolution) == 0
    assert expire(WHEN + HOUR) == 1
    assert expire(WHEN + HOUR) == 0

    with pytest.raises(HoldClosed):
        void(whole)
    for held in (whole, given_back, over):
        with pytest.raises(HoldClosed):
            capture(held, bob, 1, key=f"late-{held.id}")
    assert read_funds(ann) == Funds(unit="CNY", posted=70, held=0)
    assert list(check_books()) == []


def test_a_capture_is_at_most_what_is_left_and_before_the_end() -> None:
    ann, bob = wallet("ann", 100), wallet("bob")
    held = hold(ann, 50)

    with pytest.raises(HoldTooSmall):
        capture(held, bob, 51)
    with pytest.raises(HoldClosed):
        capture(held, bob, 50, now=WHEN + HOUR)
    with pytest.raises(HoldMissing):
        capture(Held(10**9, "h", replayed=False), bob, 1)
    with pytest.raises(KeyTaken):
        hold(ann, 51)
    capture(held, bob, 20)
    with pytest.raises(KeyTaken):
        capture(held, bob, 21)

    assert read_funds(ann) == Funds(unit="CNY", posted=80, held=30)


@pytest.mark.django_db(transaction=True)
def test_capture_against_expiry_has_one_winner() -> None:
    ann, bob = wallet("ann", 100), wallet("bob")
    for number in range(5):
        held = hold(ann, 10, key=f"h{number}")
        edge = WHEN + HOUR

        def act(runner: int, held: Held = held, edge: dt.datetime = edge) -> object:
            if runner % 2:
                return expire(edge)
            moment = edge - dt.timedelta.resolution
            return capture(held, bob, 10, key=f"c{held.id}", now=moment)

        race(act, runners=6)

    assert list(check_books()) == []
    states = set(Hold.objects.values_list("state", flat=True))
    assert states <= {"captured", "expired"}
    assert read_funds(bob).posted == 10 * Hold.objects.filter(state="captured").count()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["capture", "expire"])
def test_whichever_comes_first_the_other_waits_for_it_and_is_too_late(first: str) -> None:
    ann, bob = wallet("ann", 100), wallet("bob")
    held, edge = hold(ann, 10), WHEN + HOUR
    acts: dict[str, Callable[[], object]] = {
        "capture": lambda: capture_hold(
            hold_id=held.id,
            gains=[Leg(bob, 10)],
            key="c",
            reason="test",
            now=edge - dt.timedelta.resolution,
        ),
        "expire": lambda: expire_holds(now=edge),
    }
    own, other = acts.pop(first), acts.popitem()[1]
    late: list[object] = []

    def come_second(_number: int) -> object:
        with transaction():
            return other()

    thread = threading.Thread(target=lambda: late.extend(race(come_second, runners=1)))

    with transaction():
        own()
        thread.start()
        waited = False
        while thread.is_alive() and not waited:
            waited = somebody_waits()
            thread.join(timeout=0.02)
    thread.join()

    assert waited
    assert late == [0] if first == "capture" else isinstance(late[0], HoldClosed)
    assert read_funds(bob).posted == (10 if first == "capture" else 0)
    assert read_funds(ann).held == 0


@pytest.mark.django_db(transaction=True)
def test_without_its_guard_a_hold_is_captured_more_than_once() -> None:
    """The control: one that asks before it charges, and does not lock, charges twice."""
    ann, bob = wallet("ann", 100), wallet("bob")
    held = hold(ann, 10)
    asked = threading.Barrier(6)

    def charge(number: int) -> None:
        is_open = Hold.objects.get(pk=held.id).state == "open"
        asked.wait(timeout=30)
        assert is_open
        with transaction():
            draft = Draft(key=f"u{number}", reason="test", legs=(Leg(ann, -10), Leg(bob, 10)))
            post_transfer(draft=draft, now=WHEN)

    assert race(charge, runners=6) == [None] * 6
    assert read_funds(bob).posted == 60


def test_a_hold_pays_from_its_own_account() -> None:
    ann, bob = wallet("ann", 100), wallet("bob", 100)
    held = hold(ann, 50)

    for legs in ((Leg(bob, -20), Leg(ann, 20)), (Leg(ann, -30), Leg(bob, 30))):
        draft = Draft(key="other", reason="test", legs=legs, capture=Capture(held.id, 20))
        with pytest.raises(DatabaseError, match="first entry"), transaction():
            post_transfer(draft=draft, now=WHEN)

    assert read_funds(ann) == Funds(unit="CNY", posted=100, held=50)


def settled(shares: list[int]) -> tuple[Posted, list[int], int]:
    """Return a transfer that divides its sum among several, their accounts, and the payer's."""
    payer = wallet("payer", sum(shares))
    takers = [wallet(f"taker {number}") for number in range(len(shares))]
    legs = (Leg(payer, -sum(shares)), *map(Leg, takers, shares))
    with transaction():
        posted = post_transfer(draft=Draft(key="sale", reason="test", legs=legs), now=WHEN)
    return posted, takers, payer


def give_back(transfer: Posted, amount: int | None, *, key: str) -> Posted:
    with transaction():
        return reverse_transfer(
            transfer_id=transfer.id, key=key, reason="test.back", amount=amount, now=WHEN
        )


def test_parts_of_a_reversal_follow_the_shares_and_add_up() -> None:
    sale, takers, payer = settled([70, 20, 10])

    part = give_back(sale, 33, key="part")
    again = give_back(sale, 33, key="part")

    assert (again.id, again.replayed) == (part.id, True)
    with pytest.raises(KeyTaken):
        give_back(sale, 34, key="part")
    assert [read_funds(one).posted for one in takers] == [47, 13, 7]
    give_back(sale, None, key="rest")
    assert [read_funds(one).posted for one in (*takers, payer)] == [0, 0, 0, 100]
    with pytest.raises(NothingLeft):
        give_back(sale, 1, key="more")
    assert Entry.objects.filter(transfer_id=part.id).count() == 4
    assert list(check_books()) == []


def test_what_somebody_has_spent_cannot_be_taken_back() -> None:
    sale, takers, _payer = settled([70, 30])
    hold(takers[0], 1)

    with pytest.raises(InsufficientFunds):
        give_back(sale, None, key="all")
    with pytest.raises(NothingLeft):
        give_back(sale, 101, key="more")


@pytest.mark.django_db(transaction=True)
def test_reversals_at_once_give_back_no_more_than_there_was() -> None:
    sale, takers, payer = settled([60, 40])

    raised = race(lambda number: give_back(sale, 30, key=f"r{number}"), runners=8)

    assert sum(isinstance(one, Posted) for one in raised) == 3
    assert sum(isinstance(one, NothingLeft) for one in raised) == 5
    assert read_funds(payer).posted == 90
    assert sum(read_funds(one).posted for one in takers) == 10
    assert list(check_books()) == []


BROKEN = [
    ("ledger_entry", "amount = amount + 1", "position = 1", "transfers-sum-to-zero"),
    ("ledger_transfer", "entry_count = 3", "true", "transfers-are-whole"),
    ("ledger_entry", "balance_after = 7", "position = 1", "entries-follow-one-another"),
    ("ledger_entry", "sequence = sequence + 5", "position = 1", "entries-follow-one-another"),
    ("ledger_balance", "posted = posted + 1", "posted > 0", "balances-are-the-fold"),
    ("ledger_balance", "unit = 'USD'", "posted > 0", "accounts-have-their-rows"),
    ("ledger_entry", "unit = 'USD'", "true", "accounts-have-their-rows"),
    ("ledger_balance", "held = held + 1", "posted > 0", "held-is-what-open-holds-have-left"),
    ("ledger_balance", "may_go_negative = true", "posted > 0", "accounts-have-their-rows"),
    ("ledger_hold", "captured = captured + 1", "true", "holds-captured-what-was-charged"),
]


@pytest.mark.parametrize(("table", "change", "where", "name"), BROKEN)
def test_a_broken_book_is_named(table: str, change: str, where: str, name: str) -> None:
    ann, bob = wallet("ann", 100), wallet("bob")
    capture(hold(ann, 50), bob, 20)
    assert list(check_books()) == []

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(f"UPDATE {table} SET {change} WHERE {where}")  # noqa: S608 - from above

    assert name in [breach.invariant.name for breach in check_books()]
