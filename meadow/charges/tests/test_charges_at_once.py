"""Two at once on one charge: the database keeps what must never be, and there is one answer."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection

from meadow.charges.errors import AnsweredAlready
from meadow.charges.models import Capture, Charge, Return
from meadow.charges.queries import find_charge
from meadow.charges.services import (
    agree,
    answering,
    capture,
    capturing,
    decline,
    end_due,
    ending,
)
from meadow.charges.testing import WEEK, ask, ask_and_agree, back, both, funds, take
from meadow.core.testing import race, seen_together
from meadow.core.transactions import savepoint, transaction
from meadow.ledger.services import void_hold
from meadow.payments.limit_queries import read_spending
from meadow.payments.testing import WHEN
from meadow.runtime.payment_keys import PaymentKeys

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sandbox(settings: Any) -> None:
    settings.PAYMENTS = PaymentKeys(sandbox=True)


@pytest.fixture
def unwatched() -> Iterator[None]:
    """The trigger lets everything be: for controls."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE charges_charge DISABLE TRIGGER charge_stays_what_it_is")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE charges_charge ENABLE TRIGGER charge_stays_what_it_is")


@pytest.mark.parametrize(
    "change",
    [
        lambda: Charge.objects.update(most=1),
        lambda: Charge.objects.update(state="asked"),
        lambda: Charge.objects.update(state="captured", hold_id=None),
        lambda: Charge.objects.update(captured=3_001),
        lambda: Charge.objects.update(closed_at=WHEN),
        lambda: Charge.objects.all().delete(),
        lambda: Capture.objects.update(amount=1),
        lambda: Capture.objects.all().delete(),
        lambda: Return.objects.update(note="Otherwise."),
        lambda: Charge.objects.bulk_create([_of_oneself(Charge.objects.get())]),
    ],
)
def test_the_database_keeps_what_was_asked_and_taken(change: Callable[[], Any]) -> None:
    ann, operator = both()
    charge = ask_and_agree(ann, operator, 3_000).public_id
    take(charge, 1_000)
    back(charge, 500)

    with pytest.raises(IntegrityError), transaction(), savepoint():
        change()
    assert find_charge(charge, person_id=ann).captured == 1_000


def _of_oneself(one: Charge) -> Charge:
    return Charge(
        public_id="jOther",
        person_id=one.person_id,
        asked_by_id=one.person_id,
        key="other",
        most=1,
        unit="CNY",
        title="T",
        asked_at=WHEN,
        expires_at=WHEN + WEEK,
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_agreeing_and_declining_at_once_has_one_answer(
    guarded: bool, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    ann, operator = both()
    charge = ask(ann, operator, 3_000).public_id
    if not guarded:
        request.getfixturevalue("unwatched")
        _leave_the_lock_out(monkeypatch, answering, runners=2)

    ends = race(
        lambda number: (agree, decline)[number](charge=charge, person_id=ann, now=WHEN), runners=2
    )

    refused = [one for one in ends if isinstance(one, AnsweredAlready)]
    assert len(refused) == (1 if guarded else 0)
    if guarded:
        held = 3_000 if find_charge(charge, person_id=ann).state == "agreed" else 0
        assert funds(ann) == (5_000, held)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_a_capture_and_the_end_have_one_winner(
    guarded: bool, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    ann, operator = both()
    charge = ask_and_agree(ann, operator, 3_000).public_id
    taken = threading.Event()
    if not guarded:
        request.getfixturevalue("unwatched")
        _leave_the_lock_out(monkeypatch, capturing, ending, runners=2)
        void = void_hold
        monkeypatch.setattr(
            ending, "void_hold", lambda **given: taken.wait(timeout=60) and void(**given)
        )

    def act(number: int) -> Any:
        if number:
            return end_due(now=WHEN + WEEK)
        try:
            return capture(
                charge=charge,
                amount=1_000,
                closes=False,
                key="one",
                operator_id=operator,
                now=WHEN + WEEK - dt.timedelta(seconds=1),
            )
        finally:
            taken.set()

    race(act, runners=2)

    paid = 5_000 - funds(ann)[0]
    counted = read_spending(ann, unit="CNY", now=WHEN).spent_day
    assert (paid == counted) is guarded


def _leave_the_lock_out(monkeypatch: pytest.MonkeyPatch, *modules: Any, runners: int) -> None:
    """Have everybody read the charge before anybody writes it, for a control."""

    def read(public_id: str, *, person_id: int | None = None) -> Charge:
        return Charge.objects.get(public_id=public_id)

    met = seen_together(read, runners=runners)
    for module in modules:
        monkeypatch.setattr(module, "lock_charge", met)
