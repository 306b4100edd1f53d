"""Holding a day of a provider against our books: what one has and the other does not."""

import datetime as dt
from collections.abc import Iterator

from django.db.models import Sum

from meadow.core.transactions import transaction
from meadow.payments.errors import ProviderRefused
from meadow.payments.models import Difference, Payment, Reconciliation, Refund
from meadow.payments.providers import find_provider, list_providers
from meadow.payments.providers.port import Listed, Outcome, Provider
from meadow.payments.services.looking import look_at_payment

Kind = Difference.Kind


def reconcile_day(*, day: dt.date, now: dt.datetime) -> int:
    """Compare one day (UTC) of every provider that is on; returns how many differences there are.

    What came in unnoticed is booked on the way. Raises ProviderAway.
    """
    return sum(reconcile_provider(provider=one.name, day=day, now=now) for one in list_providers())


def reconcile_provider(*, provider: str, day: dt.date, now: dt.datetime) -> int:
    """Compare one day (UTC) of one provider; again takes the place of what was found before.

    Raises ProviderMissing, ProviderAway.
    """
    way = find_provider(provider)
    since = dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
    until = since + dt.timedelta(days=1)
    listed = list(way.list_charges(since=since, until=until)) if way.lists_charges else []
    found = [difference for one in listed for difference in _judge(provider, one, now)]
    seen = {one.payment for one in listed}
    ours = Payment.objects.filter(
        provider=provider, opened_at__gte=since, opened_at__lt=until
    ).exclude(public_id__in=seen)
    charges = len(listed)
    for payment in ours.order_by("pk"):
        charges += 1
        found += _judge_ours(way, payment, now)
    with transaction():
        kept, _fresh = Reconciliation.objects.update_or_create(
            provider=provider, day=day, defaults={"charges": charges, "compared_at": now}
        )
        kept.differences.all().delete()
        for one in found:
            one.reconciliation = kept
        Difference.objects.bulk_create(found)
    return len(found)


def _judge(provider: str, listed: Listed, now: dt.datetime) -> Iterator[Difference]:
    """Yield where a charge that came in there differs from our books."""
    ours = Payment.objects.filter(provider=provider, public_id=listed.payment).first()
    if ours is None:
        yield _difference(Kind.UNKNOWN_HERE, listed, ours=0, theirs=listed.amount)
        return
    if ours.state != Payment.State.SUCCEEDED:
        # News of it may have been lost: then it is booked now, and there is no difference.
        look_at_payment(public_id=ours.public_id, now=now)
        ours.refresh_from_db()
    if ours.state != Payment.State.SUCCEEDED:
        yield _difference(Kind.NOT_BOOKED, listed, ours=0, theirs=listed.amount)
        return
    if (ours.amount, ours.unit) != (listed.amount, listed.unit):
        yield _difference(Kind.AMOUNT, listed, ours=ours.amount, theirs=listed.amount)
    settled = Refund.objects.filter(payment=ours, state=Refund.State.SUCCEEDED)
    given_back = settled.aggregate(sum=Sum("amount"))["sum"] or 0
    # Refunds on their way may be there already.
    if not given_back <= listed.refunded <= ours.refunded:
        yield _difference(Kind.REFUNDED, listed, ours=given_back, theirs=listed.refunded)


def _judge_ours(way: Provider, payment: Payment, now: dt.datetime) -> list[Difference]:
    """Return where a payment of ours that the provider did not list differs from what it says of it.

    It may have been listed under the next day, and some providers list nothing.
    """
    if not payment.reference:
        return []
    try:
        standing = way.read(payment.reference, payment=payment.public_id, now=now)
    except ProviderRefused:
        came_in, theirs = False, 0
    else:
        came_in = standing.outcome == Outcome.SUCCEEDED
        theirs = standing.amount if came_in else 0
    if came_in and payment.state != Payment.State.SUCCEEDED:
        look_at_payment(public_id=payment.public_id, now=now)
        payment.refresh_from_db()
    booked = payment.amount if payment.state == Payment.State.SUCCEEDED else 0
    if booked == theirs:
        return []
    kind = Kind.AMOUNT if booked and theirs else Kind.NOT_BOOKED if theirs else Kind.NOT_THERE
    return [
        Difference(
            kind=kind,
            payment=payment.public_id,
            reference=payment.reference,
            unit=payment.unit,
            ours=booked,
            theirs=theirs,
        )
    ]


def _difference(kind: str, listed: Listed, *, ours: int, theirs: int) -> Difference:
    return Difference(
        kind=kind,
        payment=listed.payment[:24],
        reference=listed.reference,
        unit=listed.unit[:3],
        ours=ours,
        theirs=theirs,
    )
