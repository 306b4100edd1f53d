"""Whatever was posted, every set of figures of a statement is the ledger's."""

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from meadow.core.money import Money, format_money
from meadow.ledger.models import Account
from meadow.ledger.queries import balance_at, get_account
from meadow.ledger.records import AccountRecord
from meadow.ledger.testing import wallet
from meadow.statements import queries
from meadow.statements.months import month_of
from meadow.statements.records import add_up
from meadow.statements.tables import month_rows, year_rows
from meadow.statements.testing import earn, give_back, pay_out

pytestmark = pytest.mark.django_db
UTC = dt.UTC
MAY = dt.datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
LATER = dt.datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
DAY = dt.timedelta(days=1)


def account_of(pk: int) -> AccountRecord:
    return get_account(public_id=Account.objects.get(pk=pk).public_id)


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["earn", "pay", "back", "late"]),
        st.integers(1, 10**9),
        st.integers(0, 60 * 24 * 60),
        st.integers(0, 100),
    ),
    max_size=8,
)


@pytest.mark.slow
@settings(max_examples=12)
@given(moves=MOVES)
def test_every_set_of_figures_is_the_ledgers(moves: list[tuple[str, int, int, int]]) -> None:
    """Whatever was posted: lines, months, years, files and the ledger's own balances agree."""
    block = transaction.Atomic("default", True, False)
    block._from_testcase = True  # type: ignore[attr-defined] # the use case inside is outermost
    with block:
        _hold_against_the_ledger(moves)
        transaction.set_rollback(True)


def _hold_against_the_ledger(moves: list[tuple[str, int, int, int]]) -> None:
    ann, now, kept = wallet("1", now=MAY), MAY, []
    for what, amount, minutes, percent in moves:
        now = min(now + dt.timedelta(minutes=minutes), LATER + 800 * DAY)
        fee, tax = amount * percent // 300, amount * percent // 500
        if what == "earn":
            kept.append(earn(ann, gross=amount, fee=fee, tax=tax, now=now))
        if what == "late":
            earn(ann, gross=amount, fee=fee, tax=tax, now=now, effective_at=now - 50 * DAY)
        available = account_of(ann).available
        if what == "pay" and available:
            part = min(amount, available)
            pay_out(ann, gross=part, fee=part * percent // 300, tax=0, now=now)
        if what == "back" and kept and available >= amount:
            earned = kept.pop()
            size = next(one for one in _all(ann, now) if one.transfer == earned.public_id)
            if size.amount <= available:
                give_back(earned, now=now, amount=1 + (size.gross - 1) * percent // 100)
    account = account_of(ann)
    balance, whole = 0, []
    for year in range(MAY.year, month_of(now).year + 1):
        said = queries.read_year_statement(account, year=year, now=now)
        assert said.opening == balance
        assert said.sums == add_up([one.sums for one in said.months])
        assert said.sums == add_up([sums for _reason, sums in said.by_reason])
        for head in reversed(said.months):
            statement = queries.read_month_statement(account, month=head.month, now=now)
            found = list(queries.each_line(statement))
            assert (statement.opening, statement.closing) == (head.opening, head.closing)
            assert statement.opening == balance
            assert statement.sums == head.sums
            assert head.sums.fees == sum(one.fees for one in found)
            assert head.sums.taxes == sum(one.taxes for one in found)
            assert head.sums.lines == len(found)
            for one in found:
                balance += one.amount
                assert one.balance_after == balance
                assert abs(one.amount) == abs(one.net if _comes_in(one) else one.gross)
                assert one.gross - sum(share.amount for share in one.shares) == one.net
            assert statement.closing == balance
            assert balance == balance_at(ann, at=min(head.month.ends, now))
            rows = [row[11] for row in month_rows(statement) if row[2]]
            assert rows == [_figure(one.amount) for one in found]
            whole += found
        assert list(year_rows(said))[-1][9:11] == [_figure(said.opening), _figure(balance)]
    assert balance == account.posted
    assert [one.sequence for one in whole] == list(range(1, len(whole) + 1))


def _all(account: int, now: dt.datetime) -> list[Any]:
    found, one = [], month_of(MAY)
    while one <= month_of(now):
        statement = queries.read_month_statement(account_of(account), month=one, now=now)
        found += list(queries.each_line(statement))
        one = one.next()
    return found


def _comes_in(one: Any) -> bool:
    return bool((one.amount > 0) != one.is_reversal)


def _figure(minor: int) -> str:
    return format_money(Money(minor, "CNY")).replace("¥", "").replace(",", "")
