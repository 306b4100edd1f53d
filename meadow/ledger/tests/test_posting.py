"""One transfer: what it moves, what it refuses, and what nobody can change afterwards."""

import datetime as dt
import itertools
import threading
from dataclasses import replace

import pytest
from django.db import DatabaseError, connection

from meadow.core.testing import race
from meadow.core.transactions import TransactionAlreadyOpen, transaction
from meadow.ledger.errors import AccountMissing, InsufficientFunds, KeyTaken, Unbalanced
from meadow.ledger.models import Balance, Entry, Transfer
from meadow.ledger.queries import balance_at, effective_balance_at, read_funds
from meadow.ledger.records import Draft, Funds, Leg
from meadow.ledger.services import open_account, post_alone, post_transfer, post_transfers
from meadow.ledger.testing import WHEN, give, wallet

HOUR = dt.timedelta(hours=1)
pytestmark = pytest.mark.django_db


def pay(payer: int, payee: int, amount: int, *, key: str, now: dt.datetime = WHEN) -> None:
    with transaction():
        post_transfer(
            draft=Draft(key=key, reason="test", legs=(Leg(payer, -amount), Leg(payee, amount))),
            now=now,
        )


def test_a_transfer_moves_units_and_says_what_is_left() -> None:
    ann, bob = wallet("ann", 1000), wallet("bob")

    pay(ann, bob, 300, key="one")

    assert read_funds(ann) == Funds(unit="CNY", posted=700, held=0)
    assert read_funds(bob) == Funds(unit="CNY", posted=300, held=0)
    rows = Entry.objects.filter(account_id=ann).order_by("sequence")
    assert list(rows.values_list("sequence", "amount", "balance_after", "unit")) == [
        (1, 1000, 1000, "CNY"),
        (2, -300, 700, "CNY"),
    ]


def test_an_account_is_opened_once() -> None:
    with transaction():
        first = open_account(kind="person", owner="p", purpose="wallet", unit="CNY", now=WHEN)
        again = open_account(kind="person", owner="p", purpose="wallet", unit="CNY", now=WHEN)
        other = open_account(kind="person", owner="p", purpose="wallet", unit="USD", now=WHEN)

    assert first == again != other
    with pytest.raises(AccountMissing):
        read_funds(10**12)


@pytest.mark.parametrize(
    ("legs", "refusal"),
    [
        ([-1001, 1001], InsufficientFunds),
        ([-300, 299], Unbalanced),
        ([0, 0], Unbalanced),
        ([0], Unbalanced),
        ([], Unbalanced),
        ([-(2**63), 2**63 - 1], Exception),
    ],
)
def test_a_refused_transfer_changes_nothing(legs: list[int], refusal: type[Exception]) -> None:
    accounts = [wallet("ann", 1000), wallet("bob")]
    draft = Draft(key="one", reason="test", legs=tuple(map(Leg, accounts, legs)))
    before = snapshot()

    with pytest.raises(refusal), transaction():
        post_transfer(draft=draft, now=WHEN)

    assert snapshot() == before


def test_units_do_not_mix() -> None:
    ann = wallet("ann", 1000)
    dollars = wallet("ann", unit="USD")

    with pytest.raises(Unbalanced):
        pay(ann, dollars, 100, key="one")


def test_an_account_that_was_never_opened_is_refused() -> None:
    with pytest.raises(AccountMissing):
        pay(wallet("ann", 10), 10**12, 1, key="one")


def test_one_key_posts_once_and_says_the_same() -> None:
    ann, bob = wallet("ann", 1000), wallet("bob")
    draft = Draft(key="one", reason="test", legs=(Leg(ann, -10), Leg(bob, 10)))

    with transaction():
        first = post_transfer(draft=draft, now=WHEN)
        again, new = post_transfers(
            drafts=[draft, Draft(key="two", reason="test", legs=draft.legs)], now=WHEN + HOUR
        )

    assert (again.id, again.public_id, again.booked_at) == (first.id, first.public_id, WHEN)
    assert (first.replayed, again.replayed, new.replayed) == (False, True, False)
    assert read_funds(ann).posted == 980
    with pytest.raises(KeyTaken), transaction():
        post_transfer(
            draft=Draft(key="one", reason="test", legs=(Leg(ann, -11), Leg(bob, 11))), now=WHEN
        )
    assert read_funds(ann).posted == 980


@pytest.mark.django_db(transaction=True)
def test_a_transfer_alone_is_a_use_case_and_is_in_none() -> None:
    ann, bob = wallet("ann", 1000), wallet("bob")
    draft = Draft(key="one", reason="test", legs=(Leg(ann, -10), Leg(bob, 10)))
    beyond = Draft(key="two", reason="test", legs=(Leg(ann, -1000), Leg(bob, 1000)))

    (first,) = post_alone(drafts=[draft], now=WHEN)
    (again,) = post_alone(drafts=[draft], now=WHEN + HOUR)
    with pytest.raises(InsufficientFunds):
        post_alone(drafts=[replace(draft, key="three"), beyond], now=WHEN)
    with pytest.raises(TransactionAlreadyOpen), transaction():
        post_alone(drafts=[replace(draft, key="four")], now=WHEN)

    assert (again.id, again.replayed, first.replayed) == (first.id, True, False)
    assert (read_funds(ann).posted, read_funds(bob).posted) == (990, 10)


def test_many_at_once_leave_what_one_by_one_would() -> None:
    people = [wallet(name, 100) for name in "abcd"]
    moves = list(itertools.permutations(people, 2))

    with transaction():
        post_transfers(
            drafts=[
                Draft(key=f"k{place}", reason="test", legs=(Leg(one, -place), Leg(two, place)))
                for place, (one, two) in enumerate(moves, start=1)
            ],
            now=WHEN,
        )

    for person in people:
        running = 0
        rows = Entry.objects.filter(account_id=person).order_by("sequence")
        for number, (sequence, amount, after) in enumerate(
            rows.values_list("sequence", "amount", "balance_after"), start=1
        ):
            running += amount
            assert (sequence, after) == (number, running)
        assert read_funds(person).posted == running


def test_the_platform_may_owe_and_is_kept_in_many_rows() -> None:
    with transaction():
        cash = open_account(kind="provider", purpose="cash", unit="CNY", now=WHEN)
    give(wallet("ann"), 500)

    assert read_funds(cash) == Funds(unit="CNY", posted=-500, held=0)
    assert Balance.objects.filter(account_id=cash).count() == 16


def test_a_balance_is_known_as_of_any_time() -> None:
    ann, bob = wallet("ann", 100), wallet("bob")
    pay(ann, bob, 10, key="late", now=WHEN + 3 * HOUR)
    with transaction():
        post_transfer(
            draft=Draft(
                key="back",
                reason="test",
                legs=(Leg(ann, -5), Leg(bob, 5)),
                effective_at=WHEN + HOUR,
            ),
            now=WHEN + 4 * HOUR,
        )
    # A clock that lags behind does not turn the order of the books around.
    pay(ann, bob, 1, key="lagging", now=WHEN + 2 * HOUR)

    hours = [WHEN + number * HOUR for number in range(5)]
    assert [balance_at(ann, at=at) for at in hours] == [100, 100, 100, 90, 84]
    assert [effective_balance_at(ann, at=at) for at in hours] == [100, 95, 95, 85, 84]
    assert balance_at(ann, at=WHEN - HOUR) == 0
    assert Transfer.objects.get(key="lagging").booked_at == WHEN + 4 * HOUR


@pytest.mark.parametrize(
    ("statement", "guard"),
    [
        ("UPDATE ledger_entry SET amount = amount + 1", "ledger_rows_are_only_added"),
        ("DELETE FROM ledger_entry", "ledger_rows_are_only_added"),
        ("UPDATE ledger_transfer SET reason = 'x'", "ledger_rows_are_only_added"),
        ("DELETE FROM ledger_transfer", "ledger_rows_are_only_added"),
        ("UPDATE ledger_account SET may_go_negative = true", "ledger_rows_are_only_added"),
        ("DELETE FROM ledger_balance", "ledger_rows_are_only_added"),
        *(
            (f"TRUNCATE ledger_{table}", "ledger_rows_are_only_added")
            for table in ("account", "transfer", "entry", "balance", "hold")
        ),
        ("UPDATE ledger_balance SET posted = posted + 1", "ledger_balance_moves_by_posting"),
        (
            "INSERT INTO ledger_balance SELECT account_id, 1, stripes, unit, may_go_negative, 5, 0, 0,"
            " now() FROM ledger_balance LIMIT 1",
            "ledger_balance_begins_empty",
        ),
        (
            "INSERT INTO ledger_entry SELECT transfer_id, 3, account_id, stripe, sequence + 1, unit,"
            " amount, balance_after, effective_at, booked_at FROM ledger_entry LIMIT 1",
            "ledger_transfer_sums_to_zero",
        ),
        (
            "INSERT INTO ledger_entry SELECT transfer_id, position + 2, account_id, stripe,"
            " sequence + 1, unit, -amount, balance_after - amount, effective_at, booked_at"
            " FROM ledger_entry",
            "ledger_entries_added_together",
        ),
        (
            "INSERT INTO ledger_transfer (public_id, key, fingerprint, reason, params, reference,"
            " decision, entry_count, effective_at, booked_at) VALUES ('t', 'k', '', 'r', '{}', '',"
            " '', 2, now(), now()); SET CONSTRAINTS ALL IMMEDIATE",
            "ledger_transfer_has_its_entries",
        ),
        (
            "WITH t AS (INSERT INTO ledger_transfer (public_id, key, fingerprint, reason, params,"
            " reference, decision, entry_count, effective_at, booked_at) VALUES ('t', 'k', '', 'r',"
            " '{}', '', '', 2, now(), now()) RETURNING id) INSERT INTO ledger_entry SELECT t.id,"
            " e.position, e.account_id, e.stripe, e.sequence + 1, e.unit, e.amount,"
            " e.balance_after + e.amount, now(), now() FROM t, ledger_entry e",
            "ledger_balance_is_the_fold",
        ),
    ],
)
def test_nothing_but_posting_writes_the_books(statement: str, guard: str) -> None:
    wallet("ann", 100)
    before = snapshot()

    with pytest.raises(DatabaseError) as refused, transaction(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert getattr(refused.value.__cause__, "diag").constraint_name == guard  # noqa: B009
    assert snapshot() == before


def snapshot() -> list[object]:
    """Return everything that the books say."""
    return [
        list(Balance.objects.order_by("account_id", "stripe").values_list()),
        list(Transfer.objects.order_by("id").values_list()),
        list(Entry.objects.order_by("transfer_id", "position").values_list()),
    ]


@pytest.mark.django_db(transaction=True)
def test_twenty_with_one_key_post_once() -> None:
    ann, bob = wallet("ann", 1000), wallet("bob")

    race(lambda _number: pay(ann, bob, 10, key="one"), runners=20)

    assert read_funds(ann).posted == 990
    assert Transfer.objects.filter(key="one").count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_key_twenty_who_look_first_all_post() -> None:
    """The control: to look beforehand is no guard."""
    ann, bob = wallet("ann", 1000), wallet("bob")
    looked = threading.Barrier(20)

    def look_then_pay(number: int) -> None:
        is_paid = Transfer.objects.filter(key__startswith="one").exists()
        looked.wait(timeout=60)
        assert not is_paid
        pay(ann, bob, 10, key=f"one-{number}")

    assert race(look_then_pay, runners=20) == [None] * 20
    assert read_funds(ann).posted == 800


@pytest.mark.django_db(transaction=True)
def test_crossing_transfers_never_lock_each_other_out() -> None:
    ann, bob = wallet("ann", 1000), wallet("bob", 1000)

    def cross(number: int) -> None:
        one, two = (ann, bob) if number % 2 else (bob, ann)
        for step in range(10):
            pay(one, two, 1, key=f"{number}-{step}")

    raised = race(cross, runners=8)

    assert raised == [None] * 8
    assert read_funds(ann).posted == read_funds(bob).posted == 1000


@pytest.mark.django_db(transaction=True)
def test_the_last_balance_is_paid_out_once() -> None:
    ann, bob = wallet("ann", 100), wallet("bob")

    raised = race(lambda number: pay(ann, bob, 100, key=f"w{number}"), runners=8)

    assert sum(one is None for one in raised) == 1
    assert sum(isinstance(one, InsufficientFunds) for one in raised) == 7
    assert read_funds(ann).posted == 0


@pytest.mark.django_db(transaction=True)
def test_without_its_constraint_the_last_balance_is_paid_out_twice() -> None:
    """The control of the test above."""
    ann, bob = wallet("ann", 100), wallet("bob")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_balance DROP CONSTRAINT ledger_balance_not_negative")

    try:
        raised = race(lambda number: pay(ann, bob, 100, key=f"w{number}"), runners=8)
        assert raised == [None] * 8
        assert read_funds(ann).posted == -700
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL meadow.ledger_emptying = 'on';"
                " TRUNCATE ledger_balance, ledger_entry, ledger_transfer, ledger_account;"
                " ALTER TABLE ledger_balance ADD CONSTRAINT ledger_balance_not_negative"
                " CHECK (may_go_negative OR posted >= held)"
            )
