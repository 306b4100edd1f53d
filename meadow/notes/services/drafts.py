"""Drafts: saved as their author types, seen by nobody else."""

import datetime as dt
from collections.abc import Mapping

from meadow.core.limits import check_rate
from meadow.core.transactions import transaction, transaction_required
from meadow.notes import limits
from meadow.notes.errors import (
    BodyTooLong,
    NoteAlreadyPublished,
    NoteMissing,
    TitleMissing,
    TitleTooLong,
)
from meadow.notes.models import Note, NotePhoto
from meadow.notes.services.concurrency import Editor, check_editor
from meadow.notes.services.locking import lock_own_note
from meadow.notes.text import clean_line, clean_text


def ensure_draft(*, public_id: str, author_id: int, now: dt.datetime) -> None:
    """Make an empty draft under an id that we handed out, unless the author has it already.

    The editor opens without writing anything; the first thing typed or added brings the draft into
    being. Raises RateLimited, or NoteMissing when the id is somebody else's or was deleted.
    """
    if Note.objects.filter(public_id=public_id).exists():
        _check_own(public_id=public_id, author_id=author_id)
        return
    check_rate(name="notes.create", rate=limits.NOTES_RATE, subject=f"person:{author_id}", now=now)
    with transaction():
        Note.objects.bulk_create(
            [Note(public_id=public_id, author_id=author_id, created_at=now, edited_at=now)],
            # Two first writes at once (a word and a photo) make one draft.
            ignore_conflicts=True,
        )
    _check_own(public_id=public_id, author_id=author_id)


def save_draft(
    *,
    public_id: str,
    author_id: int,
    title: str,
    body: str,
    now: dt.datetime,
    descriptions: Mapping[str, str] | None = None,
    editor: Editor | None = None,
) -> Note:
    """Keep what an author has typed so far, making the draft if it is the first time.

    `descriptions` maps upload public ids to the words a screen reader says for the photo.
    Raises TitleTooLong, BodyTooLong, NoteMissing, NotYourNote, NoteAlreadyPublished, RateLimited;
    TitleMissing for a scheduled note; WordsChanged when `editor` has not seen the words it replaces.
    """
    title, body = clean_words(title=title, body=body)
    ensure_draft(public_id=public_id, author_id=author_id, now=now)
    with transaction():
        note = lock_own_note(public_id=public_id, author_id=author_id)
        if note.state == Note.State.PUBLISHED:
            raise NoteAlreadyPublished
        if note.state == Note.State.SCHEDULED and not title:
            raise TitleMissing
        check_editor(note, editor, title=title, body=body)
        note.title, note.body, note.edited_at = title, body, now
        note.save(update_fields=["title", "body", "edited_at", "written_in"])
        describe_photos(note_id=note.pk, descriptions=descriptions or {})
    return note


def clean_words(*, title: str, body: str) -> tuple[str, str]:
    """Return title and body as they are stored. Raises TitleTooLong or BodyTooLong."""
    title, body = clean_line(title), clean_text(body)
    if len(title) > limits.TITLE_LENGTH:
        raise TitleTooLong(length=len(title), most=limits.TITLE_LENGTH)
    if len(body) > limits.BODY_LENGTH:
        raise BodyTooLong(length=len(body), most=limits.BODY_LENGTH)
    return title, body


@transaction_required
def describe_photos(*, note_id: int, descriptions: Mapping[str, str]) -> bool:
    """Set the descriptions of a note's photos; others are ignored. True if any changed."""
    changed = []
    if descriptions:
        photos = NotePhoto.objects.filter(note_id=note_id, upload__public_id__in=descriptions)
        for photo in photos.select_related("upload"):
            words = clean_line(descriptions[photo.upload.public_id])[: limits.DESCRIPTION_LENGTH]
            if photo.description != words:
                photo.description = words
                changed.append(photo)
    if changed:
        NotePhoto.objects.bulk_update(changed, ["description"])
    return bool(changed)


def _check_own(*, public_id: str, author_id: int) -> None:
    notes = Note.objects.filter(public_id=public_id, author_id=author_id)
    if not notes.exclude(state=Note.State.DELETED).exists():
        raise NoteMissing
