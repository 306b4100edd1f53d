"""Sending what was approved, in stages that a crash may come between.

1. *begin*: it is noted that the provider is about to be asked (`sending`), and when to look again.
2. *read*: was it asked before, the provider is read first, because an answer may have been lost.
3. *send*: the provider is asked, under an id that makes it happen once there.
4. *settle*: what it said is booked.

Whoever is stopped after any of them goes on by the clock: `due_payouts` finds it again.
"""

import datetime as dt
import logging
from typing import Final

from meadow.core.jobs import enqueue, find_task
from meadow.core.transactions import transaction, transaction_required
from meadow.payments.errors import ProviderAway
from meadow.payments.providers.port import News
from meadow.payouts.limits import FIRST_WAIT, LONGEST_WAIT, MOST_TRIES
from meadow.payouts.models import Payout
from meadow.payouts.providers import find_way
from meadow.payouts.providers.port import Order, Sent, Way
from meadow.payouts.records import PayoutRecord, payout_record
from meadow.payouts.services.locking import lock_payout
from meadow.payouts.services.methods import open_details
from meadow.payouts.services.settling import settle

log = logging.getLogger(__name__)
State = Payout.State
SENT_AT_ONCE: Final = 200


def send_payout(*, payout: str, now: dt.datetime) -> PayoutRecord:
    """Take an approved payout to its provider, or on from where it was stopped; again changes nothing.

    A provider that is away is asked again later, MOST_TRIES times at most; then operators see it.
    Raises PayoutMissing, WayMissing, DetailsUnreadable.
    """
    begun = begin_sending(payout=payout, now=now)
    if begun is None or begun.batch is None:
        with transaction():
            return payout_record(lock_payout(payout))
    way = find_way(begun.batch.provider)
    try:
        sent = _ask(way, begun, now)
    except ProviderAway:
        log.warning("payout %s waits: %s is away", payout, way.name)
        return payout_record(begun)
    with transaction():
        found = lock_payout(payout)
        settle(found, sent, provider=way.name, attempt=begun.attempt, now=now)
    return payout_record(found)


def begin_sending(*, payout: str, now: dt.datetime) -> Payout | None:
    """Note that the provider is about to be asked; None where there is nothing to ask it."""
    with transaction():
        found = lock_payout(payout)
        if found.batch is None or found.state not in (State.APPROVED, State.SENDING, State.SENT):
            return None
        if find_way(found.batch.provider).by_file:
            return None
        if found.state == State.APPROVED:
            found.state, found.tries = State.SENDING, 0
            found.attempt += 1
        found.tries += 1
        found.again_at = _again(found.tries, now)
        found.save()
        return found


def look_again(*, payout: str, operator_id: int, now: dt.datetime) -> PayoutRecord:
    """Have a provider asked again that was given up on. Raises PayoutMissing, PayoutElsewhere."""
    with transaction():
        found = lock_payout(payout, states=(State.SENDING, State.SENT), operator_id=operator_id)
        found.tries, found.again_at = 1, now
        found.save()
    return send_payout(payout=payout, now=now)


def hear_of_payout(*, payout: str, now: dt.datetime) -> PayoutRecord | None:
    """Read a payout from its provider after news of it: also one that was paid, and came back."""
    found = Payout.objects.select_related("method", "batch").filter(public_id=payout).first()
    if found is None or found.batch is None or found.attempt == 0:
        return None
    way = find_way(found.batch.provider)
    if way.by_file:
        return None
    sent = way.read(_order(found), now=now)
    if sent is None:
        return payout_record(found)
    attempt = found.attempt
    with transaction():
        found = lock_payout(payout)
        settle(found, sent, provider=way.name, attempt=attempt, now=now)
    return payout_record(found)


@transaction_required
def hear_of_transfer(provider: str, news: News) -> None:
    """Have a payout read from its provider that verified news is about, once the news is kept."""
    about = Payout.objects.filter(batch__provider=provider, reference=news.reference)
    for payout in about.values_list("public_id", flat=True)[:1]:
        enqueue(find_task("payouts.hear"), payout=payout)


def due_payouts(*, now: dt.datetime) -> list[str]:
    """Return the ids of payouts that the worker should look at, the longest waiting first."""
    due = Payout.objects.filter(again_at__lte=now).order_by("again_at", "pk")
    return list(due.values_list("public_id", flat=True)[:SENT_AT_ONCE])


def _ask(way: Way, begun: Payout, now: dt.datetime) -> Sent:
    order = _order(begun)
    if begun.tries > 1:
        known = way.read(order, now=now)
        if known is not None:
            return known
    return way.send(order, now=now)


def _order(found: Payout) -> Order:
    """Return what the provider is asked; each attempt is an order of its own there."""
    return Order(
        order=f"{found.public_id}-{found.attempt}",
        payout=found.public_id,
        amount=found.net,
        unit=found.unit,
        kind=found.method.kind,
        details=open_details(found.method.public_id),
    )


def _again(tries: int, now: dt.datetime) -> dt.datetime | None:
    if tries >= MOST_TRIES:
        return None
    wait: dt.timedelta = min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_WAIT)
    return now + wait
