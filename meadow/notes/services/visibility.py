"""Who a note is for: everybody, followers, or its author alone."""

import datetime as dt

from meadow.accounts.standing import hold_writer
from meadow.core.events import publish
from meadow.core.transactions import transaction
from meadow.notes.errors import VisibilityUnknown
from meadow.notes.events import NoteVisibilityChanged
from meadow.notes.models import Note
from meadow.notes.services.locking import lock_own_note
from meadow.notes.services.publishing import place_under_topics


def change_visibility(*, public_id: str, author_id: int, visibility: str, now: dt.datetime) -> Note:
    """Make an own note public, for followers or private; what it is already changes nothing.

    From the commit on its page, its cards and every address of its photos follow. Raises
    VisibilityUnknown, TooManyTopics, Suspended, NoteMissing or NotYourNote.
    """
    if visibility not in Note.Visibility.values:
        raise VisibilityUnknown
    with transaction():
        hold_writer(author_id, now=now)
        note = lock_own_note(public_id=public_id, author_id=author_id)
        if note.visibility == visibility:
            return note
        note.visibility = visibility
        note.save(update_fields=["visibility"])
        if note.state == Note.State.PUBLISHED:
            place_under_topics(note)
            publish(
                NoteVisibilityChanged(
                    note_id=note.pk,
                    note_public_id=note.public_id,
                    author_id=author_id,
                    visibility=visibility,
                )
            )
    return note
