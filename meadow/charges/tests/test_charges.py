"""Charges: asked, agreed to or declined, captured in parts, over, given back; each once."""

import datetime as dt
from typing import Any

import pytest

from meadow.charges.errors import (
    AnsweredAlready,
    AskedOneself,
    ChargeMissing,
    KeyTaken,
    MoreThanCaptured,
    MoreThanHeld,
    NotEnough,
    NotHeld,
    PersonMissing,
    UnitNotHeld,
    WaitTooLong,
)
from meadow.charges.models import Capture, Charge
from meadow.charges.queries import find_charge
from meadow.charges.services import (
    agree,
    ask_charge,
    decline,
    end_due,
    void_charge,
)
from meadow.charges.testing import LATER, WEEK, ask, ask_and_agree, back, both, funds, take
from meadow.ledger import tasks as ledger_tasks
from meadow.ledger.checking import check_books
from meadow.notifications.models import Notification
from meadow.payments.errors import SpendingOfDayUsed
from meadow.payments.limit_queries import read_spending
from meadow.payments.services import set_spending
from meadow.payments.testing import WHEN, pay
from meadow.runtime.payment_keys import PaymentKeys

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sandbox(settings: Any) -> None:
    settings.PAYMENTS = PaymentKeys(sandbox=True)


def test_nothing_moves_before_somebody_agrees_and_then_it_is_held() -> None:
    ann, operator = both()

    asked = ask(ann, operator, 3_000)
    assert (asked.state, asked.held, funds(ann)) == ("asked", 0, (5_000, 0))
    told = Notification.objects.get(kind="charge.asked")
    assert (told.person_id, told.url) == (ann, f"/wallet/charges/{asked.public_id}")
    assert ask(ann, operator, 3_000).public_id == asked.public_id
    with pytest.raises(KeyTaken):
        ask(ann, operator, 3_001)

    for _twice in range(2):
        agreed = agree(charge=asked.public_id, person_id=ann, now=WHEN)
        assert (agreed.state, agreed.held, funds(ann)) == ("agreed", 3_000, (5_000, 3_000))
    assert Notification.objects.get(kind="charge.agreed").person_id == operator
    with pytest.raises(AnsweredAlready):
        decline(charge=asked.public_id, person_id=ann, now=WHEN)
    assert read_spending(ann, unit="CNY", now=WHEN).spent_day == 3_000


def test_only_who_is_asked_answers() -> None:
    ann, operator = both()
    asked = ask(ann, operator)

    for act in (agree, decline):
        with pytest.raises(ChargeMissing):
            act(charge=asked.public_id, person_id=operator, now=WHEN)
    assert find_charge(asked.public_id, person_id=ann).state == "asked"


def test_who_declines_keeps_everything() -> None:
    ann, operator = both()
    asked = ask(ann, operator)

    for _twice in range(2):
        said = decline(charge=asked.public_id, person_id=ann, now=WHEN)
        assert (said.state, funds(ann)) == ("declined", (5_000, 0))
    for act in (
        lambda: agree(charge=asked.public_id, person_id=ann, now=WHEN),
        lambda: take(asked.public_id, 1),
        lambda: void_charge(charge=asked.public_id, now=WHEN),
    ):
        with pytest.raises((AnsweredAlready, NotHeld)):
            act()


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"person_id": None}, PersonMissing),
        ({"unit": "IMP"}, UnitNotHeld),
        ({"expires_at": WHEN}, WaitTooLong),
        ({"expires_at": WHEN + dt.timedelta(days=30, seconds=1)}, WaitTooLong),
    ],
)
def test_what_cannot_be_asked_is_said(changed: dict[str, Any], refusal: type[Exception]) -> None:
    ann, operator = both(0)
    wanted: dict[str, Any] = {
        "person_id": ann,
        "most": 1,
        "unit": "CNY",
        "title": "T",
        "description": "",
        "reference": "",
        "expires_at": WHEN + WEEK,
        "key": "k",
        "operator_id": operator,
        "now": WHEN,
    }

    with pytest.raises(refusal):
        ask_charge(**wanted | changed)
    with pytest.raises(AskedOneself):
        ask_charge(**wanted | {"person_id": operator})
    assert Charge.objects.count() == 0


def test_too_little_money_and_limits_of_ones_own_refuse_and_hold_nothing() -> None:
    ann, operator = both(2_000)
    asked = ask(ann, operator, 2_001)

    with pytest.raises(NotEnough) as poor:
        agree(charge=asked.public_id, person_id=ann, now=WHEN)
    assert poor.value.params == {"available": "¥20.00", "most": "¥20.01"}
    set_spending(person_id=ann, unit="CNY", per_day=2_000, per_month=None, now=WHEN)
    pay(ann, 2_000, key="more")
    with pytest.raises(SpendingOfDayUsed):
        agree(charge=asked.public_id, person_id=ann, now=WHEN)

    assert (funds(ann), find_charge(asked.public_id, person_id=ann).state) == ((4_000, 0), "asked")
    assert read_spending(ann, unit="CNY", now=WHEN).spent_day == 0


def test_parts_are_captured_until_it_is_closed_and_the_rest_is_free() -> None:
    ann, operator = both()
    charge = ask_and_agree(ann, operator, 3_000).public_id

    first = take(charge, 1_000, "a")
    assert take(charge, 1_000, "a") == first
    with pytest.raises(KeyTaken):
        take(charge, 999, "a")
    with pytest.raises(MoreThanHeld) as more:
        take(charge, 2_001, "b")
    assert more.value.params == {"left": "¥20.00"}
    assert funds(ann) == (4_000, 2_000)
    take(charge, 500, "c", closes=True)
    with pytest.raises(NotHeld):
        take(charge, 1, "d")

    ended = find_charge(charge, person_id=ann)
    assert (ended.state, ended.captured, ended.held) == ("captured", 1_500, 0)
    assert funds(ann) == (3_500, 0)
    assert read_spending(ann, unit="CNY", now=WHEN).spent_day == 1_500
    assert Notification.objects.filter(kind="charge.captured").count() == 2
    assert list(check_books()) == []


def test_all_of_it_closes_by_itself_and_is_given_back_by_parts() -> None:
    ann, operator = both()
    charge = ask_and_agree(ann, operator, 3_000).public_id

    take(charge, 1_000, "a")
    take(charge, 2_000, "b")
    given = back(charge, 2_500, "x")
    assert back(charge, 2_500, "x") == given
    with pytest.raises(KeyTaken):
        back(charge, 2_499, "x")
    with pytest.raises(MoreThanCaptured) as more:
        back(charge, 501, "y")
    assert more.value.params == {"left": "¥5.00"}
    back(charge, 500, "y")

    ended = find_charge(charge, person_id=ann)
    assert (ended.state, ended.captured, ended.returned) == ("captured", 3_000, 3_000)
    assert sorted(Capture.objects.values_list("amount", "returned")) == [
        (1_000, 1_000),
        (2_000, 2_000),
    ]
    assert funds(ann) == (5_000, 0)
    assert read_spending(ann, unit="CNY", now=WHEN).spent_day == 0
    assert list(check_books()) == []


def test_calling_off_sets_free_what_was_not_captured() -> None:
    ann, operator = both()
    asked, agreed = ask(ann, operator, key="two"), ask_and_agree(ann, operator, 3_000)

    take(agreed.public_id, 1_000)
    for charge, captured in ((asked.public_id, 0), (agreed.public_id, 1_000)):
        for _twice in range(2):
            said = void_charge(charge=charge, now=LATER)
            assert (said.state, said.captured) == ("voided", captured)
    assert funds(ann) == (4_000, 0)
    with pytest.raises(NotHeld):
        take(agreed.public_id, 1, "b")


@pytest.mark.parametrize("ledger_first", [True, False])
def test_what_is_over_is_free_again_by_itself(
    ledger_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, operator = both()
    waits = ask(ann, operator, key="two")
    held = ask_and_agree(ann, operator, 3_000)
    take(held.public_id, 1_000)
    assert end_due(now=WHEN + WEEK - dt.timedelta(seconds=1)) == 0

    monkeypatch.setattr("meadow.ledger.tasks.now", lambda: WHEN + WEEK)
    if ledger_first:
        ledger_tasks.expire_holds(timestamp=0)
    assert [end_due(now=WHEN + WEEK) for _twice in range(2)] == [2, 0]

    assert {find_charge(one.public_id, person_id=ann).state for one in (waits, held)} == {"expired"}
    assert funds(ann) == (4_000, 0)
    assert read_spending(ann, unit="CNY", now=WHEN).spent_day == 1_000
    with pytest.raises(AnsweredAlready):
        agree(charge=waits.public_id, person_id=ann, now=WHEN + WEEK)
    with pytest.raises(NotHeld):
        void_charge(charge=held.public_id, now=WHEN + WEEK)
