"""What payouts do by the clock: pay whose turn has come, send, look again, keep details sealed."""

import logging

from meadow.core.clock import now
from meadow.core.jobs import OUTLAST, enqueue, find_task, periodic, task
from meadow.payouts import services
from meadow.payouts.errors import WayMissing

log = logging.getLogger(__name__)


@task(name="payouts.send", retry=OUTLAST)
def send(*, payout: str) -> None:
    """Take a payout to its provider, or on from where that was stopped."""
    try:
        services.send_payout(payout=payout, now=now())
    except WayMissing:
        log.warning("payout %s waits: its way to pay out is turned off", payout)


@task(name="payouts.hear", retry=OUTLAST)
def hear(*, payout: str) -> None:
    """Read a payout from its provider after news of it."""
    services.hear_of_payout(payout=payout, now=now())


@periodic(cron="* * * * *")
@task(name="payouts.carry_on", lock="payouts.carry_on", retry=False)
def carry_on(*, timestamp: int) -> None:
    """Have everything sent or looked at whose time has come."""
    for payout in services.due_payouts(now=now()):
        enqueue(find_task("payouts.send"), queueing_lock=f"payouts.send-{payout}", payout=payout)


@periodic(cron="*/15 * * * *")
@task(name="payouts.take_turns", lock="payouts.take_turns", retry=False)
def take_turns(*, timestamp: int) -> None:
    """Pay out those whose turn has come, each in a transaction of their own."""
    moment = now()
    for person in services.due_payees(now=moment):
        services.ask_scheduled(person_id=person, now=moment)


@periodic(cron="40 3 * * *")
@task(name="payouts.reseal", lock="payouts.reseal", retry=False)
def reseal(*, timestamp: int) -> None:
    """Seal anew what older keys sealed, and forget details that nobody needs any more."""
    while services.reseal_methods(now=now()):
        pass
