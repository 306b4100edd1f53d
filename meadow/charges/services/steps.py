"""Steps that several use cases of charges share."""

import datetime as dt

from meadow.charges.errors import ChargeMissing
from meadow.charges.events import ChargeEnded
from meadow.charges.models import Charge
from meadow.core.events import publish
from meadow.core.transactions import transaction_required
from meadow.notifications.services import notify
from meadow.payments.services import lower_spend


@transaction_required
def lock_charge(public_id: str, *, person_id: int | None = None) -> Charge:
    """Return a charge that nobody else changes until the use case ends. Raises ChargeMissing."""
    found = Charge.objects.select_for_update(of=["self"]).filter(public_id=public_id)
    if person_id is not None:
        found = found.filter(person_id=person_id)
    charge = found.first()
    if charge is None:
        raise ChargeMissing
    return charge


@transaction_required
def close(charge: Charge, state: str, *, now: dt.datetime) -> None:
    """End a charge: what was not captured no longer counts against what its person lets go out."""
    charge.state, charge.closed_at = state, now
    charge.save()
    count_what_stays(charge)
    publish(ChargeEnded(charge=charge.public_id, captured=charge.captured))


@transaction_required
def count_what_stays(charge: Charge) -> None:
    """Count only what was taken and not given back against the person's limits."""
    lower_spend(key=spend_key(charge), amount=charge.captured - charge.returned)


def spend_key(charge: Charge) -> str:
    """Return the key that a charge is counted under."""
    return f"charge-{charge.public_id}"


@transaction_required
def tell_person(charge: Charge, kind: str, *, amount: int, key: str, now: dt.datetime) -> None:
    """Tell the person of a charge, once a key."""
    if charge.person_id is not None:
        notify(
            person_id=charge.person_id,
            kind=kind,
            params={"amount": amount, "unit": charge.unit, "title": charge.title},
            url=f"/wallet/charges/{charge.public_id}",
            key=key,
            now=now,
        )
