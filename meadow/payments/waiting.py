"""What of payments waits: payments that are open, refunds that were asked for, news of nobody's payment."""

from collections.abc import Collection

from django.db.models import QuerySet

from meadow.core.waiting import Ask, Total, Waiting, add_up
from meadow.core.waiting import oldest_first as _oldest_first
from meadow.payments.models import Payment, ProviderEvent, Refund


def open_payments(ask: Ask) -> list[Waiting]:
    """Return payments that can still come in, by when they were begun; `about` is the provider."""
    found = _oldest_first(_payments(), ask, when="opened_at")
    return [
        Waiting(one.public_id, one.opened_at, one.amount, one.unit, one.provider) for one in found
    ]


def sum_open_payments(ask: Ask) -> list[Total]:
    """Return how many payments are open and how much they are, by unit."""
    return add_up(_payments(), ask, when="opened_at", amount="amount", unit="unit")


def asked_refunds(ask: Ask) -> list[Waiting]:
    """Return refunds that their provider has not settled; `about` is the payment's public id."""
    rows = _refunds().select_related("payment")
    return [
        Waiting(one.public_id, one.asked_at, one.amount, one.payment.unit, one.payment.public_id)
        for one in _oldest_first(rows, ask, when="asked_at")
    ]


def sum_asked_refunds(ask: Ask) -> list[Total]:
    """Return how many refunds wait and how much they are, by unit."""
    return add_up(_refunds(), ask, when="asked_at", amount="amount", unit="payment__unit")


def lone_news(ask: Ask, *, known: Collection[str]) -> list[Waiting]:
    """Return verified news about no payment of ours, without the names in `known`.

    A name is the provider, a colon and the provider's own id of the news; `about` is its kind.
    """
    rows = _news(ask).order_by("received_at", "provider", "event")
    found = [
        Waiting(f"{one.provider}:{one.event}", one.received_at, None, "", one.kind)
        for one in rows[: ask.most + len(known)]
    ]
    places = [one for one in found if one.name not in known]
    if ask.after is not None:
        places = [one for one in places if (one.since, one.name) > ask.after]
    return sorted(places, key=lambda one: (one.since, one.name))[: ask.most]


def sum_lone_news(ask: Ask, *, known: Collection[str]) -> list[Total]:
    """Return how many pieces of news are about no payment of ours."""
    names = _news(Ask(now=ask.now, before=ask.before)).values_list("provider", "event")
    count = sum(f"{provider}:{event}" not in known for provider, event in names)
    return [Total("", count, 0)] if count else []


def _payments() -> "QuerySet[Payment]":
    return Payment.objects.filter(state__in=[Payment.State.OPENED, Payment.State.WAITING])


def _refunds() -> "QuerySet[Refund]":
    return Refund.objects.filter(state=Refund.State.ASKED)


def _news(ask: Ask) -> "QuerySet[ProviderEvent]":
    rows = ProviderEvent.objects.filter(payment__isnull=True)
    if ask.before is not None:
        rows = rows.filter(received_at__lt=ask.before)
    if ask.after is not None:
        rows = rows.filter(received_at__gte=ask.after[0])
    return rows
