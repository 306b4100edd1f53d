"""What is read for statements: the ledger itself, each time, so that there is no copy to differ from it."""

import datetime as dt
from collections.abc import Iterator
from itertools import groupby
from typing import Any, Final

from django.utils.timezone import localtime

from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.ledger import runs
from meadow.ledger.errors import AccountMissing
from meadow.ledger.errors import TransferMissing as NoSuchTransfer
from meadow.ledger.queries import (
    balance_at,
    explain_lines,
    fingerprint_lines,
    get_account,
    get_transfer,
    list_accounts,
    sum_by_reason,
)
from meadow.ledger.records import AccountRecord, ExplainedLine, TransferRecord
from meadow.ledger.runs import Run
from meadow.statements.errors import StatementMissing, TransferMissing
from meadow.statements.months import FIRST_YEAR, LAST_YEAR, Month, month_of, zone_name
from meadow.statements.records import (
    MonthStatement,
    Sums,
    YearMonth,
    YearStatement,
    add_up,
)

PAGE_SIZE: Final = 50
READ_AT_ONCE: Final = 1000
MOST_UNITS: Final = 50
_A_MOMENT: Final = dt.timedelta(microseconds=1)


def list_wallets(person_id: int) -> list[AccountRecord]:
    """Return the accounts of a person's wallet, one a currency, in order of their units."""
    found = list_accounts(owner=str(person_id), kind="person", purpose="wallet", size=MOST_UNITS)
    return sorted(found.items, key=lambda one: one.unit)


def find_wallet(person_id: int, *, unit: str) -> AccountRecord:
    """Return the account of a person's wallet in a currency. Raises StatementMissing."""
    found = [one for one in list_wallets(person_id) if one.unit == unit]
    if not found:
        raise StatementMissing
    return found[0]


def find_account(public_id: str) -> AccountRecord:
    """Return an account that somebody owns, for operators. Raises StatementMissing.

    One of the installation's own has entries in many rows, in no one order: it has no statement.
    """
    try:
        found = get_account(public_id=public_id)
    except AccountMissing as missing:
        raise StatementMissing from missing
    if not found.owner:
        raise StatementMissing
    return found


def read_month_statement(
    account: AccountRecord, *, month: Month, now: dt.datetime
) -> MonthStatement:
    """Return a month of an account. Raises StatementMissing for one before it, or still to come."""
    if not month_of(account.opened_at) <= month <= month_of(now):
        raise StatementMissing
    totals = sum_by_reason(account.id, begins=month.begins, ends=month.ends, zone=zone_name())
    opening = balance_at(account.id, at=month.begins - _A_MOMENT)
    sums = add_up(totals)
    return MonthStatement(
        account=account,
        month=month,
        state=month.state(now=now),
        opening=opening,
        closing=opening + sums.change,
        sums=sums,
        by_reason=totals,
        made_at=now,
    )


def read_year_statement(account: AccountRecord, *, year: int, now: dt.datetime) -> YearStatement:
    """Return a year of an account, up to now. Raises StatementMissing."""
    first, last = month_of(account.opened_at), month_of(now)
    if not max(first.year, FIRST_YEAR) <= year <= min(last.year, LAST_YEAR):
        raise StatementMissing
    begins, ends = Month(year, 1).begins, Month(year + 1, 1).begins
    totals = sum_by_reason(account.id, begins=begins, ends=ends, zone=zone_name())
    opening = balance = balance_at(account.id, at=begins - _A_MOMENT)
    months = []
    one = max(first, Month(year, 1))
    while one <= min(last, Month(year, 12)):
        sums = add_up([each for each in totals if month_of(each.month) == one])
        months.append(YearMonth(one, one.state(now=now), balance, balance + sums.change, sums))
        balance += sums.change
        one = one.next()
    by_reason: dict[str, Sums] = {}
    for each in totals:
        by_reason[each.reason] = by_reason.get(each.reason, Sums()).plus(each)
    return YearStatement(
        account=account,
        year=year,
        years=range(last.year, first.year - 1, -1),
        opening=opening,
        closing=balance,
        sums=add_up(totals),
        months=months[::-1],
        by_reason=sorted(by_reason.items()),
    )


def read_lines(
    statement: MonthStatement, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[ExplainedLine]:
    """Return one page of the lines of a month, the oldest first. Raises InvalidCursor."""
    after = _place(decode_cursor(cursor)) if cursor else None
    month = statement.month
    found = explain_lines(
        statement.account.id, begins=month.begins, ends=month.ends, after=after, size=size + 1
    )
    if len(found) <= size:
        return Page(found, None)
    return Page(found[:size], _cursor_after(found[size - 1]))


def read_runs(
    statement: MonthStatement, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[Run[ExplainedLine]]:
    """Return one page of a month as it is read, the oldest first, many lines of a day as one.

    A page may have fewer than `size` where runs are long. Raises InvalidCursor.
    """
    return runs.read_runs(
        lambda after, most: read_lines(statement, cursor=after, size=most),
        _cursor_after,
        cursor=cursor,
        size=size,
    )


def each_run(statement: MonthStatement) -> Iterator[Run[ExplainedLine]]:
    """Yield a month as it is read, the oldest first, with a day in memory at a time."""
    for _, lines in groupby(each_line(statement), key=lambda one: localtime(one.booked_at).date()):
        yield from runs.gather(list(lines))[0]


def each_line(statement: MonthStatement) -> Iterator[ExplainedLine]:
    """Yield the lines of a month, the oldest first, with few in memory at a time."""
    after, month = None, statement.month
    while True:
        found = explain_lines(
            statement.account.id,
            begins=month.begins,
            ends=month.ends,
            after=after,
            size=READ_AT_ONCE,
        )
        yield from found
        if len(found) < READ_AT_ONCE:
            return
        after = found[-1].place


def read_fingerprint(statement: MonthStatement) -> str:
    """Return what tells this statement from another: 64 hexadecimal digits over all its lines."""
    month = statement.month
    return fingerprint_lines(statement.account.id, begins=month.begins, ends=month.ends)[1]


def find_own_transfer(public_id: str, *, person_id: int) -> TransferRecord:
    """Return a transfer that moved something of a person's. Raises TransferMissing."""
    try:
        found = get_transfer(public_id=public_id)
    except NoSuchTransfer as missing:
        raise TransferMissing from missing
    if not any(is_own(leg.account, person_id) for leg in found.legs):
        raise TransferMissing
    return found


def is_own(account: AccountRecord, person_id: int) -> bool:
    """Whether an account is a person's."""
    return (account.kind, account.owner) == ("person", str(person_id))


def _cursor_after(line: ExplainedLine) -> str:
    booked, sequence = line.place
    return encode_cursor({"at": booked.isoformat(), "n": sequence})


def _place(cursor: dict[str, Any]) -> tuple[dt.datetime, int]:
    try:
        at = dt.datetime.fromisoformat(cursor["at"])
        if at.tzinfo is None:
            raise InvalidCursor
        return at, int(cursor["n"])
    except (KeyError, TypeError, ValueError) as wrong:
        raise InvalidCursor from wrong
