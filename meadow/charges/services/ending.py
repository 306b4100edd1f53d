"""Ending charges: voided by their asker, or over by the clock; what is held is free again."""

import datetime as dt
from typing import Final

from meadow.charges.errors import NotHeld
from meadow.charges.models import Charge
from meadow.charges.records import ChargeRecord, charge_record
from meadow.charges.services.steps import close, lock_charge
from meadow.core.transactions import transaction
from meadow.ledger.services import void_hold

ENDED_AT_ONCE: Final = 500
OPEN: Final = (Charge.State.ASKED, Charge.State.AGREED)


def void_charge(*, charge: str, now: dt.datetime) -> ChargeRecord:
    """Take back what was asked for, or set free what is still held; again changes nothing.

    What was captured stays captured. Raises ChargeMissing, NotHeld for one that ended otherwise.
    """
    with transaction():
        found = lock_charge(charge)
        if found.state == Charge.State.VOIDED:
            return charge_record(found)
        if found.state not in OPEN or found.expires_at <= now:
            raise NotHeld
        if found.hold_id is not None:
            void_hold(hold_id=found.hold_id, now=now)
        close(found, Charge.State.VOIDED, now=now)
    return charge_record(found)


def end_charge(*, charge: str, now: dt.datetime) -> bool:
    """End a charge whose time is over; False when it has ended already. Raises ChargeMissing."""
    with transaction():
        found = lock_charge(charge)
        if found.state not in OPEN or found.expires_at > now:
            return False
        if found.hold_id is not None:
            # The ledger may have ended the hold first: it reads the same clock.
            void_hold(hold_id=found.hold_id, now=now)
        close(found, Charge.State.EXPIRED, now=now)
    return True


def end_due(*, now: dt.datetime) -> int:
    """End the charges whose time is over, the oldest first; returns how many."""
    due = Charge.objects.filter(state__in=OPEN, expires_at__lte=now).order_by("expires_at", "pk")
    names = list(due.values_list("public_id", flat=True)[:ENDED_AT_ONCE])
    return sum(end_charge(charge=one, now=now) for one in names)
