"""Who has a note open, and telling them that something happened under it."""

import datetime as dt
from typing import Final

from django.db import connection

from meadow.core.clock import now as read_clock
from meadow.core.jobs import enqueue, find_task
from meadow.core.transactions import transaction_required
from meadow.notes.models import NoteWatch

# A page says that it is still open a few times in that span.
WATCH_FOR: Final = dt.timedelta(seconds=150)
RENEW_BEFORE: Final = dt.timedelta(seconds=60)
# Best-first orders are made anew once for everything that happens in that span.
ORDER_AFTER: Final = dt.timedelta(seconds=5)

_WATCH: Final = (
    "INSERT INTO notes_notewatch AS old (note_id, person_id, until) VALUES (%s, %s, %s)"
    " ON CONFLICT (note_id, person_id) DO UPDATE SET until = excluded.until"
    " WHERE old.until < %s"
)


def watch_note(*, note_id: int, person_id: int, now: dt.datetime) -> None:
    """Note that somebody has a note open; told again before the end, it writes only then."""
    until = now + WATCH_FOR
    with connection.cursor() as cursor:
        cursor.execute(_WATCH, [note_id, person_id, until, until - RENEW_BEFORE])


@transaction_required
def tell_readers(*, note_id: int) -> None:
    """Tell the open pages of a note to look again, and have its best-first order made anew.

    One job waits at most for each, whatever happens meanwhile.
    """
    moment = read_clock()
    if NoteWatch.objects.filter(note_id=note_id, until__gt=moment).exists():
        enqueue(
            find_task("notes.tell_readers"),
            queueing_lock=f"notes.readers:{note_id}",
            note_id=note_id,
        )
    enqueue(
        find_task("notes.order_comments"),
        queueing_lock=f"notes.order:{note_id}",
        schedule_at=moment + ORDER_AFTER,
        note_id=note_id,
    )
