"""Payouts at once: the last balance, the tax of a period, and batches; each guard with its control."""

import pytest
from django.db import connection

from meadow.accounts.testing import make_person
from meadow.core.testing import forget_jobs, race, run_jobs, together
from meadow.core.transactions import transaction
from meadow.ledger.checking import check_books
from meadow.ledger.services import post_transfer
from meadow.payouts.errors import (
    BatchDecided,
    BatchEmpty,
    NotEnough,
)
from meadow.payouts.queries import find_payout
from meadow.payouts.services import (
    approve_batch,
    asking,
    draw_up_batch,
    refuse_batch,
)
from meadow.payouts.services.accounts import on_their_way, tax_account
from meadow.payouts.testing import (
    WHEN,
    ask,
    make_operator,
    make_payee,
)
from meadow.payouts.tests.test_payouts import funds, withhold

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_last_balance_is_withdrawn_once_and_tax_counts_what_left_before() -> None:
    ann, operator = make_person(), make_operator()
    method = make_payee(ann.pk, operator_id=operator, amount=40_000)
    withhold(operator)

    raised = race(lambda n: ask(ann.pk, method, 20_000, key=f"k{n}").tax, runners=4)
    run_jobs()

    assert sorted(one for one in raised if isinstance(one, int)) == [0, 4_000]
    assert sum(isinstance(one, NotEnough) for one in raised) == 2
    assert funds("person", "wallet", str(ann.pk)) == 0
    assert list(check_books()) == []


def test_without_the_payee_s_lock_two_at_once_both_escape_the_tax(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control of the test above: both have looked at what left before either has left."""
    ann, operator = make_person(), make_operator()
    method = make_payee(ann.pk, operator_id=operator, amount=40_000)
    withhold(operator)
    with transaction():
        # Else one waits for the other to have opened them.
        on_their_way(unit="CNY", now=WHEN)
        tax_account(region="GB", unit="CNY", now=WHEN)
    monkeypatch.setattr(asking, "lock_payee", lambda _person: None)
    monkeypatch.setattr(asking, "post_transfer", together(post_transfer, runners=2))

    raised = race(lambda n: ask(ann.pk, method, 20_000, key=f"k{n}").tax, runners=2)
    forget_jobs()

    assert raised == [0, 0]


def test_without_the_balance_s_guard_two_withdraw_what_is_there_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other control: the ledger alone keeps a balance from being withdrawn twice."""
    ann, operator = make_person(), make_operator()
    method = make_payee(ann.pk, operator_id=operator, amount=20_000)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_balance DROP CONSTRAINT ledger_balance_not_negative")
    try:
        raised = race(lambda n: ask(ann.pk, method, 20_000, key=f"k{n}").state, runners=2)
        left = funds("person", "wallet", str(ann.pk))
    finally:
        forget_jobs()
        with connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL meadow.ledger_emptying = 'on';"
                " TRUNCATE ledger_balance, ledger_entry, ledger_transfer, ledger_account;"
                " ALTER TABLE ledger_balance ADD CONSTRAINT ledger_balance_not_negative"
                " CHECK (may_go_negative OR posted >= held)"
            )

    assert (raised, left) == (["asked", "asked"], -20_000)


def test_a_batch_is_approved_or_refused_once_and_payouts_are_in_one_batch() -> None:
    ann, one, two, three = make_person(), make_operator(), make_operator(), make_operator()
    method = make_payee(ann.pk, operator_id=one)
    asked = [ask(ann.pk, method, 10_000, key=key).public_id for key in "abc"]

    drawn = race(
        lambda n: draw_up_batch(
            provider="sandbox", unit="CNY", operator_id=one, key=f"b{n}", now=WHEN
        ),
        runners=4,
    )
    batches = [found for found in drawn if not isinstance(found, Exception)]
    assert sum(found.count for found in batches) == 3
    assert all(isinstance(found, BatchEmpty) for found in drawn if isinstance(found, Exception))
    first = batches[0]

    decided = race(
        lambda n: (
            approve_batch(
                batch=first.public_id,
                count=first.count,
                total=first.total,
                operator_id=two,
                now=WHEN,
            )
            if n % 2
            else refuse_batch(batch=first.public_id, note="", operator_id=three, now=WHEN)
        ),
        runners=4,
    )
    run_jobs()

    states = {found.state for found in decided if not isinstance(found, Exception)}
    assert len(states) == 1
    assert all(isinstance(found, BatchDecided) for found in decided if isinstance(found, Exception))
    expected = "paid" if states == {"approved"} else "asked"
    assert {find_payout(one, person_id=None).state for one in asked} >= {expected}
    assert list(check_books()) == []
