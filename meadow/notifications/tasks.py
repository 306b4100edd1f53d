"""E-mail leaves by jobs: a mail server that is away is waited for. Old news goes each night."""

from meadow.core.clock import now
from meadow.core.jobs import OUTLAST, periodic, task
from meadow.notifications import keeping, letters


@task(name="notifications.send_letters", queue="mail", retry=OUTLAST)
def send_letters(*, notification_ids: list[int]) -> None:
    """Send the letters of these notifications, those of them that still wait."""
    letters.send_letters(notification_ids=notification_ids, now=now())


@periodic(cron="23 3 * * *")
@task(name="notifications.forget_old", lock="notifications.forget_old")
def forget_old(timestamp: int) -> None:
    """Delete news that is over its time, batch by batch."""
    at = now()
    while keeping.forget_old(now=at):
        pass
