"""E-mail leaves by jobs: a mail server that is away is waited for."""

from meadow.core.clock import now
from meadow.core.jobs import OUTLAST, task
from meadow.notifications import letters


@task(name="notifications.send_letters", queue="mail", retry=OUTLAST)
def send_letters(*, notification_ids: list[int]) -> None:
    """Send the letters of these notifications, those of them that still wait."""
    letters.send_letters(notification_ids=notification_ids, now=now())
