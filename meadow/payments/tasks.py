"""What payments do by the clock and after news: look, book, give back."""

import datetime as dt
import logging

from meadow.core.clock import now
from meadow.core.jobs import OUTLAST, enqueue, find_task, periodic, task
from meadow.payments import services
from meadow.payments.errors import ProviderMissing
from meadow.payments.services.playing import tell_of_play

log = logging.getLogger(__name__)


@task(name="payments.look_at", retry=OUTLAST)
def look_at(*, payment: str) -> None:
    """Read a payment from its provider and book what came in; a provider that is away is waited for."""
    try:
        services.look_at_payment(public_id=payment, now=now())
    except ProviderMissing:
        log.warning("payment %s waits: its provider is turned off", payment)


@task(name="payments.send_refund", retry=OUTLAST)
def send_refund(*, refund: str) -> None:
    """Have the provider give a refund back, once however often this runs."""
    services.send_refund(refund=refund, now=now())


@periodic(cron="*/5 * * * *")
@task(name="payments.look_at_waiting", lock="payments.look_at_waiting", retry=False)
def look_at_waiting(*, timestamp: int) -> None:
    """Have everything looked at that waits, in case news of it was lost."""
    for payment in services.due_payments(now=now()):
        enqueue(
            find_task("payments.look_at"), queueing_lock=f"payments.look-{payment}", payment=payment
        )
    for refund in services.due_refunds(now=now()):
        enqueue(
            find_task("payments.send_refund"),
            queueing_lock=f"payments.refund-{refund}",
            refund=refund,
        )


@periodic(cron="20 4 * * *")
@task(name="payments.reconcile", lock="payments.reconcile", retry=OUTLAST)
def reconcile(*, timestamp: int) -> None:
    """Hold yesterday, and the day before again, against what the providers say."""
    moment = now()
    for days in (2, 1):
        day = moment.date() - dt.timedelta(days=days)
        found = services.reconcile_day(day=day, now=moment)
        if found:
            log.error("%s differences with payment providers on %s", found, day)


@task(name="payments.sandbox_tells")
def sandbox_tells(*, payment: str, event: str) -> None:
    """Send the signed news of the sandbox."""
    tell_of_play(payment=payment, event=event, now=now())


@periodic(cron="*/10 * * * *")
@task(name="payments.tell_of_low", lock="payments.tell_of_low", retry=False)
def tell_of_low(*, timestamp: int) -> None:
    """Tell those whose wallet is lower than they wanted to know of, once until it is up again."""
    services.tell_of_low(now=now())
