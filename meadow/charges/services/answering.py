"""A person's answer to what they are asked for: agreeing holds the money, declining moves nothing."""

import datetime as dt

from meadow.charges.errors import AnsweredAlready, NotEnough
from meadow.charges.events import ChargeAnswered
from meadow.charges.models import Charge
from meadow.charges.queries import find_charge
from meadow.charges.records import ChargeRecord, charge_record
from meadow.charges.services.steps import lock_charge, spend_key
from meadow.core.events import publish
from meadow.core.money import Money, format_money
from meadow.core.transactions import transaction, transaction_required
from meadow.ledger.errors import InsufficientFunds
from meadow.ledger.services import hold_funds
from meadow.notifications.services import notify
from meadow.payments.queries import read_wallet
from meadow.payments.services import count_spend, wallet_account


def agree(*, charge: str, person_id: int, now: dt.datetime) -> ChargeRecord:
    """Hold what a charge asks for in the person's wallet until it ends; again changes nothing.

    Raises ChargeMissing, AnsweredAlready, NotEnough, SpendingOfDayUsed, SpendingOfMonthUsed.
    """
    try:
        return _agree(charge, person_id, now)
    except InsufficientFunds:
        asked = find_charge(charge, person_id=person_id)
        free = {one.unit: one.available for one in read_wallet(person_id)}
        raise NotEnough(
            available=format_money(Money(free.get(asked.unit, 0), asked.unit)),
            most=format_money(Money(asked.most, asked.unit)),
        ) from None


def _agree(charge: str, person_id: int, now: dt.datetime) -> ChargeRecord:
    with transaction():
        found = lock_charge(charge, person_id=person_id)
        if found.state == Charge.State.AGREED:
            return charge_record(found)
        _require_open(found, now)
        _hold(found, person_id, now)
        found.state, found.answered_at = Charge.State.AGREED, now
        found.save()
        _tell(found, now)
    return charge_record(found)


def decline(*, charge: str, person_id: int, now: dt.datetime) -> ChargeRecord:
    """Say no to a charge; again changes nothing. Raises ChargeMissing, AnsweredAlready."""
    with transaction():
        found = lock_charge(charge, person_id=person_id)
        if found.state == Charge.State.DECLINED:
            return charge_record(found)
        _require_open(found, now)
        found.state, found.answered_at, found.closed_at = Charge.State.DECLINED, now, now
        found.save()
        _tell(found, now)
    return charge_record(found)


def _require_open(found: Charge, now: dt.datetime) -> None:
    if found.state != Charge.State.ASKED or found.expires_at <= now:
        raise AnsweredAlready


@transaction_required
def _hold(found: Charge, person_id: int, now: dt.datetime) -> None:
    key = spend_key(found)
    count_spend(person_id=person_id, unit=found.unit, amount=found.most, key=key, now=now)
    found.hold_id = hold_funds(
        account_id=wallet_account(person_id=person_id, unit=found.unit, now=now),
        amount=found.most,
        key=key,
        reason="charges.hold",
        expires_at=found.expires_at,
        params={"title": found.title},
        reference=found.public_id,
        now=now,
    ).id


@transaction_required
def _tell(found: Charge, now: dt.datetime) -> None:
    agreed = found.state == Charge.State.AGREED
    publish(ChargeAnswered(charge=found.public_id, agreed=agreed))
    if found.asked_by_id is not None:
        notify(
            person_id=found.asked_by_id,
            kind="charge.agreed" if agreed else "charge.declined",
            params={"amount": found.most, "unit": found.unit, "title": found.title},
            url=f"/operator/charges/{found.public_id}",
            key=f"charge-answer-{found.public_id}",
            now=now,
        )
