"""What is read of charges: plain frozen records."""

from collections.abc import Sequence
from typing import Literal

from meadow.charges.errors import ChargeMissing
from meadow.charges.models import Charge
from meadow.charges.records import (
    CaptureRecord,
    ChargeRecord,
    ReturnRecord,
    capture_record,
    charge_record,
    return_record,
)
from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor

PAGE_SIZE = 24
MOST_IN_A_FILE = 10_000
Which = Literal["all", "asked", "agreed", "ended"]
STATES = {
    "all": (),
    "asked": (Charge.State.ASKED,),
    "agreed": (Charge.State.AGREED,),
    "ended": (
        Charge.State.DECLINED,
        Charge.State.CAPTURED,
        Charge.State.VOIDED,
        Charge.State.EXPIRED,
    ),
}


def find_charge(public_id: str, *, person_id: int | None) -> ChargeRecord:
    """Return a charge of a person; None: of anybody, for operators. Raises ChargeMissing."""
    found = Charge.objects.filter(public_id=public_id)
    if person_id is not None:
        found = found.filter(person_id=person_id)
    charge = found.first()
    if charge is None:
        raise ChargeMissing
    return charge_record(charge)


def list_charges(
    *,
    person_id: int | None = None,
    which: Which = "all",
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[ChargeRecord]:
    """Return one page of charges, newest first: of a person, or of all. Raises InvalidCursor."""
    charges = Charge.objects.all()
    if person_id is not None:
        charges = charges.filter(person_id=person_id)
    if which != "all":
        charges = charges.filter(state__in=STATES[which])
    if cursor is not None:
        before = decode_cursor(cursor).get("before")
        if not isinstance(before, int):
            raise InvalidCursor
        charges = charges.filter(pk__lt=before)
    found = list(charges.order_by("-pk")[: size + 1])
    more = encode_cursor({"before": found[size - 1].pk}) if len(found) > size else None
    return Page(items=[charge_record(one) for one in found[:size]], next_cursor=more)


def count_asked(person_id: int) -> int:
    """Return how many charges wait for a person's answer."""
    return Charge.objects.filter(person_id=person_id, state=Charge.State.ASKED).count()


def list_captures(public_id: str) -> Sequence[CaptureRecord]:
    """Return what was taken of a charge, oldest first."""
    charge = Charge.objects.get(public_id=public_id)
    return [capture_record(one) for one in charge.captures.order_by("pk")]


def list_returns(public_id: str) -> Sequence[ReturnRecord]:
    """Return what was given back of a charge, oldest first."""
    charge = Charge.objects.get(public_id=public_id)
    return [return_record(one) for one in charge.returns.order_by("pk")]
