"""Looking how payments stand at their provider, and booking what came in: once, whoever looks."""

import datetime as dt
import logging
from typing import Final

from django.db.models import F, Q

from meadow.core.transactions import transaction, transaction_required
from meadow.ledger.records import Draft, Leg
from meadow.ledger.services import post_transfer
from meadow.notifications.services import notify
from meadow.payments.errors import PaymentMissing
from meadow.payments.limits import BEGIN_WITHIN, LOOK_EVERY, WAIT_FOR, YOUNG
from meadow.payments.models import Payment
from meadow.payments.providers import find_provider
from meadow.payments.providers.port import Outcome, Standing
from meadow.payments.records import PaymentRecord, payment_record
from meadow.payments.services.accounts import provider_account

log = logging.getLogger(__name__)
LOOKED_AT_ONCE: Final = 200
OPEN: Final = (Payment.State.OPENED, Payment.State.WAITING)


def look_at_payment(*, public_id: str, now: dt.datetime) -> PaymentRecord:
    """Read a payment from its provider and book what came in; return how it stands.

    Raises PaymentMissing, ProviderMissing, ProviderAway, ProviderRefused.
    """
    payment = Payment.objects.filter(public_id=public_id).first()
    if payment is None:
        raise PaymentMissing
    if payment.state == Payment.State.SUCCEEDED:
        return payment_record(payment)
    if not payment.reference:
        return payment_record(give_up(public_id=public_id, now=now))
    standing = find_provider(payment.provider).read(
        payment.reference, payment=payment.public_id, now=now
    )
    with transaction():
        settled = settle(payment_id=payment.pk, standing=standing, now=now)
    return payment_record(settled, client_secret=standing.client_secret)


def give_up(*, public_id: str, now: dt.datetime) -> Payment:
    """Let a payment fail that its provider was never told of, once it is too late to begin it."""
    with transaction():
        never_begun = Payment.objects.filter(public_id=public_id, state=Payment.State.OPENED)
        never_begun.update(looked_at=now)
        never_begun.filter(opened_at__lt=now - BEGIN_WITHIN).update(
            state=Payment.State.FAILED, failure="never_begun"
        )
    return Payment.objects.get(public_id=public_id)


@transaction_required
def settle(*, payment_id: int, standing: Standing, now: dt.datetime) -> Payment:
    """Take over how a payment stands; what came in is booked once and never taken back here."""
    payment = Payment.objects.select_for_update(of=["self"]).get(pk=payment_id)
    payment.looked_at = now
    if payment.state == Payment.State.SUCCEEDED:
        return payment
    if standing.outcome == Outcome.SUCCEEDED:
        _come_in(payment, standing, now)
    elif standing.outcome == Outcome.FAILED:
        payment.state, payment.failure = Payment.State.FAILED, standing.failure[:60]
    elif payment.opened_at < now - WAIT_FOR:
        payment.state, payment.failure = Payment.State.FAILED, "expired"
    payment.save()
    return payment


@transaction_required
def _come_in(payment: Payment, standing: Standing, now: dt.datetime) -> None:
    """Book a payment, and tell its payer; one of another amount is left to the operators."""
    if (standing.amount, standing.unit) != (payment.amount, payment.unit):
        payment.trouble = f"came in as {standing.amount} {standing.unit}"[:60]
        log.error("payment %s %s", payment.public_id, payment.trouble)
        return
    outside = provider_account(provider=payment.provider, unit=payment.unit, now=now)
    posted = post_transfer(
        draft=Draft(
            key=f"payment-{payment.public_id}",
            reason="payments.top_up",
            legs=(Leg(payment.account_id, payment.amount), Leg(outside, -payment.amount)),
            params={"provider": payment.provider},
            reference=payment.public_id,
        ),
        now=now,
    )
    payment.state, payment.failure, payment.trouble = Payment.State.SUCCEEDED, "", ""
    payment.transfer_id, payment.settled_at = posted.id, now
    if payment.person_id is not None:
        notify(
            person_id=payment.person_id,
            kind="wallet.topped_up",
            params={"amount": payment.amount, "unit": payment.unit},
            url=f"/wallet/payments/{payment.public_id}",
            key=f"payment-{payment.public_id}",
            now=now,
        )


def due_payments(*, now: dt.datetime) -> list[str]:
    """Return the ids of payments to look at: young ones every few minutes, others every hour."""
    often = Q(opened_at__gt=now - YOUNG, looked_at__lt=now - LOOK_EVERY)
    seldom = Q(looked_at__lt=now - YOUNG)
    first = Q(looked_at__isnull=True, opened_at__lt=now - LOOK_EVERY)
    due = Payment.objects.filter(often | seldom | first, state__in=OPEN)
    ordered = due.order_by(F("looked_at").asc(nulls_first=True), "pk")
    return list(ordered.values_list("public_id", flat=True)[:LOOKED_AT_ONCE])
