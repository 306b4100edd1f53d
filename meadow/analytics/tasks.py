"""Sends what waited while the stream was away."""

import logging

from meadow.analytics.services import send_activity
from meadow.core.errors import EngineUnavailable
from meadow.core.jobs import periodic, task

log = logging.getLogger("meadow.analytics.tasks")


@periodic(cron="* * * * *")
@task(name="analytics.send_activity", queue="facts", retry=False)
def send_waiting_activity(timestamp: int) -> None:
    """Send what is left each minute; while the stream is away it stays, and the next run tries."""
    try:
        send_activity()
    except EngineUnavailable:
        log.warning("the stream is away: activity waits in PostgreSQL")
