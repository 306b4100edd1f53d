"""What an owner has: balances by unit, promised units, and the history of an account, paged."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from meadow.core.database import fetch_prepared
from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.ledger.models import Hold
from meadow.ledger.records import EntryLine, Funds, HoldRest, OpenHold
from meadow.ledger.runs import Run, read_runs

PAGE_SIZE = 24
_FUNDS = """
SELECT a.owner, a.unit, sum(b.posted)::bigint, sum(b.held)::bigint
FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
WHERE a.kind = %s AND a.purpose = %s AND a.owner = ANY (%s)
GROUP BY a.owner, a.unit ORDER BY a.owner, a.unit
"""
# Along the index that keeps the entries of an account in order; owned accounts are one row.
_ENTRIES = """
SELECT t.public_id, t.reason, t.params, t.reference, t.decision, e.amount, e.balance_after, e.unit,
    e.effective_at, e.booked_at, e.sequence
FROM ledger_entry e JOIN ledger_transfer t ON t.id = e.transfer_id
WHERE e.account_id = %s AND e.stripe = 0 AND (e.booked_at, e.sequence) < (%s::timestamptz, %s::bigint)
ORDER BY e.booked_at DESC, e.sequence DESC LIMIT %s
"""


def funds_of_owners(
    *, kind: str, purpose: str, owners: Sequence[str]
) -> Mapping[str, Sequence[Funds]]:
    """Return what each owner has, unit by unit; who never had an account is not in it."""
    found: dict[str, list[Funds]] = {}
    for owner, unit, posted, held in fetch_prepared(_FUNDS, [kind, purpose, list(owners)]):
        found.setdefault(owner, []).append(Funds(unit=unit, posted=posted, held=held))
    return found


def list_entries(
    account_id: int, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[EntryLine]:
    """Return one page of what moved on an owned account, newest first. Raises InvalidCursor."""
    before, sequence = "infinity", 0
    if cursor is not None:
        before, sequence = _position(decode_cursor(cursor))
    rows = fetch_prepared(_ENTRIES, [account_id, before, sequence, size + 1])
    # Past the ORM, Django hands JSON over as text.
    lines = [
        EntryLine(public_id, reason, orjson.loads(params), *rest)
        for public_id, reason, params, *rest in rows[:size]
    ]
    if len(rows) <= size:
        return Page(items=lines, next_cursor=None)
    return Page(items=lines, next_cursor=_cursor_after(lines[-1]))


def list_runs(
    account_id: int, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[Run[EntryLine]]:
    """Return one page of what moved on an owned account as its owner reads it, newest first.

    A page may have fewer than `size` where runs are long. Raises InvalidCursor.
    """
    return read_runs(
        lambda after, most: list_entries(account_id, cursor=after, size=most),
        _cursor_after,
        cursor=cursor,
        size=size,
        backwards=True,
    )


def list_holds(*, account_id: int, most: int = 50) -> list[OpenHold]:
    """Return the holds of an account that are open, those that end first before the others."""
    holds = Hold.objects.filter(account_id=account_id, state=Hold.State.OPEN)
    return [
        OpenHold(
            public_id=one.public_id,
            amount=one.amount,
            captured=one.captured,
            unit=one.unit,
            reason=one.reason,
            params=one.params,
            reference=one.reference,
            held_at=one.held_at,
            expires_at=one.expires_at,
        )
        for one in holds.order_by("expires_at", "pk")[:most]
    ]


def read_holds(hold_ids: Sequence[int], *, now: dt.datetime) -> Mapping[int, HoldRest]:
    """Return whose these holds are and what can still be captured of each, by id."""
    rows = Hold.objects.filter(pk__in=hold_ids).order_by("pk")
    return {
        one.pk: HoldRest(
            account_id=one.account_id,
            left=one.amount - one.captured
            if one.state == Hold.State.OPEN and one.expires_at > now
            else 0,
        )
        for one in rows
    }


def _cursor_after(line: EntryLine) -> str:
    return encode_cursor({"at": line.booked_at.isoformat(), "n": line.sequence})


def _position(cursor: Mapping[str, Any]) -> tuple[str, int]:
    try:
        return dt.datetime.fromisoformat(cursor["at"]).isoformat(), int(cursor["n"])
    except (KeyError, TypeError, ValueError) as wrong:
        raise InvalidCursor from wrong
