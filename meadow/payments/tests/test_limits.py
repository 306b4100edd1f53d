"""Limits: how much may be topped up, as versions, and what people let go out of their wallets."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client

from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.core import clock
from meadow.core.testing import race, together
from meadow.core.transactions import savepoint, transaction
from meadow.notifications.models import Notification
from meadow.payments.errors import (
    BoundsChangedMeanwhile,
    BoundsUnusable,
    SpendingOfDayUsed,
    SpendingOfMonthUsed,
    TopUpsOfDayUsed,
    TopUpsOfMonthUsed,
)
from meadow.payments.limit_queries import find_bounds, read_spending
from meadow.payments.limits import DAY
from meadow.payments.models import Payment, Purse, Spend, TopUpBounds
from meadow.payments.services import count_spend, lower_spend, set_bounds, set_spending, spending
from meadow.payments.testing import WHEN, begin
from meadow.payments.tests.test_wallet import call, text_of

pytestmark = pytest.mark.django_db
TIGHT: dict[str, Any] = {
    "unit": "CNY",
    "least": 100,
    "most": 1_000,
    "per_day": 2_000,
    "per_month": 3_000,
}


def tighten(operator_id: int = 1, *, seen: int = 1, **changed: Any) -> None:
    set_bounds(**TIGHT | changed, note="A trial.", seen=seen, operator_id=operator_id, now=WHEN)


def spend(person_id: int, amount: int, key: str, *, now: dt.datetime = WHEN) -> None:
    with transaction():
        count_spend(person_id=person_id, unit="CNY", amount=amount, key=key, now=now)


def limit(person_id: int, day: int | None, month: int | None = None, *, now: Any = WHEN) -> Any:
    return set_spending(person_id=person_id, unit="CNY", per_day=day, per_month=month, now=now)


def test_a_day_and_30_days_of_top_ups_are_counted_with_what_waits() -> None:
    ann = make_person()
    tighten()
    for number in range(2):
        begin(ann.pk, 1_000, key=f"k{number}")

    with pytest.raises(TopUpsOfDayUsed) as of_day:
        begin(ann.pk, 100, key="more")
    assert of_day.value.params == {"most": "¥20.00", "left": "¥0.00"}
    assert begin(ann.pk, 1_000, key="k0").amount == 1_000
    begin(ann.pk, 700, key="next", now=WHEN + DAY)
    with pytest.raises(TopUpsOfMonthUsed) as of_month:
        begin(ann.pk, 301, key="month", now=WHEN + DAY)
    assert of_month.value.params == {"most": "¥30.00", "left": "¥3.00"}

    Payment.objects.filter(key="next").update(state="failed", failure="declined")
    assert begin(ann.pk, 301, key="month", now=WHEN + DAY).amount == 301
    assert begin(make_person().pk, 1_000, key="other").amount == 1_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_the_last_of_a_day_is_topped_up_once(
    guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = make_person()
    tighten()
    begin(ann.pk, 1_000, key="first")
    if not guarded:
        _leave_the_lock_out(monkeypatch, "meadow.payments.services.bounding.lock_purse")
        create = Payment.objects.get_or_create
        monkeypatch.setattr(Payment.objects, "get_or_create", together(create, runners=2))

    ends = race(lambda number: begin(ann.pk, 1_000, key=f"k{number}"), runners=2)

    refused = [one for one in ends if isinstance(one, TopUpsOfDayUsed)]
    assert (len(refused), Payment.objects.count()) == ((1, 2) if guarded else (0, 3))


def test_limits_of_top_ups_are_versions_that_are_only_added() -> None:
    operator = make_person(role="operator")
    tighten(operator.pk)

    found = find_bounds("CNY")
    assert found is not None
    assert (found.version, found.most, found.note, found.operator_id) == (
        2,
        1_000,
        "A trial.",
        operator.pk,
    )
    with pytest.raises(BoundsChangedMeanwhile):
        tighten(operator.pk, seen=1)
    for crossed in ({"least": 1_001}, {"most": 2_001}, {"per_day": 3_001}, {"least": 0}):
        with pytest.raises(BoundsUnusable):
            tighten(operator.pk, seen=2, **crossed)
    for change in (
        lambda: TopUpBounds.objects.update(most=5),
        lambda: TopUpBounds.objects.all().delete(),
        lambda: TopUpBounds.objects.create(**TIGHT | {"least": 0}, version=9, created_at=WHEN),
    ):
        with pytest.raises(IntegrityError), transaction(), savepoint():
            change()
    assert TopUpBounds.objects.filter(unit="CNY").count() == 2


def test_limits_of_top_ups_are_read_by_all_and_set_by_operators() -> None:
    desk = sign_in(make_person("ada", role="operator"))
    form = {"least": "1", "most": "10", "per_day": "20", "per_month": "30", "note": "A trial."}

    crossed = desk.post("/wallet/limits?unit=CNY", {**form, "most": "0.50", "seen": "1"})
    assert (crossed.status_code, "leave no room" in text_of(crossed)) == (422, True)
    said = desk.post("/wallet/limits?unit=CNY", {**form, "seen": "1"}, follow=True)
    assert "Top-ups that begin from now on have these limits." in text_of(said)
    page = text_of(Client().get("/wallet/limits"))
    for words in ("Largest top-up ¥10.00", "@ada", "A trial.", "¥5,000.00 → ¥10.00"):
        assert words in page
    assert "Change it" not in page
    assert Client().post("/wallet/limits", {**form, "seen": "2"}).status_code == 401
    assert sign_in(make_person()).post("/wallet/limits", form).status_code == 403


def test_software_reads_and_sets_limits() -> None:
    ann, operator = make_person(), make_person(role="operator")
    own, desk = (
        make_token(ann, "wallet:read", "wallet:write"),
        make_token(operator, "payments:operate"),
    )
    wanted = TIGHT | {"note": "A trial.", "seen": 1}

    assert call(own, "post", "/wallet/limits", wanted).status_code == 403
    set_ = call(desk, "post", "/wallet/limits", wanted)
    late = call(desk, "post", "/wallet/limits", wanted)
    read = Client().get("/api/v1/wallet/limits").json()
    assert (set_.status_code, late.json()["code"]) == (201, "payments.bounds_changed")
    assert [(one["unit"], one["version"]) for one in read["items"]] == [("CNY", 2), ("USD", 1)]
    assert [one["most"] for one in read["versions"]] == [1_000, 500_000, 100_000]

    chosen = {"unit": "CNY", "per_day": 500, "per_month": None}
    answer = call(own, "put", "/wallet/spending", chosen).json()
    assert (answer["per_day"], answer["per_month"], answer["next_from"]) == (500, None, None)
    assert call(own, "get", "/wallet/spending").json()["items"] == [answer]


def test_lower_holds_at_once_and_higher_a_day_later() -> None:
    ann = make_person()

    limit(ann.pk, 1_000, 5_000)
    raised = limit(ann.pk, 2_000, 4_000)
    assert (raised.per_day, raised.per_month, raised.next_per_day) == (1_000, 4_000, 2_000)
    assert raised.next_from == WHEN + DAY
    again = limit(ann.pk, 2_000, 4_000, now=WHEN + DAY / 2)
    assert again.next_from == WHEN + DAY
    assert Notification.objects.get(kind="wallet.limit_raised").person_id == ann.pk

    before, after = (
        read_spending(ann.pk, unit="CNY", now=WHEN + wait) for wait in (0.99 * DAY, DAY)
    )
    assert (before.per_day, after.per_day, after.next_from) == (1_000, 2_000, None)
    lifted = limit(ann.pk, None, 4_000, now=WHEN + DAY)
    assert (lifted.per_day, lifted.next_per_day, lifted.next_from) == (2_000, None, WHEN + 2 * DAY)
    lowered = limit(ann.pk, 100, 4_000, now=WHEN + DAY)
    assert (lowered.per_day, lowered.next_from) == (100, None)


def test_what_goes_out_is_counted_against_both_limits() -> None:
    ann = make_person()
    spend(ann.pk, 700, "one")
    limit(ann.pk, 1_000, 1_500)

    with pytest.raises(SpendingOfDayUsed) as of_day:
        spend(ann.pk, 301, "two")
    assert of_day.value.params == {"most": "¥10.00", "left": "¥3.00"}
    spend(ann.pk, 300, "two")
    spend(ann.pk, 300, "two")
    with pytest.raises(SpendingOfMonthUsed):
        spend(ann.pk, 501, "three", now=WHEN + DAY)
    with transaction():
        lower_spend(key="one", amount=699)
    spend(ann.pk, 501, "three", now=WHEN + DAY)

    counted = read_spending(ann.pk, unit="CNY", now=WHEN + DAY)
    assert (counted.spent_day, counted.spent_month) == (501, 1_500)
    spend(ann.pk, 1_000, "four", now=WHEN + 31 * DAY)
    spend(make_person().pk, 10_000, "other")


def _leave_the_lock_out(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Take the purse without its lock: the control."""
    monkeypatch.setattr(name, lambda *, person_id, unit: Purse.objects.get(person_id=person_id))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_the_last_of_a_limit_goes_out_once(guarded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = make_person()
    limit(ann.pk, 1_000)
    if not guarded:
        _leave_the_lock_out(monkeypatch, f"{spending.__name__}.lock_purse")
        create = Spend.objects.create
        monkeypatch.setattr(Spend.objects, "create", together(create, runners=2))

    ends = race(lambda number: spend(ann.pk, 1_000, f"k{number}"), runners=2)

    refused = [one for one in ends if isinstance(one, SpendingOfDayUsed)]
    assert (len(refused), Spend.objects.count()) == ((1, 1) if guarded else (0, 2))


def test_a_limit_is_set_on_the_page() -> None:
    ann = make_person()
    reader = sign_in(ann)

    crossed = reader.post("/wallet/spending", {"per_day": "9", "per_month": "8", "unit": "CNY"})
    assert (crossed.status_code, Purse.objects.count()) == (422, 0)
    assert "A day cannot let out more than 30 days do." in text_of(crossed)
    form = {"per_day": "20", "per_month": "", "unit": "CNY"}
    said = text_of(reader.post("/wallet/spending", form, follow=True))
    assert "This limit holds now." in said
    assert "¥0.00 of ¥20.00" in said
    raised = text_of(reader.post("/wallet/spending", {**form, "per_day": "50"}, follow=True))
    assert "What is lower holds now, what is higher in 24 hours." in raised
    assert "UTC: ¥50.00 in 24 hours, no limit in 30 days." in raised
    assert read_spending(ann.pk, unit="CNY", now=clock.now()).per_day == 2_000
