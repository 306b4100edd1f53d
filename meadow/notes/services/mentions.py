"""Telling people that a note names them, once they may see it."""

import datetime as dt

from meadow.core.transactions import transaction
from meadow.notes.models import Mention
from meadow.notes.queries.access import can_see
from meadow.notifications.services import notify


def tell_mentioned(*, note_id: int, now: dt.datetime) -> int:
    """Tell everybody whom a note names and who was not told yet; returns how many.

    Who may not see the note (it is for followers, private, hidden, a block stands between) is not
    told, and waits until they may. Authors need not be told of themselves.
    """
    told = 0
    with transaction():
        waiting = list(
            Mention.objects.select_for_update(of=("self",))
            .filter(note_id=note_id, told_at__isnull=True, person__is_active=True)
            .select_related("note__author")
            .order_by("pk")
        )
        for mention in waiting:
            note = mention.note
            if mention.person_id == note.author_id:
                continue
            if not can_see(note_id=note_id, viewer_id=mention.person_id):
                continue
            mention.told_at = now
            mention.save(update_fields=["told_at"])
            notify(
                person_id=mention.person_id,
                kind="notes.mentioned",
                params={"handle": note.author.handle},
                url=f"/n/{note.public_id}",
                key=f"notes.mentioned:{note.public_id}",
                now=now,
            )
            told += 1
    return told
