"""Giving payments back: out of the wallet first, then at the provider, and back if it refuses."""

import datetime as dt
from typing import Final, Literal

from meadow.core.ids import new_id
from meadow.core.jobs import enqueue, find_task
from meadow.core.money import Money, format_money
from meadow.core.transactions import transaction, transaction_required
from meadow.ledger.errors import InsufficientFunds
from meadow.ledger.records import Draft, Leg
from meadow.ledger.services import post_transfer
from meadow.notifications.services import notify
from meadow.payments.errors import KeyTaken, NotRefundable, PaymentMissing, SpentAlready
from meadow.payments.limits import LOOK_EVERY
from meadow.payments.models import Payment, Refund
from meadow.payments.providers import find_provider
from meadow.payments.providers.port import Outcome, Repaid, Repayment
from meadow.payments.records import RefundRecord, refund_record
from meadow.payments.services.accounts import provider_account, refunds_account

SENT_AT_ONCE: Final = 200


def ask_refund(
    *, payment: str, amount: int, key: str, note: str, operator_id: int, now: dt.datetime
) -> RefundRecord:
    """Take `amount` of a payment out of its wallet and have the provider give it back, once a key.

    Raises PaymentMissing, NotRefundable, SpentAlready, KeyTaken.
    """
    with transaction():
        found = _lock(payment)
        known = Refund.objects.filter(payment=found, key=key).first()
        if known is not None:
            if (known.amount, known.note) != (amount, note):
                raise KeyTaken
            return refund_record(known)
        left = found.amount - found.refunded if found.state == Payment.State.SUCCEEDED else 0
        if not 0 < amount <= left:
            raise NotRefundable(left=format_money(Money(left, found.unit)))
        refund = Refund.objects.create(
            public_id=new_id("r"),
            payment=found,
            amount=amount,
            key=key,
            note=note,
            asked_by_id=operator_id,
            asked_at=now,
        )
        found.refunded += amount
        found.save(update_fields=["refunded"])
        on_the_way = refunds_account(unit=found.unit, now=now)
        try:
            _move(refund, found, "asked", from_=found.account_id, to=on_the_way, now=now)
        except InsufficientFunds:
            raise SpentAlready from None
        enqueue(find_task("payments.send_refund"), refund=refund.public_id)
    return refund_record(refund)


def send_refund(*, refund: str, now: dt.datetime) -> RefundRecord:
    """Have the provider give a refund back, and book how that ended; again changes nothing.

    Raises ProviderMissing, ProviderAway.
    """
    found = Refund.objects.select_related("payment").get(public_id=refund)
    if found.state != Refund.State.ASKED:
        return refund_record(found)
    payment = found.payment
    repaid = find_provider(payment.provider).repay(
        Repayment(
            refund=found.public_id,
            payment=payment.public_id,
            reference=payment.reference,
            amount=found.amount,
            total=payment.amount,
            unit=payment.unit,
        ),
        now=now,
    )
    with transaction():
        return refund_record(_settle(refund, repaid, now))


def due_refunds(*, now: dt.datetime) -> list[str]:
    """Return the ids of refunds that their provider has not settled yet."""
    waiting = Refund.objects.filter(state=Refund.State.ASKED, asked_at__lt=now - LOOK_EVERY)
    return list(waiting.order_by("pk").values_list("public_id", flat=True)[:SENT_AT_ONCE])


@transaction_required
def _settle(public_id: str, repaid: Repaid, now: dt.datetime) -> Refund:
    """Take over how a refund stands at its provider, once."""
    payment = _lock(Refund.objects.get(public_id=public_id).payment.public_id)
    refund = Refund.objects.get(public_id=public_id)
    if refund.state != Refund.State.ASKED:
        return refund
    refund.reference = repaid.reference or refund.reference
    on_the_way = refunds_account(unit=payment.unit, now=now)
    if repaid.outcome == Outcome.SUCCEEDED:
        outside = provider_account(provider=payment.provider, unit=payment.unit, now=now)
        _move(refund, payment, "done", from_=on_the_way, to=outside, now=now)
        refund.state, refund.settled_at = Refund.State.SUCCEEDED, now
        _tell(refund, payment, now)
    elif repaid.outcome == Outcome.FAILED:
        _move(refund, payment, "back", from_=on_the_way, to=payment.account_id, now=now)
        refund.state, refund.settled_at = Refund.State.FAILED, now
        refund.failure = repaid.failure[:60]
        payment.refunded -= refund.amount
        payment.save(update_fields=["refunded"])
    refund.save()
    return refund


@transaction_required
def _lock(public_id: str) -> Payment:
    """Return a payment that nobody else changes until the use case ends: its refunds too."""
    found = Payment.objects.select_for_update(of=["self"]).filter(public_id=public_id).first()
    if found is None:
        raise PaymentMissing
    return found


@transaction_required
def _move(
    refund: Refund,
    payment: Payment,
    step: Literal["asked", "done", "back"],
    *,
    from_: int,
    to: int,
    now: dt.datetime,
) -> None:
    post_transfer(
        draft=Draft(
            key=f"refund-{refund.public_id}-{step}",
            reason=f"payments.refund_{step}",
            legs=(Leg(from_, -refund.amount), Leg(to, refund.amount)),
            params={"provider": payment.provider},
            reference=payment.public_id,
        ),
        now=now,
    )


@transaction_required
def _tell(refund: Refund, payment: Payment, now: dt.datetime) -> None:
    if payment.person_id is None:
        return
    notify(
        person_id=payment.person_id,
        kind="wallet.refunded",
        params={"amount": refund.amount, "unit": payment.unit},
        url=f"/wallet/payments/{payment.public_id}",
        key=f"refund-{refund.public_id}",
        now=now,
    )
