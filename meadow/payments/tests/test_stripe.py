"""Stripe end to end against localstripe, a process of its own; Checkout by what Stripe documents.

localstripe has no Checkout, no idempotency keys, and lists without a period: for these a small server
answers as Stripe's reference does.
"""

import json
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from meadow.accounts.testing import make_person
from meadow.ledger.checking import check_books
from meadow.payments.errors import ProviderAway, ProviderRefused
from meadow.payments.models import Payment, Refund
from meadow.payments.providers import find_provider
from meadow.payments.providers.port import Listed, Outcome, Repayment
from meadow.payments.records import PaymentRecord
from meadow.payments.services import ask_refund, look_at_payment, send_refund, top_up
from meadow.payments.testing import (
    ASKING_CARD,
    BAD_CARD,
    SITE,
    WEBHOOK_SECRET,
    WHEN,
    make_card,
    stripe_on,
)
from meadow.payments.tests.test_top_up import funds
from meadow.runtime.payment_keys import StripeKeys

pytestmark = pytest.mark.django_db


def charge(person_id: int, method: str, *, key: str = "one", amount: int = 5_000) -> PaymentRecord:
    return top_up(
        person_id=person_id,
        amount=amount,
        unit="CNY",
        provider="stripe",
        key=key,
        site=SITE,
        method=method,
        now=WHEN,
    )


def intents(keys: StripeKeys, payment: str) -> list[Any]:
    """Return what localstripe has of a payment."""
    request = urllib.request.Request(
        f"{keys.api}/v1/payment_intents?limit=100", headers={"Authorization": f"Bearer {keys.key}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        listed = json.load(answer)["data"]
    return [one for one in listed if one["metadata"].get("meadow_payment") == payment]


def test_a_card_is_charged_once_and_booked_once(stripe: StripeKeys) -> None:
    ann, card = make_person(), make_card(stripe)

    paid = charge(ann.pk, card)
    again = charge(ann.pk, card)

    assert (paid.state, again.state, paid.public_id) == ("succeeded", "succeeded", again.public_id)
    assert paid.client_secret == ""
    assert [one["status"] for one in intents(stripe, paid.public_id)] == ["succeeded"]
    assert funds(ann.pk) == 5_000
    assert list(check_books()) == []


def test_a_declined_card_books_nothing(stripe: StripeKeys) -> None:
    ann = make_person()

    declined = charge(ann.pk, make_card(stripe, BAD_CARD))

    assert (declined.state, declined.failure) == ("failed", "card_declined")
    assert funds(ann.pk) == 0


def test_a_card_that_asks_its_holder_waits_for_the_app_to_go_on(stripe: StripeKeys) -> None:
    ann = make_person()
    waits = charge(ann.pk, make_card(stripe, ASKING_CARD))
    assert waits.state == "waiting"
    assert waits.client_secret.startswith(waits.reference)

    form = f"key=pk_test_1&client_secret={waits.client_secret}&success=true".encode()
    confirmed = f"{stripe.api}/v1/payment_intents/{waits.reference}/_authenticate"
    urllib.request.urlopen(confirmed, data=form, timeout=10).close()

    assert look_at_payment(public_id=waits.public_id, now=WHEN).state == "succeeded"
    assert funds(ann.pk) == 5_000


@pytest.mark.parametrize("stage", ["begun", "confirmed"])
def test_after_a_crash_the_same_key_goes_on_and_charges_once(
    stripe: StripeKeys, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    ann, card = make_person(), make_card(stripe)
    provider = find_provider("stripe")
    step = {"begun": "confirm", "confirmed": "read"}[stage]

    def die(*_given: Any, **_named: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(provider, step, die)
        with pytest.raises(KeyboardInterrupt):
            charge(ann.pk, card)
    assert funds(ann.pk) == 0

    paid = charge(ann.pk, card)

    assert [one["status"] for one in intents(stripe, paid.public_id)] == ["succeeded"]
    assert (paid.state, funds(ann.pk)) == ("succeeded", 5_000)


def test_a_refund_is_asked_of_stripe_once_though_its_job_dies(stripe: StripeKeys) -> None:
    """The provider has refunded, and the job dies before it notes so: it finds its refund again."""
    ann, operator = make_person(), make_person()
    paid = charge(ann.pk, make_card(stripe))
    asked = ask_refund(
        payment=paid.public_id, amount=2_000, key="r", note="", operator_id=operator.pk, now=WHEN
    )
    wanted = Repayment(
        refund=asked.public_id,
        payment=paid.public_id,
        reference=paid.reference,
        amount=2_000,
        total=5_000,
        unit="CNY",
    )
    first = find_provider("stripe").repay(wanted, now=WHEN)

    done = send_refund(refund=asked.public_id, now=WHEN)

    assert (done.state, first.outcome) == ("succeeded", Outcome.SUCCEEDED)
    assert Refund.objects.get().reference == first.reference
    assert funds(ann.pk) == 3_000
    assert list(check_books()) == []


def test_stripe_away_leaves_the_payment_to_be_begun_again(
    stripe: StripeKeys, settings: Any
) -> None:
    ann, card = make_person(), make_card(stripe)
    settings.PAYMENTS = stripe_on(StripeKeys(key="sk_test_1", api="http://127.0.0.1:9"))

    with pytest.raises(ProviderAway):
        charge(ann.pk, card)
    assert (Payment.objects.get().state, funds(ann.pk)) == ("opened", 0)

    settings.PAYMENTS = stripe_on(stripe)
    assert charge(ann.pk, card).state == "succeeded"


def test_a_method_that_stripe_does_not_know_is_refused_in_words(stripe: StripeKeys) -> None:
    with pytest.raises(ProviderRefused) as refused:
        charge(make_person().pk, "pm_nobody")

    assert refused.value.sentences() == (
        "The payment service did not accept this (404). Nothing was charged. Choose another way to"
        " pay, or tell the people who run this site."
    )


class Documented(BaseHTTPRequestHandler):
    """Answers as Stripe's reference says for Checkout sessions and lists of PaymentIntents."""

    asked: list[tuple[str, dict[str, list[str]], str]] = []
    paid = False

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.asked.append((self.path, form, self.headers["Idempotency-Key"]))
        self._answer(self._session())

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.asked.append((parts.path, parse_qs(parts.query), ""))
        if parts.path != "/v1/payment_intents":
            return self._answer(self._session())
        listed = {
            "object": "payment_intent",
            "currency": "cny",
            "created": int(WHEN.timestamp()),
            "metadata": {"meadow_payment": "pOne"},
        }
        came = {
            **listed,
            "id": "pi_1",
            "amount": 900,
            "amount_received": 900,
            "status": "succeeded",
        }
        charged = {"id": "ch_1", "object": "charge", "amount_refunded": 100}
        waits = {**listed, "id": "pi_2", "amount": 5, "amount_received": 0, "status": "processing"}
        return self._answer(
            {
                "object": "list",
                "url": "/v1/payment_intents",
                "has_more": False,
                "data": [{**came, "latest_charge": charged}, waits],
            }
        )

    def _session(self) -> dict[str, Any]:
        return {
            "id": "cs_test_1",
            "object": "checkout.session",
            "url": "https://checkout.stripe.com/c/pay/cs_test_1",
            "status": "complete" if self.paid else "open",
            "payment_status": "paid" if self.paid else "unpaid",
            "amount_total": 5_000,
            "currency": "cny",
            "payment_intent": "pi_9" if self.paid else None,
        }

    def _answer(self, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_given: Any) -> None:
        """Say nothing."""


@pytest.fixture
def documented(settings: Any) -> Iterator[type[Documented]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Documented)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Documented.asked, Documented.paid = [], False
    address = f"http://127.0.0.1:{server.server_port}"
    settings.PAYMENTS = stripe_on(
        StripeKeys(key="sk_test_1", webhook_secret=WEBHOOK_SECRET, api=address)
    )
    yield Documented
    server.shutdown()
    server.server_close()


def test_a_payer_in_a_browser_is_led_to_checkout(documented: type[Documented]) -> None:
    ann = make_person()

    begun = charge(ann.pk, "")
    assert (begun.state, begun.pay_url) == (
        "waiting",
        "https://checkout.stripe.com/c/pay/cs_test_1",
    )
    [(path, form, key)] = documented.asked
    assert (path, key) == ("/v1/checkout/sessions", f"begin-{begun.public_id}")
    assert form["line_items[0][price_data][unit_amount]"] == ["5000"]
    assert form["payment_intent_data[metadata][meadow_payment]"] == [begun.public_id]
    assert form["success_url"] == [f"{SITE}/wallet/payments/{begun.public_id}"]
    assert look_at_payment(public_id=begun.public_id, now=WHEN).state == "waiting"

    documented.paid = True
    assert look_at_payment(public_id=begun.public_id, now=WHEN).state == "succeeded"
    assert funds(ann.pk) == 5_000


def test_what_came_in_is_listed_by_period(documented: type[Documented]) -> None:
    listed = list(find_provider("stripe").list_charges(since=WHEN, until=WHEN.replace(hour=13)))

    assert listed == [Listed("pi_1", "pOne", 900, "CNY", 100, WHEN)]
    [(_path, asked, _key)] = documented.asked
    assert asked["created[gte]"] == [str(int(WHEN.timestamp()))]
    assert asked["created[lt]"] == [str(int(WHEN.timestamp()) + 3600)]
