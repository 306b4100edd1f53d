"""What the operator's finance does by the clock: proposals that nobody decides end."""

from meadow.core.clock import now
from meadow.core.jobs import periodic, task
from meadow.finance import services


@periodic(cron="*/5 * * * *")
@task(name="finance.expire_proposals", lock="finance.expire_proposals", retry=False)
def expire_proposals(*, timestamp: int) -> None:
    """End proposals whose time is over; what one run leaves, the next one takes."""
    services.expire_proposals(now=now())
