"""News of providers: verified, kept once, and then the payment is read from the provider again."""

import datetime as dt
import hashlib
from collections.abc import Mapping

from meadow.core.jobs import enqueue, find_task
from meadow.core.transactions import transaction
from meadow.payments.errors import WebhookTooLarge
from meadow.payments.limits import LARGEST_NEWS
from meadow.payments.listening import tell_listeners
from meadow.payments.models import Payment, ProviderEvent
from meadow.payments.providers import find_provider
from meadow.payments.providers.port import News


def hear_provider(
    *, provider: str, body: bytes, headers: Mapping[str, str], now: dt.datetime
) -> bool:
    """Keep verified news and have its payment looked at; False when it was heard before.

    What the news claims is not booked: the provider is asked. Raises ProviderMissing, WebhookTooLarge
    and what `Provider.verify` raises.
    """
    way = find_provider(provider)
    if len(body) > LARGEST_NEWS:
        raise WebhookTooLarge
    news = way.verify(body, headers, now=now)
    payment = _find_payment(provider, news)
    with transaction():
        _event, fresh = ProviderEvent.objects.get_or_create(
            provider=provider,
            event=news.event,
            defaults={
                "kind": news.kind[:80],
                "body_hash": hashlib.sha256(body).digest(),
                "payment": payment,
                "received_at": now,
            },
        )
        if fresh and payment is not None:
            enqueue(find_task("payments.look_at"), payment=payment.public_id)
        if fresh:
            tell_listeners(provider, news)
    return fresh


def _find_payment(provider: str, news: News) -> Payment | None:
    """Return the payment that news is about; another provider's is none of its business."""
    of_provider = Payment.objects.filter(provider=provider)
    if news.payment:
        return of_provider.filter(public_id=news.payment).first()
    if news.reference:
        return of_provider.filter(reference=news.reference).first()
    return None
