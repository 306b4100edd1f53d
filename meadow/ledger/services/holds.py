"""Holds: units promised away, then captured, in parts or whole, or given back. Each closes once."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.db import connection

from meadow.core.database import fetch_prepared
from meadow.core.ids import new_id
from meadow.core.transactions import transaction_required
from meadow.ledger.errors import HoldClosed, HoldMissing, HoldTooSmall
from meadow.ledger.models import Hold
from meadow.ledger.records import Capture, Draft, Held, Leg, Posted
from meadow.ledger.services.posting import post_transfer, refusals

EXPIRED_AT_ONCE = 500


@transaction_required
def hold_funds(
    *,
    account_id: int,
    amount: int,
    key: str,
    reason: str,
    expires_at: dt.datetime,
    params: Mapping[str, Any] | None = None,
    reference: str = "",
    now: dt.datetime,
) -> Held:
    """Promise `amount` of an account away until `expires_at`, once a key.

    A repetition stands as it was first, also with another end: callers count it from `now`. Raises
    InsufficientFunds, AccountMissing, KeyTaken; ValueError for what is not above zero or ends before
    it begins.
    """
    if amount <= 0 or expires_at <= now:
        raise ValueError("a hold is of more than nothing, and ends later than it begins")
    said = orjson.dumps(
        [account_id, amount, reason, dict(params or {}), reference],
        option=orjson.OPT_SORT_KEYS,
    )
    with refusals():
        rows = fetch_prepared(
            "SELECT * FROM ledger_hold_funds(%s::timestamptz, %s::text, %s::text, %s::bytea,"
            " %s::bigint, %s::bigint, %s::text, %s::jsonb, %s::text, %s::timestamptz)",
            [
                now,
                new_id("h"),
                key,
                hashlib.sha256(said).digest(),
                account_id,
                amount,
                reason,
                orjson.dumps(dict(params or {})).decode(),
                reference,
                expires_at,
            ],
        )
    return Held(*rows[0])


@transaction_required
def capture_hold(
    *,
    hold_id: int,
    gains: Sequence[Leg],
    key: str,
    reason: str,
    closes: bool = False,
    params: Mapping[str, Any] | None = None,
    reference: str = "",
    decision: str = "",
    now: dt.datetime,
) -> Posted:
    """Charge a hold what `gains` give others; with `closes` the rest is free again.

    Once a key. Raises HoldMissing, HoldClosed, HoldTooSmall, KeyTaken, AccountMissing.
    """
    # Locked, so that whoever waited for another learns what that one left.
    hold = _find(hold_id, lock=True)
    amount = sum(leg.amount for leg in gains)
    try:
        return post_transfer(
            draft=Draft(
                key=key,
                reason=reason,
                legs=(Leg(hold.account_id, -amount), *gains),
                params=params or {},
                reference=reference or hold.reference,
                decision=decision,
                capture=Capture(hold_id=hold_id, amount=amount, closes=closes),
            ),
            now=now,
        )
    except HoldClosed:
        if hold.state == Hold.State.OPEN and hold.expires_at > now:
            raise HoldTooSmall from None
        raise


@transaction_required
def void_hold(*, hold_id: int, now: dt.datetime) -> bool:
    """Give back what a hold has left; False when it was voided or had expired already.

    Raises HoldMissing, and HoldClosed when it was captured.
    """
    _find(hold_id)
    if _release([hold_id], Hold.State.VOIDED, now):
        return True
    if _find(hold_id).state == Hold.State.CAPTURED:
        raise HoldClosed
    return False


@transaction_required
def expire_holds(*, now: dt.datetime) -> int:
    """Give back what holds that are over have left; returns how many, at most EXPIRED_AT_ONCE."""
    due = Hold.objects.filter(state=Hold.State.OPEN, expires_at__lte=now).order_by("id")
    ids = list(due.values_list("pk", flat=True)[:EXPIRED_AT_ONCE])
    return len(_release(ids, Hold.State.EXPIRED, now)) if ids else 0


def _find(hold_id: int, *, lock: bool = False) -> Hold:
    rows = Hold.objects.select_for_update() if lock else Hold.objects.all()
    hold = rows.filter(pk=hold_id).first()
    if hold is None:
        raise HoldMissing
    return hold


def _release(ids: list[int], state: str, now: dt.datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_release_holds(%s, %s::bigint[], %s)", [now, ids, state])
        return list(cursor.fetchone()[0])
