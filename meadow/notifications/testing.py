"""News for tests."""

import datetime as dt
import itertools
from typing import Any

from meadow.core.clock import now as read_clock
from meadow.core.ids import new_id
from meadow.notifications.models import Notification

_numbers = itertools.count(1)


def make_notification(
    person_id: int, *, kind: str = "tests.news", now: dt.datetime | None = None, **fields: Any
) -> Notification:
    """Return an unread notification, of a kind that no package has unless it is said."""
    fields = {"params": {}, "url": "/", "key": f"test-{next(_numbers)}"} | fields
    return Notification.objects.create(
        public_id=new_id("b"),
        person_id=person_id,
        kind=kind,
        created_at=now or read_clock(),
        **fields,
    )
