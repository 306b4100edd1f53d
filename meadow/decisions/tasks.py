"""Those who answer appeals hear of the ones that are overdue."""

from meadow.core.clock import now
from meadow.core.jobs import periodic, task
from meadow.decisions.appeal_services import OVERDUE_A_RUN, tell_overdue


@periodic(cron="*/5 * * * *")
@task(name="decisions.tell_overdue", lock="decisions.tell_overdue")
def tell_of_overdue(timestamp: int) -> None:
    """Tell of appeals that have become overdue, each once."""
    while tell_overdue(now=now()) == OVERDUE_A_RUN:
        pass
