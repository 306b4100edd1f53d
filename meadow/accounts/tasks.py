"""Housekeeping of what is noted beside sessions."""

from meadow.accounts.services import forget_ended_devices
from meadow.core.jobs import periodic, task


@periodic(cron="37 * * * *")
@task(name="accounts.forget_devices")
def forget_devices(timestamp: int) -> None:
    """Drop the address and browser of sessions that are over."""
    forget_ended_devices()
