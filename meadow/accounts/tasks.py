"""Housekeeping of what is noted beside sessions; follows told on as facts once they have committed."""

import datetime as dt
from typing import Any

from meadow.accounts.events import PersonFollowed, PersonUnfollowed
from meadow.accounts.queries import get_pseudonym
from meadow.accounts.services import forget_ended_devices
from meadow.analytics.services import publish_activity
from meadow.core.clock import now
from meadow.core.events import from_json
from meadow.core.jobs import periodic, task


@periodic(cron="37 * * * *")
@task(name="accounts.forget_devices")
def forget_devices(timestamp: int) -> None:
    """Drop the address and browser of sessions that are over."""
    forget_ended_devices()


@task(name="accounts.count_follow", queue="facts")
def count_follow(event: dict[str, Any]) -> None:
    """Tell that somebody follows somebody."""
    _count_tie("follow", from_json(PersonFollowed, event))


@task(name="accounts.count_unfollow", queue="facts")
def count_unfollow(event: dict[str, Any]) -> None:
    """Tell that somebody stopped following somebody."""
    _count_tie("unfollow", from_json(PersonUnfollowed, event))


def _count_tie(kind: str, told: PersonFollowed | PersonUnfollowed) -> None:
    publish_activity(
        kind=kind,
        note_id=0,
        author_id=told.followed_id,
        person=get_pseudonym(told.follower_id),
        surface="profile",
        at=dt.datetime.fromisoformat(told.at),
        now=now(),
    )
