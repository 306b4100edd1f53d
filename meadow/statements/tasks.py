"""What statements do by the clock: say that the one of last month is there."""

from meadow.core.clock import now
from meadow.core.jobs import OUTLAST, periodic, task
from meadow.statements.services import tell_of_last_month


# Some days in a row, so that nobody misses theirs while the worker is down; nobody is told twice.
@periodic(cron="40 5 1-5 * *")
@task(name="statements.tell", lock="statements.tell", retry=OUTLAST)
def tell(*, timestamp: int) -> None:
    """Tell people that the statement of last month is there."""
    tell_of_last_month(now=now())
