"""Asking somebody for money: nothing moves yet."""

import datetime as dt

from meadow.charges.errors import AskedOneself, KeyTaken, PersonMissing, UnitNotHeld, WaitTooLong
from meadow.charges.models import LONGEST_WAIT, Charge
from meadow.charges.records import ChargeRecord, charge_record
from meadow.charges.services.steps import tell_person
from meadow.core.ids import new_id
from meadow.core.transactions import transaction
from meadow.payments.limits import CURRENCIES


def ask_charge(
    *,
    person_id: int | None,
    most: int,
    unit: str,
    title: str,
    description: str,
    reference: str,
    expires_at: dt.datetime,
    key: str,
    operator_id: int,
    now: dt.datetime,
) -> ChargeRecord:
    """Ask a person for up to `most` minor units until `expires_at`, once a key of the asker.

    Raises PersonMissing, AskedOneself, UnitNotHeld, WaitTooLong, KeyTaken.
    """
    if person_id is None:
        raise PersonMissing
    if person_id == operator_id:
        raise AskedOneself
    if unit not in CURRENCIES:
        raise UnitNotHeld
    wanted = {
        "person_id": person_id,
        "most": most,
        "unit": unit,
        "title": " ".join(title.split()),
        "description": description.strip(),
        "reference": reference.strip(),
        "expires_at": expires_at,
    }
    with transaction():
        known = Charge.objects.filter(asked_by_id=operator_id, key=key).first()
        if known is None:
            if not now < expires_at <= now + LONGEST_WAIT:
                raise WaitTooLong
            known, fresh = Charge.objects.get_or_create(
                asked_by_id=operator_id,
                key=key,
                defaults={**wanted, "public_id": new_id("j"), "asked_at": now},
            )
            if fresh:
                tell_person(
                    known, "charge.asked", amount=most, key=f"charge-{known.public_id}", now=now
                )
        if any(getattr(known, name) != value for name, value in wanted.items()):
            raise KeyTaken
    return charge_record(known)
