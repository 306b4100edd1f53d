"""How a published note read before: kept with every change, for everybody who may see the note."""

import datetime as dt

from meadow.core.transactions import transaction_required
from meadow.notes.models import Note, NotePhoto, NoteVersion
from meadow.notes.services.locking import lock_own_note


@transaction_required
def lock_to_change(*, public_id: str, author_id: int) -> Note:
    """Return an own note, locked; of a published one, what it says now is kept before it changes.

    Raises NoteMissing or NotYourNote.
    """
    note = lock_own_note(public_id=public_id, author_id=author_id)
    known = NoteVersion.objects.filter(note_id=note.pk).exists()
    if note.state == Note.State.PUBLISHED and note.published_at and not known:
        _add(note, number=1, at=max(note.published_at, note.edited_at))
    return note


@transaction_required
def keep_version(note: Note, *, now: dt.datetime) -> None:
    """Keep what a published note says from now on, unless it says the same as before."""
    if note.state != Note.State.PUBLISHED:
        return
    last = NoteVersion.objects.filter(note_id=note.pk).order_by("-number").first()
    if last is None:
        return
    if (last.title, last.body, last.photos) != (note.title, note.body, _photos(note.pk)):
        _add(note, number=last.number + 1, at=now)


@transaction_required
def _add(note: Note, *, number: int, at: dt.datetime) -> None:
    NoteVersion.objects.create(
        note_id=note.pk,
        number=number,
        title=note.title,
        body=note.body,
        photos=_photos(note.pk),
        kept_at=at,
    )


@transaction_required
def _photos(note_id: int) -> list[dict[str, str]]:
    photos = NotePhoto.objects.filter(note_id=note_id).order_by("position")
    return [
        {"id": public_id, "description": description}
        for public_id, description in photos.values_list("upload__public_id", "description")
    ]
