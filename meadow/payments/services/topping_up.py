"""Topping up a wallet: first noted, then begun at the provider, so that a crash between loses nothing."""

import datetime as dt

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from meadow.core.ids import new_id
from meadow.core.transactions import transaction
from meadow.payments.errors import KeyTaken, MethodNotTaken, UnitNotTaken
from meadow.payments.limits import BEGIN_WITHIN
from meadow.payments.models import Payment
from meadow.payments.providers import find_provider
from meadow.payments.providers.port import Charge
from meadow.payments.records import PaymentRecord, payment_record
from meadow.payments.services.accounts import wallet_account
from meadow.payments.services.bounding import check_top_up
from meadow.payments.services.looking import give_up, look_at_payment


def top_up(
    *,
    person_id: int,
    amount: int,
    unit: str,
    provider: str,
    key: str,
    site: str,
    method: str = "",
    now: dt.datetime,
) -> PaymentRecord:
    """Ask a person for `amount` minor units for their wallet, once a key, and return how it stands.

    `site` is this site's address, to which the provider leads back. The same key goes on where the
    last try stopped. Raises ProviderMissing, UnitNotTaken, AmountOutOfBounds, TopUpsOfDayUsed,
    TopUpsOfMonthUsed, MethodNotTaken, KeyTaken, ProviderAway, ProviderRefused.
    """
    way = find_provider(provider)
    if unit not in way.units:
        raise UnitNotTaken
    if method and not way.takes_methods:
        raise MethodNotTaken
    wanted = {"amount": amount, "unit": unit, "provider": provider, "method": method}
    with transaction():
        payment = Payment.objects.filter(person_id=person_id, key=key).first()
        if payment is None:
            check_top_up(person_id=person_id, unit=unit, amount=amount, key=key, now=now)
            payment, _fresh = Payment.objects.get_or_create(
                person_id=person_id,
                key=key,
                defaults={
                    **wanted,
                    "public_id": new_id("p"),
                    "account_id": wallet_account(person_id=person_id, unit=unit, now=now),
                    "opened_at": now,
                },
            )
    if any(getattr(payment, name) != value for name, value in wanted.items()):
        raise KeyTaken
    return carry_on(public_id=payment.public_id, site=site, now=now)


def carry_on(*, public_id: str, site: str, now: dt.datetime) -> PaymentRecord:
    """Take a payment to its provider unless it is there already, and return how it stands.

    Raises ProviderMissing, ProviderAway, ProviderRefused.
    """
    payment = Payment.objects.get(public_id=public_id)
    provider = find_provider(payment.provider)
    if payment.state == Payment.State.OPENED and now - payment.opened_at > BEGIN_WITHIN:
        return payment_record(give_up(public_id=public_id, now=now))
    if payment.state == Payment.State.OPENED:
        charge = Charge(
            payment=payment.public_id,
            amount=payment.amount,
            unit=payment.unit,
            title=_("Top-up of your wallet"),
            return_url=f"{site}/wallet/payments/{payment.public_id}",
            notify_url=f"{site}/webhooks/payments/{payment.provider}",
            language=get_language() or "en",
            method=payment.method,
        )
        begun = provider.begin(charge, now=now)
        with transaction():
            Payment.objects.filter(pk=payment.pk, state=Payment.State.OPENED).update(
                state=Payment.State.WAITING, reference=begun.reference, pay_url=begun.pay_url
            )
        payment.refresh_from_db()
    if payment.state == Payment.State.WAITING and payment.method:
        # Only now that the reference is kept: whatever happens, we know what was charged.
        provider.confirm(payment.reference, now=now)
        return look_at_payment(public_id=payment.public_id, now=now)
    return payment_record(payment)
