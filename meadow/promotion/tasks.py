"""What promotion does by the clock."""

from meadow.core.clock import now
from meadow.core.jobs import periodic, task
from meadow.promotion.services.projecting import reconcile_orders


@periodic(cron="*/10 * * * * *")
@task(name="promotion.reconcile", lock="promotion.reconcile", retry=False)
def reconcile(*, timestamp: int) -> None:
    """Bring orders up to what the warehouse counted: quiet ones, and what a crash left untold."""
    reconcile_orders(now=now())


@periodic(cron="23 * * * *")
@task(name="promotion.recount", lock="promotion.reconcile")
def recount(*, timestamp: int) -> None:
    """Count every order anew, also where nothing seems to have come: a warehouse may be made anew."""
    reconcile_orders(now=now(), whole=True)
