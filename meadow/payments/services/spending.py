"""What people let go out of their wallets: limits of their own, and the counting against them."""

import datetime as dt

from meadow.core.money import Money, format_money
from meadow.core.transactions import transaction, transaction_required
from meadow.notifications.services import notify
from meadow.payments.errors import (
    KeyTaken,
    SpendingOfDayUsed,
    SpendingOfMonthUsed,
    UnitNotTaken,
)
from meadow.payments.limit_queries import spending_of
from meadow.payments.limits import CURRENCIES, RAISED_AFTER
from meadow.payments.models import Purse, Spend
from meadow.payments.records import SpendingRecord


def set_spending(
    *,
    person_id: int,
    unit: str,
    per_day: int | None,
    per_month: int | None,
    now: dt.datetime,
) -> SpendingRecord:
    """Limit what goes out of a wallet in any 24 hours and 30 days, in minor units; None: no limit.

    What is lower holds at once, what is higher after RAISED_AFTER, and its owner is told. Raises
    UnitNotTaken; ValueError for what is not above zero.
    """
    if unit not in CURRENCIES:
        raise UnitNotTaken
    if any(one is not None and one <= 0 for one in (per_day, per_month)):
        raise ValueError("a limit lets something out")
    with transaction():
        purse = lock_purse(person_id=person_id, unit=unit)
        before = spending_of(purse, now=now)
        purse.per_day = _lower(before.per_day, per_day)
        purse.per_month = _lower(before.per_month, per_month)
        raised = (purse.per_day, purse.per_month) != (per_day, per_month)
        same = (before.next_per_day, before.next_per_month) == (per_day, per_month)
        if not raised:
            purse.next_from = None
        elif before.next_from is None or not same:
            # Asking for the same once more does not begin the wait anew.
            purse.next_from = now + RAISED_AFTER
            _tell(purse, now)
        purse.next_per_day = per_day if raised else None
        purse.next_per_month = per_month if raised else None
        purse.save()
        return spending_of(purse, now=now)


@transaction_required
def count_spend(*, person_id: int, unit: str, amount: int, key: str, now: dt.datetime) -> None:
    """Count `amount` that is about to be held or paid from a wallet, once a key, or refuse it.

    Call it in the transaction that moves the money, and before it does. Raises SpendingOfDayUsed,
    SpendingOfMonthUsed, KeyTaken.
    """
    purse = lock_purse(person_id=person_id, unit=unit)
    known = Spend.objects.filter(key=key).first()
    if known is not None:
        if (known.purse_id, known.amount) != (purse.pk, amount):
            raise KeyTaken
        return
    so_far = spending_of(purse, now=now)
    for most, used, refusal in (
        (so_far.per_day, so_far.spent_day, SpendingOfDayUsed),
        (so_far.per_month, so_far.spent_month, SpendingOfMonthUsed),
    ):
        if most is not None and used + amount > most:
            left = max(most - used, 0)
            raise refusal(
                most=format_money(Money(most, unit)), left=format_money(Money(left, unit))
            )
    Spend.objects.create(purse=purse, key=key, amount=amount, at=now)


@transaction_required
def lower_spend(*, key: str, amount: int) -> None:
    """Say that less went out than was counted: what a hold did not capture, what was given back."""
    Spend.objects.filter(key=key, amount__gt=amount).update(amount=amount)


@transaction_required
def lock_purse(*, person_id: int, unit: str) -> Purse:
    """Return the row that what comes into and goes out of a wallet is counted under, locked."""
    Purse.objects.bulk_create([Purse(person_id=person_id, unit=unit)], ignore_conflicts=True)
    return Purse.objects.select_for_update(of=["self"]).get(person_id=person_id, unit=unit)


def _lower(one: int | None, other: int | None) -> int | None:
    known = [limit for limit in (one, other) if limit is not None]
    return min(known) if known else None


@transaction_required
def _tell(purse: Purse, now: dt.datetime) -> None:
    assert purse.next_from is not None  # noqa: S101 - set just before
    notify(
        person_id=purse.person_id,
        kind="wallet.limit_raised",
        params={"unit": purse.unit},
        url=f"/wallet?unit={purse.unit}#spending",
        key=f"wallet-limit-{purse.unit}-{purse.next_from.isoformat()}",
        now=now,
    )
