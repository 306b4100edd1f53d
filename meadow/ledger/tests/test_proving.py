"""Proofs of the books are kept: what was proven, over how much, and what broke first."""

import datetime as dt

import pytest
from django.db import connection

from meadow.core import clock
from meadow.core.pagination import InvalidCursor, encode_cursor
from meadow.core.testing import forget_jobs, run_jobs, waiting_jobs
from meadow.ledger.checking import INVARIANTS
from meadow.ledger.queries import get_check, last_check, list_checks
from meadow.ledger.records import BreachLine
from meadow.ledger.services import ask_check, prove_books
from meadow.ledger.testing import WHEN, wallet

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_proof_says_what_it_covered_and_how_long_it_took() -> None:
    wallet("ann", 500)
    moments = iter([WHEN, WHEN, WHEN + dt.timedelta(seconds=3)])

    done = prove_books(by="command", clock=lambda: next(moments))

    assert (done.proven, done.entries, done.seconds, done.breaches) == (len(INVARIANTS), 2, 3.0, [])
    assert last_check() == done == get_check(done.public_id)


def test_a_proof_keeps_what_broke_first_and_where() -> None:
    account = wallet("ann", 500)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_balance DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE ledger_balance SET posted = 501 WHERE account_id = %s AND stripe = 0", [account]
        )
        cursor.execute("ALTER TABLE ledger_balance ENABLE TRIGGER USER")

    done = prove_books(by="clock", clock=clock.now)

    assert done.breaches == [
        BreachLine(
            "balances-are-the-fold", f"account {account}", "501 after 1, entries sum to 500 after 1"
        )
    ]


def test_whoever_asks_while_one_waits_gets_that_one_and_a_job_makes_it() -> None:
    forget_jobs()
    wallet("ann", 500)

    asked = ask_check(operator_id=7, now=WHEN)
    again = ask_check(operator_id=8, now=WHEN)
    assert (again, last_check()) == (asked, None)
    assert waiting_jobs("ledger.prove") == [{"check": asked.public_id}]
    run_jobs()

    done = get_check(asked.public_id)
    assert (done.asked_by_id, done.proven, done.entries) == (7, len(INVARIANTS), 2)
    assert done.ended_at is not None
    assert ask_check(operator_id=7, now=WHEN).public_id != asked.public_id


def test_pages_of_proofs_run_from_the_latest_to_the_first() -> None:
    made = [prove_books(by="command", clock=clock.now).public_id for _number in range(3)]

    first = list_checks(size=2)
    second = list_checks(size=2, cursor=first.next_cursor)

    assert [one.public_id for one in (*first.items, *second.items)] == made[::-1]
    assert second.next_cursor is None
    with pytest.raises(InvalidCursor):
        list_checks(cursor=encode_cursor({"pk": 3}))
