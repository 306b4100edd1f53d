"""How much may be topped up: rules in versions, and the counting of what one person takes in."""

import datetime as dt

from django.db import IntegrityError
from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from meadow.core.errors import InvalidInput
from meadow.core.money import Money, format_money
from meadow.core.transactions import savepoint, transaction, transaction_required
from meadow.payments.errors import (
    AmountOutOfBounds,
    BoundsChangedMeanwhile,
    BoundsUnusable,
    TopUpsOfDayUsed,
    TopUpsOfMonthUsed,
    UnitNotTaken,
)
from meadow.payments.limit_queries import find_bounds
from meadow.payments.limits import CURRENCIES, DAY, LARGEST, LONGEST_NOTE, MONTH
from meadow.payments.models import Payment, TopUpBounds
from meadow.payments.records import BoundsRecord
from meadow.payments.services.spending import lock_purse

NOTE_NEEDED = _("Say why they change, in at most 300 characters.")


def set_bounds(
    *,
    unit: str,
    least: int,
    most: int,
    per_day: int,
    per_month: int,
    note: str,
    seen: int,
    operator_id: int,
    now: dt.datetime,
) -> BoundsRecord:
    """Write the next version of how much may be topped up in a currency; it holds at once.

    `seen` is the version that the operator looked at, 0 where there is none. Raises UnitNotTaken,
    BoundsUnusable, BoundsChangedMeanwhile, InvalidInput without a note.
    """
    said = " ".join(note.split())
    if not 1 <= len(said) <= LONGEST_NOTE:
        raise InvalidInput(fields={"note": [str(NOTE_NEEDED)]})
    if unit not in CURRENCIES:
        raise UnitNotTaken
    if not 0 < least <= most <= per_day <= per_month <= LARGEST:
        raise BoundsUnusable
    with transaction():
        if (found := find_bounds(unit)) is not None and found.version != seen:
            raise BoundsChangedMeanwhile
        try:
            with savepoint():
                TopUpBounds.objects.create(
                    unit=unit,
                    version=seen + 1,
                    least=least,
                    most=most,
                    per_day=per_day,
                    per_month=per_month,
                    note=said,
                    created_at=now,
                    operator_id=operator_id,
                )
        except IntegrityError as first:
            raise BoundsChangedMeanwhile from first
    written = find_bounds(unit)
    assert written is not None  # noqa: S101 - versions are only added
    return written


@transaction_required
def check_top_up(*, person_id: int, unit: str, amount: int, key: str, now: dt.datetime) -> None:
    """Raise unless somebody may top up `amount` more; nobody else counts them until this ends.

    What waits to be paid counts, because it can come in; what failed does not, nor what `key` has
    begun itself. Raises UnitNotTaken, AmountOutOfBounds, TopUpsOfDayUsed, TopUpsOfMonthUsed.
    """
    bounds = find_bounds(unit)
    if bounds is None:
        raise UnitNotTaken
    if not bounds.least <= amount <= bounds.most:
        raise AmountOutOfBounds(least=_say(bounds.least, unit), most=_say(bounds.most, unit))
    lock_purse(person_id=person_id, unit=unit)
    counted = Payment.objects.filter(person_id=person_id, unit=unit, opened_at__gt=now - MONTH)
    sums = (
        counted.exclude(state=Payment.State.FAILED)
        .exclude(key=key)
        .aggregate(day=Sum("amount", filter=Q(opened_at__gt=now - DAY)), month=Sum("amount"))
    )
    for most, used, refusal in (
        (bounds.per_day, sums["day"] or 0, TopUpsOfDayUsed),
        (bounds.per_month, sums["month"] or 0, TopUpsOfMonthUsed),
    ):
        if used + amount > most:
            raise refusal(most=_say(most, unit), left=_say(max(most - used, 0), unit))


def _say(minor: int, unit: str) -> str:
    return format_money(Money(minor, unit))
