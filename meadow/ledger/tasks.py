"""What the ledger does by the clock: holds end, and every night the books are proven."""

import logging

from meadow.core.clock import now
from meadow.core.jobs import periodic, task
from meadow.core.transactions import transaction
from meadow.ledger import services

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
    breaches = services.prove_books(by="clock", clock=now).breaches
    for breach in breaches:
        log.error("%s: %s (%s)", breach.name, breach.where, breach.found)
    if breaches:
        raise BooksBroken(", ".join(breach.name for breach in breaches))


# With the lock of the nightly one: two proofs at once would only make each other slow.
@task(name="ledger.prove", lock="ledger.check", retry=False)
def prove(*, check: str) -> None:
    """Prove the books because an operator asked; what came of it is on its page."""
    services.run_check(check=check, clock=now)


class BooksBroken(RuntimeError):
    """An invariant of the books does not hold: `meadow ledger check` says which, and where."""
