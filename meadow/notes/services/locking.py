"""Rows taken in one order: the note first, whatever hangs under it afterwards."""

from meadow.core.transactions import transaction_required
from meadow.notes.errors import NoteMissing, NotYourNote
from meadow.notes.models import Note
from meadow.notes.queries.access import can_see


@transaction_required
def lock_own_note(*, public_id: str, author_id: int) -> Note:
    """Return an own note that is not deleted, locked. Raises NoteMissing or NotYourNote."""
    note = (
        Note.objects.select_for_update(no_key=True)
        .filter(public_id=public_id)
        .exclude(state=Note.State.DELETED)
        .first()
    )
    if note is None:
        raise NoteMissing
    if note.author_id != author_id:
        if not can_see(note_id=note.pk, viewer_id=author_id, blocks=False):
            raise NoteMissing
        raise NotYourNote
    return note


@transaction_required
def lock_note(*, note_id: int) -> None:
    """Hold a note's row until the use case ends."""
    Note.objects.select_for_update(no_key=True).filter(pk=note_id).values_list("pk").first()


@transaction_required
def lock_published(*, public_id: str) -> None:
    """Hold a published note's row until the use case ends. Raises NoteMissing.

    Whoever waited for it sees afterwards what was decided meanwhile.
    """
    published = Note.objects.select_for_update(no_key=True).filter(
        public_id=public_id, state=Note.State.PUBLISHED
    )
    if published.values_list("pk").first() is None:
        raise NoteMissing
