"""The books as an operator reads them: what stands on whose accounts, by unit, now and at any time."""

import datetime as dt

from django.db import connection

from meadow.ledger.records import TrialLine

_NOW = """
SELECT a.unit, a.kind, a.purpose, count(DISTINCT a.id), sum(b.posted)::bigint, sum(b.held)::bigint
FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_AT = """
SELECT a.unit, a.kind, a.purpose, count(DISTINCT a.id),
       coalesce(sum(last.balance_after), 0)::bigint, NULL::bigint
FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
LEFT JOIN LATERAL (
    SELECT e.balance_after FROM ledger_entry e
    WHERE e.account_id = b.account_id AND e.stripe = b.stripe AND e.booked_at <= %s
    ORDER BY e.booked_at DESC, e.sequence DESC LIMIT 1
) last ON true
WHERE a.opened_at <= %s
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


def trial_balance(*, at: dt.datetime | None = None) -> list[TrialLine]:
    """Return what stands on the accounts of each kind and purpose, by unit, in minor units.

    Each unit adds up to zero. `at`: as the ledger knew it then; what was held is known for now alone.
    """
    with connection.cursor() as cursor:
        if at is None:
            cursor.execute(_NOW)
        else:
            cursor.execute(_AT, [at, at])
        return [TrialLine(*row) for row in cursor.fetchall()]
