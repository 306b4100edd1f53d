"""Finding accounts, and reading what happened on one of them or in one transfer."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

import orjson
from django.db import connection
from django.db.models import QuerySet, Sum

from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.ledger.errors import AccountMissing, TransferMissing
from meadow.ledger.models import Account, Balance, Entry, Hold, Transfer
from meadow.ledger.records import AccountRecord, BookedLine, TransferLeg, TransferRecord

# Later than any entry, so that a first page is like all others.
_END: Final = ("infinity", 32767, 2**62)
_ENTRIES = """
SELECT t.public_id, t.reason, t.params, t.reference, e.amount, e.effective_at, e.booked_at, e.stripe,
    e.sequence
FROM (
    SELECT one.* FROM ledger_balance b CROSS JOIN LATERAL (
        SELECT e.* FROM ledger_entry e
        WHERE e.account_id = b.account_id AND e.stripe = b.stripe
          AND e.booked_at <= %(booked)s::timestamptz
          AND (e.booked_at, e.stripe, e.sequence)
              < (%(booked)s::timestamptz, %(stripe)s::int, %(sequence)s::bigint)
        ORDER BY e.booked_at DESC, e.sequence DESC LIMIT %(size)s
    ) one
    WHERE b.account_id = %(account)s
    ORDER BY one.booked_at DESC, one.stripe DESC, one.sequence DESC LIMIT %(size)s
) e
JOIN ledger_transfer t ON t.id = e.transfer_id
ORDER BY e.booked_at DESC, e.stripe DESC, e.sequence DESC
"""
_UP_TO = """
SELECT coalesce(sum(last.balance_after), 0)::bigint FROM ledger_balance b
CROSS JOIN LATERAL (
    SELECT e.balance_after FROM ledger_entry e
    WHERE e.account_id = b.account_id AND e.stripe = b.stripe
      AND e.booked_at <= %(booked)s::timestamptz
      AND (e.booked_at, e.stripe, e.sequence)
          <= (%(booked)s::timestamptz, %(stripe)s::int, %(sequence)s::bigint)
    ORDER BY e.booked_at DESC, e.sequence DESC LIMIT 1
) last
WHERE b.account_id = %(account)s
"""


def list_accounts(
    *,
    owner: str = "",
    kind: str = "",
    purpose: str = "",
    unit: str = "",
    cursor: str | None = None,
    size: int = 24,
) -> Page[AccountRecord]:
    """Return the accounts that are all of this, those opened last first. Raises InvalidCursor."""
    chosen = {"owner": owner, "kind": kind, "purpose": purpose, "unit": unit}
    rows = Account.objects.filter(**{name: value for name, value in chosen.items() if value})
    if cursor:
        before = decode_cursor(cursor).get("pk")
        if not isinstance(before, int):
            raise InvalidCursor
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: size + 1])
    last = found[size - 1].pk if len(found) > size else None
    return Page(_accounts(found[:size]), encode_cursor({"pk": last}) if last else None)


def get_account(*, public_id: str) -> AccountRecord:
    """Return an account. Raises AccountMissing."""
    found = _accounts(Account.objects.filter(public_id=public_id))
    if not found:
        raise AccountMissing
    return found[0]


def get_accounts(ids: Collection[int]) -> dict[int, AccountRecord]:
    """Return accounts by the ledger's own ids, in two queries."""
    return {one.id: one for one in _accounts(Account.objects.filter(pk__in=ids))}


def walk_entries(*, account_id: int, cursor: str | None = None, size: int = 24) -> Page[BookedLine]:
    """Return what happened on an account, the latest first, with what it held after each.

    Raises InvalidCursor.
    """
    booked, stripe, sequence = _place(cursor) if cursor else _END
    here: dict[str, Any] = {"account": account_id, "size": size + 1}
    here |= {"booked": booked, "stripe": stripe, "sequence": sequence}
    with connection.cursor() as db:
        db.execute(_ENTRIES, here)
        rows = db.fetchall()
        if not rows:
            return Page([], None)
        top = dict(zip(("booked", "stripe", "sequence"), rows[0][6:], strict=True))
        db.execute(_UP_TO, {"account": account_id, **top})
        balance = int(db.fetchone()[0])
    lines = []
    for public_id, reason, written, reference, amount, effective, booked_at, *_rest in rows[:size]:
        # Past the ORM, Django hands JSON over as text.
        params = orjson.loads(written)
        lines.append(
            BookedLine(public_id, reason, params, reference, amount, balance, effective, booked_at)
        )
        balance -= amount
    if len(rows) <= size:
        return Page(lines, None)
    at_, stripe_, sequence_ = rows[size - 1][6:]
    place = {"at": at_.isoformat(), "stripe": stripe_, "sequence": sequence_}
    return Page(lines, encode_cursor(place))


def _place(cursor: str) -> tuple[str, int, int]:
    place = decode_cursor(cursor)
    try:
        at = dt.datetime.fromisoformat(place["at"])
        return at.isoformat(), int(place["stripe"]), int(place["sequence"])
    except (KeyError, TypeError, ValueError) as other:
        raise InvalidCursor from other


def each_entry(*, account_id: int, most: int) -> Iterator[BookedLine]:
    """Yield the latest `most` entries of an account."""
    cursor: str | None = None
    while most > 0:
        page = walk_entries(account_id=account_id, cursor=cursor, size=min(1000, most))
        yield from page.items
        most -= len(page.items)
        cursor = page.next_cursor
        if cursor is None:
            return


def get_transfer(*, public_id: str) -> TransferRecord:
    """Return a transfer with its entries and reversals. Raises TransferMissing."""
    one = Transfer.objects.filter(public_id=public_id).first()
    if one is None:
        raise TransferMissing
    entries = list(Entry.objects.filter(transfer_id=one.pk).order_by("position"))
    accounts = Account.objects.filter(pk__in={entry.account_id for entry in entries})
    known = {account.id: account for account in _accounts(accounts)}
    reversals = Transfer.objects.filter(reverses_id=one.pk).order_by("pk")
    reversed_ = Transfer.objects.filter(pk=one.reverses_id or 0).values_list("public_id", flat=True)
    holds = Hold.objects.filter(pk=one.hold_id or 0).values_list("public_id", flat=True)
    return TransferRecord(
        public_id=one.public_id,
        key=one.key,
        reason=one.reason,
        params=one.params,
        reference=one.reference,
        decision=one.decision,
        hold=holds.first() or "",
        reverses=reversed_.first() or "",
        reversed_by=list(reversals.values_list("public_id", flat=True)),
        effective_at=one.effective_at,
        booked_at=one.booked_at,
        legs=[TransferLeg(known[entry.account_id], entry.amount, entry.unit) for entry in entries],
    )


def _accounts(rows: "Iterable[Account] | QuerySet[Account]") -> list[AccountRecord]:
    accounts = list(rows)
    sums = Balance.objects.filter(account_id__in=[one.pk for one in accounts])
    funds = {
        account: (posted, held)
        for account, posted, held in sums.values_list("account_id").annotate(
            Sum("posted"), Sum("held")
        )
    }
    return [
        AccountRecord(
            one.pk,
            one.public_id,
            one.kind,
            one.owner,
            one.purpose,
            one.unit,
            one.opened_at,
            *funds[one.pk],
        )
        for one in accounts
    ]
