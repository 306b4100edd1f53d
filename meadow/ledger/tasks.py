"""What the ledger does by the clock: holds end, and every night the books are proven."""

import logging

from meadow.core.clock import now
from meadow.core.jobs import periodic, task
from meadow.core.transactions import transaction
from meadow.ledger import services
from meadow.ledger.checking import check_books

log = logging.getLogger(__name__)


@periodic(cron="* * * * *")
@task(name="ledger.expire_holds", lock="ledger.expire_holds", retry=False)
def expire_holds(*, timestamp: int) -> None:
    """Give back what holds that are over have left; what one run leaves, the next minute takes."""
    while True:
        with transaction():
            ended = services.expire_holds(now=now())
        if ended < services.EXPIRED_AT_ONCE:
            return


@periodic(cron="50 3 * * *")
@task(name="ledger.check", lock="ledger.check", retry=False)
def check(*, timestamp: int) -> None:
    """Prove the books; the job fails, and stays in the list of failed jobs, when they are not whole."""
    breaches = list(check_books())
    for breach in breaches:
        log.error("%s: %s (%s)", breach.invariant.name, breach.where, breach.found)
    if breaches:
        raise BooksBroken(", ".join(breach.invariant.name for breach in breaches))


class BooksBroken(RuntimeError):
    """An invariant of the books does not hold: `meadow ledger check` says which, and where."""
