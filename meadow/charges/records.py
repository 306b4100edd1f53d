"""What charges answer with: plain records."""

import datetime as dt
from dataclasses import dataclass

from meadow.charges.models import Capture, Charge, Return


@dataclass(frozen=True, slots=True)
class ChargeRecord:
    """What somebody is asked to pay, in minor units of `unit`; `returned` of `captured` went back."""

    public_id: str
    person_id: int | None
    asked_by_id: int | None
    most: int
    unit: str
    title: str
    description: str
    reference: str
    state: str
    captured: int
    returned: int
    asked_at: dt.datetime
    expires_at: dt.datetime
    answered_at: dt.datetime | None
    closed_at: dt.datetime | None

    @property
    def held(self) -> int:
        """What is held in the wallet now."""
        return self.most - self.captured if self.state == Charge.State.AGREED else 0

    @property
    def is_asked(self) -> bool:
        """Whether it waits for an answer."""
        return self.state == Charge.State.ASKED


@dataclass(frozen=True, slots=True)
class CaptureRecord:
    """What was taken of a charge."""

    public_id: str
    amount: int
    closes: bool
    returned: int
    captured_at: dt.datetime


@dataclass(frozen=True, slots=True)
class ReturnRecord:
    """What was given back of a charge."""

    public_id: str
    amount: int
    note: str
    returned_at: dt.datetime


def charge_record(charge: Charge) -> ChargeRecord:
    """Return a charge as a plain record."""
    return ChargeRecord(
        **{name: getattr(charge, name) for name in ChargeRecord.__dataclass_fields__}
    )


def capture_record(capture: Capture) -> CaptureRecord:
    """Return a capture as a plain record."""
    return CaptureRecord(
        **{name: getattr(capture, name) for name in CaptureRecord.__dataclass_fields__}
    )


def return_record(one: Return) -> ReturnRecord:
    """Return what was given back as a plain record."""
    return ReturnRecord(**{name: getattr(one, name) for name in ReturnRecord.__dataclass_fields__})
