"""What promotion does by the clock."""

from meadow.core.clock import now
from meadow.core.jobs import periodic, task
from meadow.promotion.services.charging import charge_due
from meadow.promotion.services.ending import finish_due, settle_due
from meadow.promotion.services.projecting import reconcile_orders


# The sixth field is seconds.
@periodic(cron="* * * * * */10")
@task(name="promotion.reconcile", lock="promotion.reconcile", retry=False)
def reconcile(*, timestamp: int) -> None:
    """Bring orders up to what the warehouse counted: quiet ones, and what a crash left untold."""
    reconcile_orders(now=now())


@periodic(cron="23 * * * *")
@task(name="promotion.recount", lock="promotion.reconcile")
def recount(*, timestamp: int) -> None:
    """Count every order anew, also where nothing seems to have come: a warehouse may be made anew."""
    reconcile_orders(now=now(), whole=True)


@periodic(cron="* * * * * */2")
@task(name="promotion.charge", lock="promotion.charge", retry=False)
def charge(*, timestamp: int) -> None:
    """Charge orders for what was counted; what one run leaves, the next one takes."""
    charge_due(now=now())


@periodic(cron="* * * * * */5")
@task(name="promotion.end", lock="promotion.end", retry=False)
def end(*, timestamp: int) -> None:
    """End orders that are over or spent, and give back what ended ones have left."""
    finish_due(now=now())
    settle_due(now=now())
