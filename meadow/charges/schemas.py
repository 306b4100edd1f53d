"""What the API of charges takes and answers: amounts in minor units, with their unit."""

import datetime as dt
from collections.abc import Mapping
from typing import Literal

from ninja import Field, Schema
from pydantic import AwareDatetime

from meadow.accounts.queries import PersonCard
from meadow.charges.models import (
    LONGEST_DESCRIPTION,
    LONGEST_NOTE,
    LONGEST_REFERENCE,
    LONGEST_TITLE,
)
from meadow.charges.records import CaptureRecord, ChargeRecord, ReturnRecord
from meadow.payments.limits import LARGEST

UNIT = r"^[A-Z]{3}$"
State = Literal["asked", "agreed", "declined", "captured", "voided", "expired"]


class ChargeIn(Schema):
    """Whom to ask for up to how much, for what, and until when (within 30 days)."""

    person: str = Field(min_length=1, max_length=30, description="A handle, without @")
    most: int = Field(ge=1, le=LARGEST, description="Minor units: 1250 is 12.50")
    unit: str = Field(pattern=UNIT)
    title: str = Field(min_length=1, max_length=LONGEST_TITLE)
    description: str = Field("", max_length=LONGEST_DESCRIPTION)
    reference: str = Field("", max_length=LONGEST_REFERENCE, description="Yours, shown to both")
    expires_at: AwareDatetime = Field(description="With its offset from UTC")


class ChargeOut(Schema):
    """What somebody is asked to pay: `held` is held now, `returned` of `captured` went back."""

    id: str
    person: str = Field(description="A handle, empty for somebody who is gone")
    asked_by: str = Field(description="A handle, empty for somebody who is gone")
    most: int
    unit: str
    title: str
    description: str
    reference: str
    state: State
    held: int
    captured: int
    returned: int
    asked_at: dt.datetime
    expires_at: dt.datetime
    answered_at: dt.datetime | None
    closed_at: dt.datetime | None


class ChargesOut(Schema):
    """One page of charges, newest first."""

    items: list[ChargeOut]
    next_cursor: str | None


class CaptureIn(Schema):
    """How much to take; `closes` sets the rest free."""

    amount: int = Field(ge=1, le=LARGEST)
    closes: bool = False


class CaptureOut(Schema):
    """What was taken of a charge; `returned` of it went back."""

    id: str
    amount: int
    closes: bool
    returned: int
    captured_at: dt.datetime


class ReturnIn(Schema):
    """How much to give back, and why: the person reads the amount, operators the reason too."""

    amount: int = Field(ge=1, le=LARGEST)
    note: str = Field(min_length=1, max_length=LONGEST_NOTE)


class ReturnOut(Schema):
    """What was given back of a charge."""

    id: str
    amount: int
    note: str
    returned_at: dt.datetime


class MovesOut(Schema):
    """What was taken of a charge and what was given back, each oldest first."""

    captures: list[CaptureOut]
    returns: list[ReturnOut]


def charge_out(one: ChargeRecord, people: Mapping[int, PersonCard]) -> ChargeOut:
    """Return a charge for the API; `people` are those it names, by id."""
    same = ("most", "unit", "title", "description", "reference", "held", "captured", "returned")
    times = ("asked_at", "expires_at", "answered_at", "closed_at")
    person, asker = people.get(one.person_id or 0), people.get(one.asked_by_id or 0)
    return ChargeOut(
        id=one.public_id,
        person=person.handle if person else "",
        asked_by=asker.handle if asker else "",
        state=one.state,  # type: ignore[arg-type] # one of the model's
        **{name: getattr(one, name) for name in (*same, *times)},
    )


def capture_out(one: CaptureRecord) -> CaptureOut:
    """Return a capture for the API."""
    return CaptureOut(
        id=one.public_id,
        amount=one.amount,
        closes=one.closes,
        returned=one.returned,
        captured_at=one.captured_at,
    )


def return_out(one: ReturnRecord) -> ReturnOut:
    """Return what was given back for the API."""
    return ReturnOut(
        id=one.public_id, amount=one.amount, note=one.note, returned_at=one.returned_at
    )
