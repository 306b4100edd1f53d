"""What moved on an owned account between two times, each line from gross to net, and sums of it.

One statement says what was taken out of a line, and everything else adds that up: a page, a file and
a sum of the same time are the same figures.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

import orjson

from meadow.core.database import fetch_prepared
from meadow.ledger.purposes import list_roles
from meadow.ledger.records import ExplainedLine, ReasonTotal, Share

# Owned accounts are one row (stripe 0): their entries are in the order of this index.
_OWN = """
    SELECT e.transfer_id, e.position, e.unit, e.amount, e.balance_after, e.effective_at, e.booked_at,
        e.sequence
    FROM ledger_entry e
    WHERE e.account_id = %(account)s AND e.stripe = 0
      AND e.booked_at >= %(begins)s::timestamptz AND e.booked_at < %(ends)s::timestamptz
"""
_ONE_PAGE = """
      AND (e.booked_at, e.sequence) > (%(after)s::timestamptz, %(sequence)s::bigint)
    ORDER BY e.booked_at, e.sequence LIMIT %(size)s
"""
# A reversal is read as its mirror image, so what it gives back of a fee is a fee below zero. Whoever
# gained sees all that others gained beside them taken from what was given; whoever alone gave sees
# the fees and taxes taken from that. Where several gave, whose part went where is said by nobody.
_EXPLAINED = """
SELECT {columns}
FROM ({own}) e
JOIN ledger_transfer t ON t.id = e.transfer_id
CROSS JOIN LATERAL (SELECT CASE WHEN t.reverses_id IS NULL THEN 1 ELSE -1 END AS way) w
CROSS JOIN LATERAL (
    SELECT coalesce(sum(one.size) FILTER (WHERE one.role = 'fee'), 0)::bigint AS fees,
        coalesce(sum(one.size) FILTER (WHERE one.role = 'tax'), 0)::bigint AS taxes,
        coalesce(sum(one.size) FILTER (WHERE one.role = '' AND e.amount * w.way > 0), 0)::bigint
            AS others,
        {shares}
    FROM (
        SELECT a.kind, a.purpose, o.amount * w.way AS size,
            CASE WHEN a.kind = 'tax' OR (a.kind, a.purpose) IN
                    (SELECT * FROM unnest(%(tax_kinds)s::text[], %(tax_purposes)s::text[])) THEN 'tax'
                WHEN (a.kind, a.purpose) IN
                    (SELECT * FROM unnest(%(fee_kinds)s::text[], %(fee_purposes)s::text[])) THEN 'fee'
                ELSE '' END AS role
        FROM ledger_entry o JOIN ledger_account a ON a.id = o.account_id
        WHERE o.transfer_id = e.transfer_id AND o.unit = e.unit AND o.position <> e.position
          AND o.amount * w.way > 0
          AND (e.amount * w.way > 0 OR NOT EXISTS (
              SELECT 1 FROM ledger_entry g
              WHERE g.transfer_id = e.transfer_id AND g.unit = e.unit AND g.position <> e.position
                AND g.amount * w.way < 0))
    ) one
) s
CROSS JOIN LATERAL (SELECT CASE WHEN e.amount * w.way > 0
    THEN e.amount + w.way * (s.fees + s.taxes + s.others) ELSE -e.amount END AS gross) g
"""
_SHARES = """
    jsonb_agg(jsonb_build_array(one.kind, one.purpose, one.role, one.size * w.way))
        FILTER (WHERE one.role <> '' OR e.amount * w.way > 0) AS shares
"""
_LINES = (
    _EXPLAINED.format(
        own=_OWN + _ONE_PAGE,
        shares=_SHARES,
        columns="t.public_id, t.reason, t.params, t.reference, t.decision, t.reverses_id IS NOT NULL,"
        " e.unit, e.amount, e.balance_after, g.gross, s.fees * w.way, s.taxes * w.way,"
        " s.others * w.way, s.shares, e.effective_at, e.booked_at, e.sequence",
    )
    + " ORDER BY e.booked_at, e.sequence"
)
_TOTALS = (
    _EXPLAINED.format(
        own=_OWN,
        shares="NULL AS shares",
        columns="date_trunc('month', e.booked_at AT TIME ZONE %(zone)s)::date AS month, t.reason,"
        " count(*), coalesce(sum(e.amount) FILTER (WHERE e.amount > 0), 0)::bigint,"
        " coalesce(-sum(e.amount) FILTER (WHERE e.amount < 0), 0)::bigint,"
        " sum(g.gross)::bigint, sum(s.fees * w.way)::bigint, sum(s.taxes * w.way)::bigint,"
        " sum(s.others * w.way)::bigint",
    )
    + " GROUP BY 1, 2 ORDER BY 1, 2"
)
_FINGERPRINT = (
    """
SELECT count(*), encode(sha256(convert_to(coalesce(string_agg(
    t.public_id || ' ' || e.amount || ' ' || e.balance_after, E'\\n'
    ORDER BY e.booked_at, e.sequence), ''), 'UTF8')), 'hex')
FROM ("""
    + _OWN
    + ") e JOIN ledger_transfer t ON t.id = e.transfer_id"
)
_MOVED = """
SELECT a.id, a.owner, a.unit FROM ledger_account a
WHERE a.kind = %(kind)s AND a.purpose = %(purpose)s AND a.owner <> '' AND a.id > %(after)s::bigint
  AND EXISTS (SELECT 1 FROM ledger_entry e
              WHERE e.account_id = a.id AND e.stripe = 0
                AND e.booked_at >= %(begins)s::timestamptz AND e.booked_at < %(ends)s::timestamptz)
ORDER BY a.id LIMIT %(size)s
"""
_FIRST: Final = ("-infinity", 0)


def explain_lines(
    account_id: int,
    *,
    begins: dt.datetime,
    ends: dt.datetime,
    after: tuple[dt.datetime, int] | None = None,
    size: int,
) -> list[ExplainedLine]:
    """Return what was booked on an owned account from `begins` to before `ends`, the oldest first.

    `after` is the `place` of the last line that is known: the next `size` lines come after it.
    """
    booked, sequence = after or _FIRST
    here = _between(account_id, begins, ends)
    here |= {"after": booked, "sequence": sequence, "size": size} | _roles()
    return [_line(row) for row in fetch_prepared(_LINES, here)]


def sum_by_reason(
    account_id: int, *, begins: dt.datetime, ends: dt.datetime, zone: str
) -> list[ReasonTotal]:
    """Return what was booked on an owned account in that time, by month of `zone` and by reason."""
    here = _between(account_id, begins, ends) | {"zone": zone} | _roles()
    return [ReasonTotal(*row) for row in fetch_prepared(_TOTALS, here)]


def fingerprint_lines(
    account_id: int, *, begins: dt.datetime, ends: dt.datetime
) -> tuple[int, str]:
    """Return how many lines were booked in that time, and the SHA-256 of them in hexadecimal.

    It is of one line each, "transfer change balance-after" in minor units, with a line feed between.
    """
    count, digest = fetch_prepared(_FINGERPRINT, _between(account_id, begins, ends))[0]
    return int(count), str(digest)


def _between(account_id: int, begins: dt.datetime, ends: dt.datetime) -> dict[str, Any]:
    return {"account": account_id, "begins": begins, "ends": ends}


def _roles() -> dict[str, list[str]]:
    fees, taxes = list_roles("fee"), list_roles("tax")
    return {
        "fee_kinds": [kind for kind, _purpose in fees],
        "fee_purposes": [purpose for _kind, purpose in fees],
        "tax_kinds": [kind for kind, _purpose in taxes],
        "tax_purposes": [purpose for _kind, purpose in taxes],
    }


def _line(row: Sequence[Any]) -> ExplainedLine:
    # Django has psycopg hand JSON out as text.
    values = list(row)
    values[2] = orjson.loads(values[2])
    values[13] = [Share(*one) for one in orjson.loads(values[13] or "[]")]
    return ExplainedLine(*values)


def list_moved_accounts(
    *, kind: str, purpose: str, begins: dt.datetime, ends: dt.datetime, after: int, size: int
) -> list[tuple[int, str, str]]:
    """Return (id, owner, unit) of owned accounts on which something was booked in that time.

    In order of their ids, those after `after`, `size` at most.
    """
    here = {"kind": kind, "purpose": purpose, "begins": begins, "ends": ends}
    return [(*row,) for row in fetch_prepared(_MOVED, here | {"after": after, "size": size})]
