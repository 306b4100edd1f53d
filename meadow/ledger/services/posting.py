"""Posting transfers: one call of `ledger_post`, all of them or none."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import orjson
from django.db import DatabaseError

from meadow.core.database import fetch_prepared
from meadow.core.ids import new_id
from meadow.core.transactions import (
    TransactionAlreadyOpen,
    in_transaction,
    transaction_required,
)
from meadow.ledger.errors import (
    AccountMissing,
    HoldClosed,
    InsufficientFunds,
    KeyTaken,
    Unbalanced,
)
from meadow.ledger.records import Draft, Posted

# Beyond this many, memory and the time that locks are held grow for nothing.
MOST_AT_ONCE = 5000
_POST = (
    "SELECT transfer_id, public_id, booked_at, replayed FROM ledger_post("
    "%s::timestamptz, %s::text[], %s::text[], %s::bytea[], %s::text[], %s::jsonb[], %s::text[],"
    " %s::text[], %s::bigint[], %s::timestamptz[], %s::int[], %s::bigint[], %s::bigint[],"
    " %s::boolean[], %s::int[], %s::int[], %s::bigint[], %s::bigint[])"
)
_REFUSALS = {
    "ledger_balance_not_negative": InsufficientFunds,
    "ledger_account_exists": AccountMissing,
    "ledger_key_taken": KeyTaken,
    "ledger_transfer_sums_to_zero": Unbalanced,
    "ledger_entry_moves_something": Unbalanced,
    "ledger_transfer_has_two_sides": Unbalanced,
    "ledger_hold_covers_it": HoldClosed,
}


@transaction_required
def post_transfer(*, draft: Draft, now: dt.datetime) -> Posted:
    """Post one transfer, or return what its key has done before.

    Raises InsufficientFunds, AccountMissing, KeyTaken, Unbalanced.
    """
    return post_transfers(drafts=[draft], now=now)[0]


@transaction_required
def post_transfers(*, drafts: Sequence[Draft], now: dt.datetime) -> list[Posted]:
    """Post transfers in this order, all or none, and return them at their places.

    A use case posts once: two calls in one transaction lock accounts in two orders. Raises as
    `post_transfer`, and ValueError for more than MOST_AT_ONCE.
    """
    return _post(drafts, now)


def post_alone(*, drafts: Sequence[Draft], now: dt.datetime) -> list[Posted]:
    """Post transfers that are a whole use case: one statement that commits by itself.

    All or none, at their places. Nobody waits for an account while the caller has its turn between the
    transfer and the commit: for what many people pay at once. Raises as `post_transfers`, and
    TransactionAlreadyOpen.
    """
    if in_transaction():
        raise TransactionAlreadyOpen("post_alone() is a use case: in one, call post_transfers()")
    return _post(drafts, now)


def _post(drafts: Sequence[Draft], now: dt.datetime) -> list[Posted]:
    if not drafts:
        return []
    if len(drafts) > MOST_AT_ONCE:
        raise ValueError(f"{len(drafts)} transfers at once, {MOST_AT_ONCE} are the most")
    if any(len(draft.legs) < 2 for draft in drafts):
        raise Unbalanced
    legs = [
        (place, position, leg.account_id, leg.amount)
        for place, draft in enumerate(drafts, start=1)
        for position, leg in enumerate(draft.legs, start=1)
    ]
    captures = [draft.capture for draft in drafts]
    with refusals():
        rows = fetch_prepared(
            _POST,
            [
                now,
                _texts(new_id("t") for _draft in drafts),
                _texts(draft.key for draft in drafts),
                _texts(f"\\x{draft.fingerprint().hex()}" for draft in drafts),
                _texts(draft.reason for draft in drafts),
                _texts(orjson.dumps(draft.params).decode() for draft in drafts),
                _texts(draft.reference for draft in drafts),
                _texts(draft.decision for draft in drafts),
                _figures(draft.reverses_id for draft in drafts),
                _moments(draft.effective_at for draft in drafts),
                _figures(len(draft.legs) for draft in drafts),
                _figures(one.hold_id if one else None for one in captures),
                _figures(one.amount if one else 0 for one in captures),
                _figures(one is not None and one.closes for one in captures),
                *(_figures(column) for column in zip(*legs, strict=True)),
            ],
            binary=True,
        )
    return [Posted(*row) for row in rows]


# PostgreSQL's own way of writing arrays: the driver's takes longer than posting what is in them.
def _figures(items: Iterable[int | None]) -> str:
    return "{" + ",".join("NULL" if one is None else str(one) for one in items) + "}"


def _moments(items: Iterable[dt.datetime | None]) -> str:
    return "{" + ",".join(f'"{one.isoformat()}"' if one else "NULL" for one in items) + "}"


def _texts(items: Iterable[str]) -> str:
    quoted = list(items)
    if any('"' in one or "\\" in one for one in quoted):
        quoted = [one.replace("\\", "\\\\").replace('"', '\\"') for one in quoted]
    return '{"' + '","'.join(quoted) + '"}'


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the database refuses into what a person can understand."""
    try:
        yield
    except DatabaseError as refused:
        constraint = getattr(getattr(refused.__cause__, "diag", None), "constraint_name", None)
        refusal = _REFUSALS.get(constraint or "")
        if refusal is None:
            raise
        raise refusal from refused
