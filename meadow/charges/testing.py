"""Factories for tests: charges that somebody is asked for, and that they agreed to."""

import datetime as dt
from typing import Final

from meadow.accounts.testing import make_person
from meadow.charges.models import Charge
from meadow.charges.records import CaptureRecord, ChargeRecord, ReturnRecord
from meadow.charges.services import agree, ask_charge, capture, give_back
from meadow.ledger.queries import funds_of_owners
from meadow.payments.testing import WHEN, pay

WEEK: Final = dt.timedelta(days=7)
LATER: Final = WHEN + dt.timedelta(minutes=1)


def ask(
    person_id: int,
    operator_id: int,
    most: int = 1_000,
    *,
    key: str = "one",
    unit: str = "CNY",
    until: dt.datetime | None = None,
    now: dt.datetime = WHEN,
) -> ChargeRecord:
    """Return a charge that waits for an answer."""
    return ask_charge(
        person_id=person_id,
        most=most,
        unit=unit,
        title="Booth at the spring market",
        description="Two metres, by the entrance.",
        reference="B-12",
        expires_at=until or now + WEEK,
        key=key,
        operator_id=operator_id,
        now=now,
    )


def ask_and_agree(
    person_id: int, operator_id: int, most: int = 1_000, *, now: dt.datetime = WHEN
) -> ChargeRecord:
    """Return a charge that is held in a wallet which has enough."""
    asked = ask(person_id, operator_id, most, now=now)
    return agree(charge=asked.public_id, person_id=person_id, now=now)


def both(amount: int = 5_000) -> tuple[int, int]:
    """Return a person with money and an operator who asks."""
    ann, operator = make_person(), make_person(role="operator")
    if amount:
        pay(ann.pk, amount)
    return ann.pk, operator.pk


def funds(person_id: int) -> tuple[int, int]:
    """Return what a wallet has and what of it is held."""
    owner = str(person_id)
    [found] = funds_of_owners(kind="person", purpose="wallet", owners=[owner])[owner]
    return found.posted, found.held


def asker(charge: str) -> int:
    """Return the id of the operator who asked."""
    return Charge.objects.values_list("asked_by_id", flat=True).get(
        public_id=charge, asked_by__isnull=False
    )


def take(charge: str, amount: int, key: str = "one", *, closes: bool = False) -> CaptureRecord:
    """Capture a part, a minute after all was asked."""
    return capture(
        charge=charge,
        amount=amount,
        closes=closes,
        key=key,
        operator_id=asker(charge),
        now=LATER,
    )


def back(charge: str, amount: int, key: str = "one") -> ReturnRecord:
    """Give a part back, a minute after all was asked."""
    return give_back(
        charge=charge,
        amount=amount,
        note="Rained off.",
        key=key,
        operator_id=asker(charge),
        now=LATER,
    )


def make_charges(person_id: int, operator_id: int, *, now: dt.datetime) -> dict[str, str]:
    """Return the names of a charge that waits, and of one of which a part was captured."""
    pay(person_id, 5_000, key="for-charges", now=now)
    waits = ask(person_id, operator_id, 500, key="waits", now=now)
    taken = ask_and_agree(person_id, operator_id, 2_000, now=now)
    capture(
        charge=taken.public_id,
        amount=700,
        closes=False,
        key="taken",
        operator_id=operator_id,
        now=now,
    )
    return {"charge": waits.public_id, "taken": taken.public_id}
