"""Housekeeping that keeps the shared tables small."""

from meadow.core import clock
from meadow.core.jobs import periodic, task
from meadow.core.services import sweep


@periodic(cron="17 * * * *")
@task(name="core.sweep")
def sweep_shared_tables(timestamp: int) -> None:
    """Drop what nobody can ask for any more."""
    sweep(now=clock.now())
