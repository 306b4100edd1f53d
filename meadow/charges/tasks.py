"""What charges do by the clock: those whose time is over end."""

from meadow.charges import services
from meadow.core.clock import now
from meadow.core.jobs import periodic, task


@periodic(cron="* * * * *")
@task(name="charges.end_due", lock="charges.end_due", retry=False)
def end_due(*, timestamp: int) -> None:
    """End what is over; what one run leaves, the next minute takes."""
    services.end_due(now=now())
