"""What the API takes and answers of limits: amounts in minor units, with their unit."""

import datetime as dt
from dataclasses import asdict

from ninja import Field, Schema

from meadow.payments.limits import LARGEST, LONGEST_NOTE
from meadow.payments.records import BoundsRecord, SpendingRecord
from meadow.payments.schemas import UNIT


class BoundsOut(Schema):
    """How much may be topped up in a currency; `per_day` and `per_month` are one person's."""

    unit: str
    version: int
    least: int
    most: int
    per_day: int = Field(description="In any 24 hours")
    per_month: int = Field(description="In any 30 days")
    since: dt.datetime
    note: str = Field(description="Why they changed, empty for those that ship")


class BoundsListOut(Schema):
    """How much may be topped up now, by currency, and how that changed, the newest first."""

    items: list[BoundsOut]
    versions: list[BoundsOut]


class BoundsIn(Schema):
    """New limits, and the version that was looked at (0 where there is none)."""

    unit: str = Field(pattern=UNIT)
    least: int = Field(ge=1, le=LARGEST)
    most: int = Field(ge=1, le=LARGEST)
    per_day: int = Field(ge=1, le=LARGEST)
    per_month: int = Field(ge=1, le=LARGEST)
    note: str = Field(min_length=1, max_length=LONGEST_NOTE)
    seen: int = Field(ge=0, le=2**31 - 1)


class SpendingIn(Schema):
    """What may go out of your wallet in a currency; null: no limit."""

    unit: str = Field(pattern=UNIT)
    per_day: int | None = Field(ge=1, le=LARGEST, description="In any 24 hours")
    per_month: int | None = Field(ge=1, le=LARGEST, description="In any 30 days")


class SpendingOut(Schema):
    """What may go out of your wallet, and what did; the `next_…` limits hold from `next_from` on."""

    unit: str
    per_day: int | None
    per_month: int | None
    next_per_day: int | None
    next_per_month: int | None
    next_from: dt.datetime | None
    spent_day: int
    spent_month: int


class SpendingListOut(Schema):
    """What may go out of your wallet, in each currency that something went out of."""

    items: list[SpendingOut]


def bounds_out(one: BoundsRecord) -> BoundsOut:
    """Return limits of top-ups for the API; who set them is on the page, by their handle."""
    return BoundsOut(**{name: getattr(one, name) for name in BoundsOut.model_fields})


def spending_out(one: SpendingRecord) -> SpendingOut:
    """Return what may go out of a wallet for the API."""
    return SpendingOut(**asdict(one))
