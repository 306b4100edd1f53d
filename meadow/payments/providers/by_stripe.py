"""Stripe, by its official client.

A payer in a browser goes to Stripe's own Checkout page, so no card ever touches this site. Software
that holds a payment method (an app with Stripe's mobile library) gives its token, and Meadow makes and
confirms a PaymentIntent. Metadata carries our ids, and every write our id as the idempotency key.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import orjson
import stripe
from django.utils.translation import gettext_lazy as _

from meadow.core.money import UNITS
from meadow.payments.errors import (
    ProviderAway,
    ProviderRefused,
    WebhookForged,
    WebhookUnreadable,
    WebhookUnset,
)
from meadow.payments.providers.port import (
    Begun,
    Charge,
    Listed,
    News,
    Outcome,
    Repaid,
    Repayment,
    Standing,
)
from meadow.payments.providers.signing import check_fresh
from meadow.runtime.payment_keys import StripeKeys

PATIENCE: Final = (5.0, 20.0)
HEADER: Final = "Stripe-Signature"
SECRET: Final = "MEADOW_STRIPE_WEBHOOK_SECRET"  # noqa: S105 - the name of a variable
PAYMENT, REFUND = "meadow_payment", "meadow_refund"
# What a PaymentIntent ends with when the payer has to begin anew.
OVER: Final = ("canceled", "requires_payment_method")
REFUNDS: Final = {
    "succeeded": Outcome.SUCCEEDED,
    "failed": Outcome.FAILED,
    "canceled": Outcome.FAILED,
}
LOCALES: Final = {"zh-hans": "zh"}


class Stripe:
    """Cards and wallets by Stripe."""

    name = "stripe"
    label = _("Card or wallet (Stripe)")
    units = frozenset(unit for unit in UNITS if unit != "IMP")
    takes_methods = True
    lists_charges = True

    def __init__(self, keys: StripeKeys) -> None:
        self._secret = keys.webhook_secret
        self._client = stripe.StripeClient(
            keys.key,
            base_addresses={"api": keys.api},
            http_client=stripe.RequestsClient(timeout=PATIENCE),
            max_network_retries=1,
        )

    def begin(self, charge: Charge, *, now: dt.datetime) -> Begun:
        """Open a Checkout page, or make a PaymentIntent for the method that software brings."""
        once: stripe.RequestOptions = {"idempotency_key": f"begin-{charge.payment}"}
        if charge.method:
            with _told():
                intent = self._client.v1.payment_intents.create(
                    {
                        "amount": charge.amount,
                        "currency": charge.unit.lower(),
                        "payment_method": charge.method,
                        # Whoever would have to be led elsewhere pays on the Checkout page.
                        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                        "metadata": {PAYMENT: charge.payment},
                    },
                    once,
                )
            return Begun(reference=intent.id)
        with _told():
            session = self._client.v1.checkout.sessions.create(
                {
                    "mode": "payment",
                    "line_items": [
                        {
                            "quantity": 1,
                            "price_data": {
                                "currency": charge.unit.lower(),
                                "unit_amount": charge.amount,
                                "product_data": {"name": charge.title},
                            },
                        }
                    ],
                    "client_reference_id": charge.payment,
                    "metadata": {PAYMENT: charge.payment},
                    "payment_intent_data": {"metadata": {PAYMENT: charge.payment}},
                    "success_url": charge.return_url,
                    "cancel_url": charge.return_url,
                    "locale": LOCALES.get(charge.language, "auto"),
                },
                once,
            )
        return Begun(reference=session.id, pay_url=session.url or "")

    def confirm(self, reference: str, *, now: dt.datetime) -> None:
        """Charge the method of a PaymentIntent; how that ended, `read` says."""
        with _told(refusals=(stripe.CardError, stripe.InvalidRequestError)):
            self._client.v1.payment_intents.confirm(
                reference, options={"idempotency_key": f"confirm-{reference}"}
            )

    def read(self, reference: str, *, payment: str, now: dt.datetime) -> Standing:
        """Return how a Checkout session or a PaymentIntent stands."""
        if reference.startswith("cs_"):
            with _told():
                session = self._client.v1.checkout.sessions.retrieve(reference).to_dict()
            outcome = Outcome.FAILED if session["status"] == "expired" else Outcome.WAITING
            if session["payment_status"] == "paid":
                outcome = Outcome.SUCCEEDED
            return Standing(
                outcome=outcome,
                amount=session["amount_total"],
                unit=session["currency"].upper(),
                failure="expired" if outcome == Outcome.FAILED else "",
            )
        with _told():
            intent = self._client.v1.payment_intents.retrieve(reference).to_dict()
        outcome, failure = _judge(intent)
        return Standing(
            outcome=outcome,
            # What came in, which a capture in part makes less than what was asked for.
            amount=intent.get("amount_received") or intent["amount"],
            unit=intent["currency"].upper(),
            failure=failure,
            client_secret=intent["client_secret"] if outcome == Outcome.WAITING else "",
        )

    def repay(self, wanted: Repayment, *, now: dt.datetime) -> Repaid:
        """Refund a PaymentIntent; one that carries our id already is that refund.

        An idempotency key is forgotten after a day, and a job may be older.
        """
        intent = wanted.reference
        with _told():
            if intent.startswith("cs_"):
                session = self._client.v1.checkout.sessions.retrieve(intent).to_dict()
                intent = session["payment_intent"]
            known = self._client.v1.refunds.list({"payment_intent": intent, "limit": 100})
            for one in known.auto_paging_iter():
                if (one.to_dict()["metadata"] or {}).get(REFUND) == wanted.refund:
                    return _repaid(one)
        try:
            with _told():
                return _repaid(
                    self._client.v1.refunds.create(
                        {
                            "payment_intent": intent,
                            "amount": wanted.amount,
                            "metadata": {REFUND: wanted.refund, PAYMENT: wanted.payment},
                        },
                        {"idempotency_key": f"refund-{wanted.refund}"},
                    )
                )
        except ProviderRefused as refused:
            return Repaid(
                reference="", outcome=Outcome.FAILED, failure=str(refused.params["reason"])
            )

    def verify(self, body: bytes, headers: Mapping[str, str], *, now: dt.datetime) -> News:
        """Return the news in a message that Stripe has signed."""
        if not self._secret:
            raise WebhookUnset(variable=SECRET)
        header = headers.get(HEADER, "")
        try:
            stripe.WebhookSignature.verify_header(body, header, self._secret)
        except (stripe.SignatureVerificationError, UnicodeDecodeError) as forged:
            raise WebhookForged from forged
        stamps = [part[2:] for part in header.split(",") if part.startswith("t=")]
        check_fresh(int(stamps[0]), now=now)
        try:
            told = orjson.loads(body)
            about = told["data"]["object"]
            return News(
                event=told["id"],
                kind=told["type"],
                payment=(about.get("metadata") or {}).get(PAYMENT, ""),
                reference=about.get("payment_intent") or about["id"],
            )
        except (ValueError, KeyError, TypeError, AttributeError) as broken:
            raise WebhookUnreadable from broken

    def list_charges(self, *, since: dt.datetime, until: dt.datetime) -> Iterator[Listed]:
        """List the PaymentIntents of ours that came in, made from `since` on and before `until`."""
        with _told():
            found = self._client.v1.payment_intents.list(
                {
                    "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
                    "expand": ["data.latest_charge"],
                    "limit": 100,
                }
            )
            for one in found.auto_paging_iter():
                listed = one.to_dict()
                if listed["status"] != "succeeded":
                    continue
                yield Listed(
                    reference=listed["id"],
                    payment=(listed.get("metadata") or {}).get(PAYMENT, ""),
                    amount=listed.get("amount_received") or listed["amount"],
                    unit=listed["currency"].upper(),
                    refunded=(listed.get("latest_charge") or {}).get("amount_refunded", 0),
                    at=dt.datetime.fromtimestamp(listed["created"], tz=dt.UTC),
                )


def _judge(intent: Mapping[str, Any]) -> tuple[Outcome, str]:
    """Return how a PaymentIntent stands, and Stripe's word for why it failed."""
    status = intent["status"]
    if status == "succeeded":
        return Outcome.SUCCEEDED, ""
    if status in OVER:
        failure = intent.get("last_payment_error") or {}
        return Outcome.FAILED, str(failure.get("decline_code") or failure.get("code") or status)
    return Outcome.WAITING, ""


def _repaid(refund: stripe.Refund) -> Repaid:
    said = refund.to_dict()
    return Repaid(
        reference=said["id"],
        outcome=REFUNDS.get(said["status"], Outcome.WAITING),
        failure=said.get("failure_reason") or "",
    )


@contextmanager
def _told(*, refusals: tuple[type[stripe.StripeError], ...] = ()) -> Iterator[None]:
    """Turn Stripe's errors into ours; those of `refusals` are passed over."""
    try:
        yield
    except refusals:
        return
    except stripe.StripeError as failed:
        status = failed.http_status or 0
        if status in (408, 409, 429) or status >= 500 or not status:
            raise ProviderAway from failed
        raise ProviderRefused(reason=failed.code or status) from failed
