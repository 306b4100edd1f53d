"""What is read of limits: how much may be topped up, and what people let go out."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Q, Sum

from meadow.payments.limits import CURRENCIES, DAY, MONTH
from meadow.payments.models import Purse, Spend, TopUpBounds
from meadow.payments.records import BoundsRecord, SpendingRecord

MOST_VERSIONS = 50


def find_bounds(unit: str) -> BoundsRecord | None:
    """Return how much may be topped up in a currency now; None: nothing."""
    newest = TopUpBounds.objects.filter(unit=unit).order_by("-version").first()
    return _record(newest) if newest else None


def bounds_in_force() -> dict[str, BoundsRecord]:
    """Return how much may be topped up now, by currency, those of the site first."""
    newest = TopUpBounds.objects.order_by("unit", "-version").distinct("unit")
    found = {one.unit: _record(one) for one in newest}
    return {unit: found[unit] for unit in CURRENCIES if unit in found}


def list_bounds(unit: str) -> Sequence[BoundsRecord]:
    """Return the newest versions of a currency's limits, the one in force first."""
    versions = TopUpBounds.objects.filter(unit=unit).order_by("-version")
    return [_record(one) for one in versions[:MOST_VERSIONS]]


def read_spending(person_id: int, *, unit: str, now: dt.datetime) -> SpendingRecord:
    """Return what somebody lets go out of their wallet in a currency, and what did."""
    purse = Purse.objects.filter(person_id=person_id, unit=unit).first()
    return spending_of(purse, now=now) if purse else SpendingRecord(unit=unit)


def list_spending(person_id: int, *, now: dt.datetime) -> list[SpendingRecord]:
    """Return what somebody lets go out of their wallet, in every currency that was ever counted."""
    purses = Purse.objects.filter(person_id=person_id).order_by("unit")
    return [spending_of(one, now=now) for one in purses]


def spending_of(purse: Purse, *, now: dt.datetime) -> SpendingRecord:
    """Return a purse as a plain record: limits that wait hold once their time has come."""
    came = purse.next_from is not None and purse.next_from <= now
    waits = purse.next_from is not None and not came
    sums = Spend.objects.filter(purse=purse, at__gt=now - MONTH).aggregate(
        day=Sum("amount", filter=Q(at__gt=now - DAY)), month=Sum("amount")
    )
    return SpendingRecord(
        unit=purse.unit,
        per_day=purse.next_per_day if came else purse.per_day,
        per_month=purse.next_per_month if came else purse.per_month,
        next_per_day=purse.next_per_day if waits else None,
        next_per_month=purse.next_per_month if waits else None,
        next_from=purse.next_from if waits else None,
        spent_day=sums["day"] or 0,
        spent_month=sums["month"] or 0,
    )


def _record(row: TopUpBounds) -> BoundsRecord:
    return BoundsRecord(
        unit=row.unit,
        version=row.version,
        least=row.least,
        most=row.most,
        per_day=row.per_day,
        per_month=row.per_month,
        since=row.created_at,
        note=row.note,
        operator_id=row.operator_id,
    )
