"""What providers tell: believed only when signed and fresh, counted once, in any order."""

import datetime as dt
import threading
from typing import Any

import orjson
import pytest
from django.test import Client

from meadow.accounts.testing import make_person
from meadow.core import clock
from meadow.core.testing import forget_jobs, race, run_jobs, waiting_jobs
from meadow.core.transactions import transaction
from meadow.ledger.checking import check_books
from meadow.payments.models import Payment, ProviderEvent
from meadow.payments.providers.by_sandbox import HEADER, sign
from meadow.payments.providers.by_stripe import HEADER as STRIPE_HEADER
from meadow.payments.services import hear_provider, look_at_payment
from meadow.payments.services.playing import play
from meadow.payments.testing import WEBHOOK_SECRET, WHEN, begin, sign_news
from meadow.payments.tests.test_top_up import funds
from meadow.runtime.payment_keys import PaymentKeys, StripeKeys

pytestmark = pytest.mark.django_db
TEN = 10


@pytest.fixture(autouse=True)
def _no_jobs(db: None) -> None:
    forget_jobs()


def news(payment: str, *, event: str = "e1") -> bytes:
    return orjson.dumps({"event": event, "kind": "charge.changed", "payment": payment})


def hear(body: bytes, *, at: dt.datetime = WHEN, now: dt.datetime = WHEN) -> bool:
    headers = {HEADER: sign(body, at=int(at.timestamp()))}
    return hear_provider(provider="sandbox", body=body, headers=headers, now=now)


@pytest.mark.django_db(transaction=True)
def test_the_same_news_ten_times_at_once_is_heard_once_and_booked_once() -> None:
    ann = make_person()
    begun = begin(ann.pk)
    play(reference=begun.reference, act="pay", now=clock.now())
    body = news(begun.public_id)

    heard = race(lambda _n: hear(body), runners=TEN)
    run_jobs()

    assert (heard.count(True), heard.count(False)) == (1, 9)
    assert funds(ann.pk) == 5_000
    # The sandbox's own news of the payment came by its job.
    assert ProviderEvent.objects.count() == 2
    assert list(check_books()) == []


@pytest.mark.django_db(transaction=True)
def test_without_its_constraint_the_same_news_is_heard_more_than_once() -> None:
    """The control: two who look for the event first, and then add it unguarded, both hear it."""
    looked = threading.Barrier(2)

    def hear_unguarded(number: int) -> bool:
        known = ProviderEvent.objects.filter(event__startswith="e1").exists()
        looked.wait(timeout=30)
        with transaction():
            ProviderEvent.objects.create(
                provider="sandbox",
                event=f"e1 of {number}",
                kind="k",
                body_hash=b"",
                received_at=WHEN,
            )
        return not known

    assert race(hear_unguarded, runners=2) == [True, True]


def test_news_in_the_wrong_order_changes_nothing() -> None:
    """Declined, then paid; told the other way round: the provider is asked, not the news."""
    ann = make_person()
    begun = begin(ann.pk)
    play(reference=begun.reference, act="decline", now=WHEN)
    play(reference=begun.reference, act="pay", now=WHEN)

    for event in ("paid", "declined", "begun"):
        assert hear(news(begun.public_id, event=event))
        look_at_payment(public_id=begun.public_id, now=WHEN)

    assert Payment.objects.get().state == "succeeded"
    assert funds(ann.pk) == 5_000


@pytest.mark.parametrize("claimed", ["succeeded", "refunded"])
def test_signed_news_of_a_payment_that_has_not_come_in_books_nothing(claimed: str) -> None:
    """Even our own signature is no proof of money: somebody with the secret cannot book."""
    ann = make_person()
    begun = begin(ann.pk)

    hear(news(begun.public_id, event=claimed))
    look_at_payment(public_id=begun.public_id, now=WHEN)

    assert (Payment.objects.get().state, funds(ann.pk)) == ("waiting", 0)


def post(provider: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """Send a message as a provider does, without a session, and return status and problem."""
    answer = Client().post(
        f"/webhooks/payments/{provider}",
        data=body,
        content_type="application/json",
        headers=headers,
    )
    return answer.status_code, {} if answer.status_code == 200 else orjson.loads(answer.content)


def test_news_is_refused_in_plain_words_and_nothing_is_booked(settings: Any) -> None:
    ann = make_person()
    begun = begin(ann.pk)
    now = clock.now()
    settings.PAYMENTS = PaymentKeys(
        sandbox=True, stripe=StripeKeys(key="sk_test_1", webhook_secret=WEBHOOK_SECRET)
    )
    told = {
        "id": "evt_1",
        "type": "payment_intent.succeeded",
        "data": {"object": {"id": "pi_1", "metadata": {"meadow_payment": begun.public_id}}},
    }
    body, mine = orjson.dumps(told), news(begun.public_id)
    old, soon = now - dt.timedelta(minutes=6), now + dt.timedelta(minutes=6)
    long = b"{" + b" " * 70_000 + b"}"
    stripe, sandbox = "stripe", "sandbox"
    forged, stale, unreadable = (
        f"payments.webhook_{name}" for name in ("forged", "stale", "unreadable")
    )
    refused = [
        (stripe, body, {}, 400, forged),
        (stripe, body, {STRIPE_HEADER: "t=1,v1=00"}, 400, forged),
        (stripe, body, {STRIPE_HEADER: "nonsense"}, 400, forged),
        (stripe, body, sign_news(body, at=now, secret="whsec_of_another"), 400, forged),
        (stripe, body + b" ", sign_news(body, at=now), 400, forged),
        (stripe, b"\xff", sign_news(body, at=now), 400, forged),
        (stripe, body, sign_news(body, at=old), 400, stale),
        (stripe, body, sign_news(body, at=soon), 400, stale),
        (stripe, b"[]", sign_news(b"[]", at=now), 400, unreadable),
        (stripe, b"", sign_news(b"", at=now), 400, unreadable),
        (sandbox, mine, {}, 400, forged),
        (sandbox, mine, {HEADER: "1,00"}, 400, forged),
        (sandbox, mine + b" ", {HEADER: sign(mine, at=int(now.timestamp()))}, 400, forged),
        (sandbox, mine, {HEADER: sign(mine, at=int(old.timestamp()))}, 400, stale),
        (sandbox, b"{}", {HEADER: sign(b"{}", at=int(now.timestamp()))}, 400, unreadable),
        (stripe, long, sign_news(long, at=now), 413, "payments.webhook_too_large"),
        ("nobody", body, {}, 404, "payments.provider_missing"),
    ]

    answers = [post(provider, sent, headers) for provider, sent, headers, _s, _c in refused]

    assert [(status, said["code"]) for status, said in answers] == [
        (status, code) for *_sent, status, code in refused
    ]
    settings.PAYMENTS = PaymentKeys(stripe=StripeKeys(key="sk_test_1"))
    status, said = post(stripe, body, sign_news(body, at=now, secret="anything"))
    assert (status, said["code"]) == (503, "payments.webhook_unset")
    assert said["title"] == (
        "This site has no secret to check messages of this payment service with."
    )
    assert said["detail"].startswith("Set MEADOW_STRIPE_WEBHOOK_SECRET and start again.")
    assert (ProviderEvent.objects.count(), waiting_jobs("payments.look_at")) == (0, [])
    assert (Payment.objects.get().state, funds(ann.pk)) == ("waiting", 0)


def test_news_of_another_providers_payment_is_none_of_its_business(settings: Any) -> None:
    begun = begin(make_person().pk)
    settings.PAYMENTS = PaymentKeys(
        stripe=StripeKeys(key="sk_test_1", webhook_secret=WEBHOOK_SECRET)
    )
    about = {"id": "pi_1", "metadata": {"meadow_payment": begun.public_id}}
    told = {"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": about}}
    body = orjson.dumps(told)

    assert post("stripe", body, sign_news(body, at=clock.now())) == (200, {})

    kept = ProviderEvent.objects.get()
    assert (kept.event, kept.kind, kept.payment) == ("evt_1", "payment_intent.succeeded", None)
    assert waiting_jobs("payments.look_at") == []


def test_a_webhook_is_only_posted_to() -> None:
    assert Client().get("/webhooks/payments/sandbox").status_code == 405
