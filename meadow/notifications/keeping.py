"""Old news goes: how long it is kept is data, and what is over its time leaves in batches."""

import datetime as dt
from typing import Final

from meadow.core.transactions import transaction, transaction_required
from meadow.notifications.models import KeepRule, Notification

ROWS_A_BATCH: Final = 1_000


def forget_old(*, now: dt.datetime) -> int:
    """Delete one batch of news that is over its time, with its letters; returns how many.

    0 means that none is left. News whose row somebody holds just now is left to the next batch.
    """
    with transaction():
        for kind, days in get_keep_days().items():
            if days is None:
                continue
            if rows := _lock_older(kind, than=now - dt.timedelta(days=days)):
                Notification.objects.filter(pk__in=rows).delete()
                return len(rows)
    return 0


def get_keep_days() -> dict[str, int | None]:
    """Return for how many days read and unread news is kept; None is for ever."""
    kept: dict[str, int | None] = dict.fromkeys(KeepRule.Kind.values)
    return kept | dict(KeepRule.objects.values_list("kind", "keep_days"))


@transaction_required
def _lock_older(kind: str, *, than: dt.datetime) -> list[int]:
    since = "read_at" if kind == KeepRule.Kind.READ else "created_at"
    old = Notification.objects.filter(
        **{f"{since}__lt": than, "read_at__isnull": kind == KeepRule.Kind.UNREAD}
    )
    rows = old.order_by(since).select_for_update(skip_locked=True).values_list("pk", flat=True)
    return list(rows[:ROWS_A_BATCH])
