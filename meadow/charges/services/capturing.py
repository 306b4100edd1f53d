"""Taking what was agreed to, in parts or whole, and giving it back."""

import datetime as dt

from meadow.charges.errors import KeyTaken, MoreThanCaptured, MoreThanHeld, NotHeld
from meadow.charges.models import Capture, Charge, Return
from meadow.charges.records import CaptureRecord, ReturnRecord, capture_record, return_record
from meadow.charges.services.steps import close, count_what_stays, lock_charge, tell_person
from meadow.core.ids import new_id
from meadow.core.money import Money, format_money
from meadow.core.transactions import transaction, transaction_required
from meadow.ledger.errors import HoldClosed
from meadow.ledger.records import Leg
from meadow.ledger.services import capture_hold, open_account, reverse_transfer


def capture(
    *,
    charge: str,
    amount: int,
    closes: bool,
    key: str,
    operator_id: int,
    now: dt.datetime,
) -> CaptureRecord:
    """Take `amount` minor units of what is held, once a key; with `closes` the rest is free again.

    Taking all that is left closes too. Raises ChargeMissing, NotHeld, MoreThanHeld, KeyTaken.
    """
    with transaction():
        found = lock_charge(charge)
        known = Capture.objects.filter(charge=found, key=key).first()
        if known is not None:
            if (known.amount, known.closes) != (amount, closes):
                raise KeyTaken
            return capture_record(known)
        if found.state != Charge.State.AGREED or found.expires_at <= now:
            raise NotHeld
        left = found.most - found.captured
        if amount > left:
            raise MoreThanHeld(left=format_money(Money(left, found.unit)))
        taken = _take(
            found, amount=amount, closes=closes, key=key, operator_id=operator_id, now=now
        )
    return capture_record(taken)


@transaction_required
def _take(
    found: Charge, *, amount: int, closes: bool, key: str, operator_id: int, now: dt.datetime
) -> Capture:
    public_id = new_id("m")
    ends = closes or found.captured + amount == found.most
    assert found.hold_id is not None  # noqa: S101 - charge_holds_what_was_agreed
    try:
        posted = capture_hold(
            hold_id=found.hold_id,
            gains=[Leg(_account(found.unit, now), amount)],
            key=f"charge-{found.public_id}-{public_id}",
            reason="charges.capture",
            closes=ends,
            params={"title": found.title},
            reference=found.public_id,
            now=now,
        )
    except HoldClosed:
        raise NotHeld from None
    taken = Capture.objects.create(
        public_id=public_id,
        charge=found,
        key=key,
        amount=amount,
        closes=closes,
        transfer_id=posted.id,
        captured_by_id=operator_id,
        captured_at=now,
    )
    found.captured += amount
    if ends:
        close(found, Charge.State.CAPTURED, now=now)
    else:
        found.save()
    tell_person(found, "charge.captured", amount=amount, key=f"capture-{public_id}", now=now)
    return taken


def give_back(
    *, charge: str, amount: int, note: str, key: str, operator_id: int, now: dt.datetime
) -> ReturnRecord:
    """Give `amount` minor units of what was taken back to the wallet, the latest first, once a key.

    Raises ChargeMissing, MoreThanCaptured, KeyTaken.
    """
    with transaction():
        found = lock_charge(charge)
        known = Return.objects.filter(charge=found, key=key).first()
        if known is not None:
            if (known.amount, known.note) != (amount, note):
                raise KeyTaken
            return return_record(known)
        left = found.captured - found.returned
        if amount > left:
            raise MoreThanCaptured(left=format_money(Money(left, found.unit)))
        given = Return.objects.create(
            public_id=new_id("o"),
            charge=found,
            key=key,
            amount=amount,
            note=note,
            returned_by_id=operator_id,
            returned_at=now,
        )
        _reverse(found, given, now)
        found.returned += amount
        found.save(update_fields=["returned"])
        if found.closed_at is not None:
            count_what_stays(found)
        tell_person(
            found, "charge.returned", amount=amount, key=f"return-{given.public_id}", now=now
        )
    return return_record(given)


@transaction_required
def _reverse(found: Charge, given: Return, now: dt.datetime) -> None:
    """Give the latest captures back first; all of them move between the same two accounts."""
    rest = given.amount
    for one in found.captures.order_by("-pk"):
        part = min(rest, one.amount - one.returned)
        if part:
            reverse_transfer(
                transfer_id=one.transfer_id,
                key=f"charge-return-{given.public_id}-{one.public_id}",
                reason="charges.return",
                amount=part,
                params={"title": found.title},
                now=now,
            )
            one.returned += part
            one.save(update_fields=["returned"])
            rest -= part


@transaction_required
def _account(unit: str, now: dt.datetime) -> int:
    """Return the platform's account of what it took by charges."""
    return open_account(kind="platform", purpose="charges", unit=unit, now=now)
