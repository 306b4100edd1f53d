"""Factories for tests: charges that somebody is asked for, and that they agreed to."""

import datetime as dt
from typing import Final

from meadow.charges.records import ChargeRecord
from meadow.charges.services import agree, ask_charge, capture
from meadow.payments.testing import WHEN, pay

WEEK: Final = dt.timedelta(days=7)


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
