"""What accounts hold now, and what they held at any time: a few rows, however long the history."""

import datetime as dt

from meadow.core.database import fetch_prepared
from meadow.ledger.errors import AccountMissing
from meadow.ledger.records import Funds

_NOW = """
SELECT min(unit), sum(posted)::bigint, sum(held)::bigint FROM ledger_balance WHERE account_id = %s
"""
_BOOKED = """
SELECT coalesce(sum(last.balance_after), 0)::bigint FROM ledger_balance b
CROSS JOIN LATERAL (
    SELECT e.balance_after FROM ledger_entry e
    WHERE e.account_id = b.account_id AND e.stripe = b.stripe AND e.booked_at <= %s
    ORDER BY e.booked_at DESC, e.sequence DESC LIMIT 1
) last
WHERE b.account_id = %s
"""
# Effective and booked times differ for few entries, which have an index of their own.
_EFFECTIVE = """
SELECT coalesce(sum(CASE WHEN e.booked_at > %(at)s THEN e.amount ELSE -e.amount END), 0)::bigint
FROM ledger_entry e
WHERE e.account_id = %(account)s AND e.effective_at <> e.booked_at
  AND (e.effective_at <= %(at)s) <> (e.booked_at <= %(at)s)
"""


def read_funds(account_id: int) -> Funds:
    """Return what an account holds now. Raises AccountMissing."""
    unit, posted, held = fetch_prepared(_NOW, [account_id])[0]
    if unit is None:
        raise AccountMissing
    return Funds(unit=unit, posted=posted, held=held)


def balance_at(account_id: int, *, at: dt.datetime) -> int:
    """Return what the ledger knew of an account at a time, in minor units."""
    return int(fetch_prepared(_BOOKED, [at, account_id])[0][0])


def effective_balance_at(account_id: int, *, at: dt.datetime) -> int:
    """Return what an account held at a time by what is known now, in minor units."""
    moved = fetch_prepared(_EFFECTIVE, {"account": account_id, "at": at})[0][0]
    return balance_at(account_id, at=at) + int(moved)
