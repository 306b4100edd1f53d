"""Reversals: a transfer's mirror image, whole or in part; never more than the transfer was."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Sum

from meadow.core.money import Money, split
from meadow.core.transactions import transaction_required
from meadow.ledger.errors import KeyTaken, NothingLeft, TransferMissing
from meadow.ledger.models import Entry, Transfer
from meadow.ledger.records import Draft, Leg, Posted
from meadow.ledger.services.posting import post_transfer


@transaction_required
def reverse_transfer(
    *,
    transfer_id: int,
    key: str,
    reason: str,
    amount: int | None = None,
    params: Mapping[str, Any] | None = None,
    decision: str = "",
    now: dt.datetime,
) -> Posted:
    """Give back `amount` of what a transfer moved, everybody in their share; None: all that is left.

    The shares are those that are left of each entry, by the rule of `split`: however often a part is
    given back, the parts add up to the transfer exactly. Raises TransferMissing, NothingLeft,
    InsufficientFunds, KeyTaken.
    """
    # The row stays as it is; its lock makes two reversals of one transfer wait for each other.
    original = Transfer.objects.select_for_update().filter(pk=transfer_id).first()
    if original is None:
        raise TransferMissing
    before = Transfer.objects.filter(key=key, reverses_id=transfer_id).first()
    if before is not None:
        if reason != before.reason or amount not in (None, _gained(before)):
            raise KeyTaken
        return Posted(before.pk, before.public_id, before.booked_at, replayed=True)
    left = _left(original)
    gained = sum(size for size in left.values() if size > 0)
    units = set(Entry.objects.filter(transfer_id=transfer_id).values_list("unit", flat=True))
    wanted = gained if amount is None else amount
    if not 0 < wanted <= gained:
        raise NothingLeft
    if wanted < gained and len(units) > 1:
        raise ValueError("a transfer of several units is reversed whole")
    legs = [*_mirror(left, wanted, sign=1), *_mirror(left, wanted, sign=-1)]
    if wanted == gained:
        legs = [Leg(account, -size) for account, size in left.items() if size]
    return post_transfer(
        draft=Draft(
            key=key,
            reason=reason,
            legs=tuple(legs),
            params=params or {},
            reference=original.reference,
            decision=decision,
            reverses_id=transfer_id,
        ),
        now=now,
    )


def _gained(transfer: Transfer) -> int:
    """Return what the gaining side of a transfer has got."""
    gains = Entry.objects.filter(transfer_id=transfer.pk, amount__gt=0)
    return int(gains.aggregate(total=Sum("amount"))["total"])


def _left(original: Transfer) -> dict[int, int]:
    """Return what of a transfer was not given back yet, by account."""
    ids = [
        original.pk,
        *Transfer.objects.filter(reverses_id=original.pk).values_list("pk", flat=True),
    ]
    rows = Entry.objects.filter(transfer_id__in=ids).values_list("account_id")
    return dict(rows.annotate(total=Sum("amount")).order_by("account_id"))


def _mirror(left: dict[int, int], wanted: int, *, sign: int) -> list[Leg]:
    """Return the legs that take `wanted` from those who gained (sign 1), or give it back (-1)."""
    sizes = {account: abs(size) for account, size in left.items() if size * sign > 0}
    # The unit is the account's: here only the figures are divided.
    parts = split(Money(wanted, "CNY"), shares=list(sizes.values()))
    return [
        Leg(account, -sign * part.minor)
        for account, part in zip(sizes, parts, strict=True)
        if part.minor
    ]
