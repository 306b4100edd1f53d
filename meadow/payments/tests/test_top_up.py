"""Topping up with play money: noted, begun, paid, booked once."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import IntegrityError
from hypothesis import given
from hypothesis import settings as within
from hypothesis import strategies as st

from meadow.accounts.testing import make_person
from meadow.core.testing import race
from meadow.core.transactions import transaction
from meadow.ledger.checking import check_books
from meadow.ledger.queries import find_account, read_funds
from meadow.ledger.records import Draft, Leg
from meadow.ledger.services import post_transfer
from meadow.notifications.models import Notification
from meadow.payments.checks import check_providers
from meadow.payments.errors import (
    AmountOutOfBounds,
    KeyTaken,
    MethodNotTaken,
    ProviderMissing,
    UnitNotTaken,
)
from meadow.payments.limits import BEGIN_WITHIN, LOOK_EVERY, WAIT_FOR
from meadow.payments.models import Payment, SandboxCharge
from meadow.payments.providers import find_provider, list_providers
from meadow.payments.providers.by_sandbox import DELAY
from meadow.payments.providers.port import Outcome, Standing
from meadow.payments.services import due_payments, look_at_payment, top_up
from meadow.payments.services.accounts import provider_account
from meadow.payments.services.looking import settle
from meadow.payments.services.playing import play
from meadow.payments.testing import SITE, WHEN, begin, pay
from meadow.runtime.environment import load_environment
from meadow.runtime.errors import Misconfigured
from meadow.runtime.payment_keys import PaymentKeys, StripeKeys

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


def funds(person_id: int) -> int:
    account = find_account(kind="person", purpose="wallet", unit="CNY", owner=str(person_id))
    return read_funds(account).posted if account else 0


def test_what_is_paid_is_in_the_wallet_once_and_its_payer_is_told() -> None:
    ann = make_person()

    paid = pay(ann.pk, 5_000)
    again = look_at_payment(public_id=paid.public_id, now=WHEN + MINUTE)

    assert (paid.state, paid.settled_at, again) == ("succeeded", WHEN, paid)
    assert funds(ann.pk) == 5_000
    outside = find_account(kind="provider", purpose="sandbox", unit="CNY")
    assert outside is not None
    assert read_funds(outside).posted == -5_000
    news = Notification.objects.get(person=ann)
    assert (news.kind, news.params) == ("wallet.topped_up", {"amount": 5_000, "unit": "CNY"})
    assert list(check_books()) == []


def test_declined_books_nothing_and_can_be_tried_again() -> None:
    ann = make_person()
    begun = begin(ann.pk)

    play(reference=begun.reference, act="decline", now=WHEN)
    declined = look_at_payment(public_id=begun.public_id, now=WHEN)
    assert (declined.state, declined.failure, funds(ann.pk)) == ("failed", "declined", 0)

    play(reference=begun.reference, act="pay", now=WHEN + MINUTE)
    paid = look_at_payment(public_id=begun.public_id, now=WHEN + MINUTE)
    assert (paid.state, paid.failure, funds(ann.pk)) == ("succeeded", "", 5_000)


def test_what_is_on_its_way_waits_and_then_comes_in() -> None:
    ann = make_person()
    begun = begin(ann.pk)
    play(reference=begun.reference, act="pay_later", now=WHEN)
    tick = dt.timedelta.resolution

    early = look_at_payment(public_id=begun.public_id, now=WHEN + DELAY - tick)
    assert (early.state, funds(ann.pk)) == ("waiting", 0)

    late = look_at_payment(public_id=begun.public_id, now=WHEN + DELAY)
    assert (late.state, funds(ann.pk)) == ("succeeded", 5_000)


def test_the_same_key_is_the_same_payment_and_another_amount_is_refused() -> None:
    ann, bob = make_person(), make_person()

    first, second = begin(ann.pk), begin(ann.pk, now=WHEN + MINUTE)
    with pytest.raises(KeyTaken):
        begin(ann.pk, 6_000)

    assert second == first
    assert begin(bob.pk, 6_000).public_id != first.public_id
    assert (Payment.objects.count(), SandboxCharge.objects.count()) == (2, 2)


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"amount": 99}, AmountOutOfBounds),
        ({"amount": 500_001}, AmountOutOfBounds),
        ({"unit": "IMP"}, UnitNotTaken),
        ({"unit": "XXX"}, UnitNotTaken),
        ({"provider": "stripe"}, ProviderMissing),
        ({"method": "pm_1"}, MethodNotTaken),
    ],
)
def test_what_cannot_be_asked_for_is_refused_and_leaves_nothing(
    asked: dict[str, Any], refusal: type[Exception]
) -> None:
    ann = make_person()
    whole = {"amount": 100, "unit": "CNY", "provider": "sandbox", "key": "k", "site": SITE}

    with pytest.raises(refusal):
        top_up(person_id=ann.pk, now=WHEN, **{**whole, **asked})

    assert Payment.objects.count() == 0
    assert top_up(person_id=ann.pk, now=WHEN, **whole).amount == 100  # type: ignore[arg-type]


def test_another_amount_than_was_asked_for_is_not_booked() -> None:
    ann = make_person()
    payment = Payment.objects.get(public_id=begin(ann.pk).public_id)

    for amount, unit in ((4_999, "CNY"), (5_000, "USD")):
        with transaction():
            standing = Standing(outcome=Outcome.SUCCEEDED, amount=amount, unit=unit)
            found = settle(payment_id=payment.pk, standing=standing, now=WHEN)
        assert (found.state, found.trouble) == ("waiting", f"came in as {amount} {unit}")

    assert funds(ann.pk) == 0


@within(max_examples=20, deadline=None)
@given(seen=st.lists(st.sampled_from([*Outcome]), max_size=4))
@pytest.mark.django_db(transaction=False)
def test_whatever_the_order_of_what_is_seen_what_came_in_is_booked_once(
    seen: list[Outcome],
) -> None:
    ann = make_person()
    payment = Payment.objects.get(public_id=begin(ann.pk).public_id)

    for outcome in seen:
        with transaction():
            settle(payment_id=payment.pk, standing=Standing(outcome, 5_000, "CNY"), now=WHEN)

    payment.refresh_from_db()
    came_in = Outcome.SUCCEEDED in seen
    last = next((one for one in reversed(seen) if one != Outcome.WAITING), Outcome.WAITING)
    assert payment.state == ("succeeded" if came_in else last)
    assert funds(ann.pk) == (5_000 if came_in else 0)


@pytest.mark.django_db(transaction=True)
def test_twenty_who_look_at_once_book_once() -> None:
    ann = make_person()
    begun = begin(ann.pk)
    play(reference=begun.reference, act="pay", now=WHEN)

    seen = race(lambda _n: look_at_payment(public_id=begun.public_id, now=WHEN).state, runners=20)

    assert seen == ["succeeded"] * 20
    assert funds(ann.pk) == 5_000
    assert Notification.objects.count() == 1
    assert list(check_books()) == []


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_and_the_key_what_came_in_is_booked_more_than_once() -> None:
    """The control: two who ask first, and book under a name of their own, both book."""
    ann = make_person()
    payment = Payment.objects.get(public_id=begin(ann.pk).public_id)
    asked = threading.Barrier(2)

    def book(number: int) -> None:
        waits = Payment.objects.get(pk=payment.pk).state == "waiting"
        asked.wait(timeout=30)
        assert waits
        with transaction():
            outside = provider_account(provider="sandbox", unit="CNY", now=WHEN)
            legs = (Leg(payment.account_id, 5_000), Leg(outside, -5_000))
            post_transfer(draft=Draft(key=f"unsafe-{number}", reason="test", legs=legs), now=WHEN)

    assert race(book, runners=2) == [None, None]
    assert funds(ann.pk) == 10_000


@pytest.mark.django_db(transaction=True)
def test_twenty_with_one_key_begin_one_payment() -> None:
    ann = make_person()

    begun = race(lambda _n: begin(ann.pk).public_id, runners=20)

    assert len(set(begun)) == 1
    assert (Payment.objects.count(), SandboxCharge.objects.count()) == (1, 1)


def test_what_waits_is_looked_at_again_and_given_up_in_the_end() -> None:
    ann = make_person()
    waits = begin(ann.pk, key="waits")
    lost = Payment.objects.create(
        public_id="pLost",
        person=ann,
        account_id=1,
        amount=1,
        unit="CNY",
        provider="sandbox",
        key="lost",
        opened_at=WHEN,
    )

    assert due_payments(now=WHEN + LOOK_EVERY) == []
    later = WHEN + LOOK_EVERY + MINUTE
    assert due_payments(now=later) == [waits.public_id, "pLost"]
    for one in (waits.public_id, "pLost"):
        look_at_payment(public_id=one, now=later)
    assert due_payments(now=later + MINUTE) == []

    look_at_payment(public_id="pLost", now=WHEN + BEGIN_WITHIN + MINUTE)
    look_at_payment(public_id=waits.public_id, now=WHEN + WAIT_FOR + MINUTE)
    lost.refresh_from_db()
    given_up = Payment.objects.get(public_id=waits.public_id)
    assert (lost.state, lost.failure) == ("failed", "never_begun")
    assert (given_up.state, given_up.failure) == ("failed", "expired")


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 1},
        {"unit": "USD"},
        {"state": "failed", "transfer_id": None, "settled_at": None},
        {"reference": "other"},
        {"refunded": 5_001},
        {"transfer_id": 0},
    ],
)
def test_the_database_refuses_to_change_what_came_in(change: dict[str, Any]) -> None:
    paid = pay(make_person().pk)

    with pytest.raises(IntegrityError):
        Payment.objects.filter(public_id=paid.public_id).update(**change)


def test_the_database_refuses_to_lose_a_payment() -> None:
    begun = begin(make_person().pk)

    with pytest.raises(IntegrityError):
        Payment.objects.filter(public_id=begun.public_id).delete()


def test_play_money_is_refused_in_production(settings: Any) -> None:
    assert [one.name for one in list_providers()] == ["sandbox"]
    reference = begin(make_person().pk).reference

    settings.PRODUCTION = True

    assert list_providers() == []
    with pytest.raises(ProviderMissing):
        find_provider("sandbox")
    with pytest.raises(ProviderMissing):
        play(reference=reference, act="pay", now=WHEN)
    assert [one.id for one in check_providers(None)] == ["payments.E001"]


PRODUCTION = {
    "MEADOW_ENV": "production",
    "MEADOW_SECRET_KEY": "k4XbvY7rQ2mNfT9sWjH3pLzC8dGqE5uA6yRtV1oKxBnMcJhZwPq0",
    "MEADOW_HOSTS": "meadow.example",
}


@pytest.mark.parametrize(
    ("given_too", "said"),
    [
        ({"MEADOW_SANDBOX_PAYMENTS": "1"}, "play money"),
        ({"MEADOW_STRIPE_KEY": "sk_test_1"}, "test key"),
        ({"MEADOW_STRIPE_KEY": "pk_live_1"}, "not a secret key"),
        ({"MEADOW_STRIPE_URL": "http://127.0.0.1:1"}, "in the open"),
    ],
)
def test_production_does_not_start_with_unsafe_payments(
    given_too: dict[str, str], said: str, tmp_path: Any
) -> None:
    env = {**PRODUCTION, "MEADOW_HOME": str(tmp_path)}

    assert load_environment(env).payments == PaymentKeys()
    with pytest.raises(Misconfigured, match=said):
        load_environment({**env, **given_too})


def test_a_stripe_whose_news_cannot_be_checked_is_named(settings: Any) -> None:
    settings.PAYMENTS = PaymentKeys(stripe=StripeKeys(key="sk_live_1"))

    assert [one.id for one in check_providers(None)] == ["payments.W001"]
    assert "sk_live_1" not in repr(settings.PAYMENTS)
