"""Deleting: out of sight at once, back for 30 days on its author's word, then gone with its files."""

import datetime as dt

from meadow.accounts.standing import hold_writer
from meadow.core.events import publish
from meadow.core.transactions import transaction, transaction_required
from meadow.integrity.moderation.queue import is_under_review
from meadow.media.services import discard_upload
from meadow.notes import limits
from meadow.notes.errors import NoteMissing, NoteStands, NoteUnderReview
from meadow.notes.events import NoteDeleted, NoteRestored
from meadow.notes.models import Note, NotePhoto, NoteVideo, PinnedNote
from meadow.notes.services.locking import lock_own_note
from meadow.notes.services.publishing import place_under_topics, set_topics

PURGE_BATCH = 50


def delete_note(*, public_id: str, author_id: int, now: dt.datetime) -> None:
    """Take a note or draft from view; its author can bring it back for 30 days.

    A draft without anything in it is gone at once. Deleting a second time changes nothing. Raises
    NoteMissing or NotYourNote.
    """
    with transaction():
        if Note.objects.filter(
            public_id=public_id, author_id=author_id, state=Note.State.DELETED
        ).exists():
            return
        note = lock_own_note(public_id=public_id, author_id=author_id)
        if note.state != Note.State.PUBLISHED and _is_empty(note):
            note.delete()
            return
        published = note.state == Note.State.PUBLISHED
        note.state, note.deleted_at, note.publish_at = Note.State.DELETED, now, None
        note.save(update_fields=["state", "deleted_at", "publish_at"])
        if published:
            set_topics(note_id=note.pk, found={})
            PinnedNote.objects.filter(note=note).delete()
            publish(NoteDeleted(note_id=note.pk, note_public_id=public_id, author_id=author_id))


def bring_back_note(*, public_id: str, author_id: int, now: dt.datetime) -> Note:
    """Undo a deletion of the last 30 days: published again with all it had, or a draft again.

    What is not deleted stays as it is. Raises NoteMissing, also after the 30 days, NotYourNote or
    Suspended.
    """
    with transaction():
        hold_writer(author_id, now=now)
        note = (
            Note.objects.select_for_update(no_key=True)
            .filter(public_id=public_id, author_id=author_id, state=Note.State.DELETED)
            .first()
        )
        if note is None:
            return lock_own_note(public_id=public_id, author_id=author_id)
        if note.deleted_at is None or now - note.deleted_at > limits.RESTORE_WITHIN:
            raise NoteMissing
        published = note.published_at is not None
        note.state = Note.State.PUBLISHED if published else Note.State.DRAFT
        note.deleted_at = None
        note.save(update_fields=["state", "deleted_at"])
        if published:
            place_under_topics(note)
            publish(
                NoteRestored(
                    note_id=note.pk,
                    note_public_id=public_id,
                    author_id=author_id,
                    visibility=note.visibility,
                )
            )
    return note


def delete_for_good(*, public_id: str, author_id: int, now: dt.datetime) -> None:
    """Remove an own deleted note now, as the end of the 30 days would.

    Nobody sees its photos from that moment; media's sweep takes the files. Raises NoteMissing, NotYourNote,
    NoteStands where it is not deleted, Suspended, or NoteUnderReview while those who keep order look at it.
    """
    with transaction():
        hold_writer(author_id, now=now)
        note = (
            Note.objects.select_for_update()
            .filter(public_id=public_id, author_id=author_id, state=Note.State.DELETED)
            .first()
        )
        if note is None:
            lock_own_note(public_id=public_id, author_id=author_id)
            raise NoteStands
        if note.hidden_at is not None or is_under_review(kind="note", public_id=public_id):
            raise NoteUnderReview
        _remove([note.pk])


def purge_deleted(*, now: dt.datetime) -> int:
    """Remove for good what was deleted more than 30 days ago; returns how many notes.

    Their uploads are released in the same transaction, and media's sweep takes rows and files.
    """
    done = 0
    while purged := _purge_batch(now=now):
        done += purged
    return done


def _purge_batch(*, now: dt.datetime) -> int:
    with transaction():
        notes = list(
            Note.objects.select_for_update(skip_locked=True)
            .filter(state=Note.State.DELETED, deleted_at__lt=now - limits.RESTORE_WITHIN)
            .order_by("pk")[:PURGE_BATCH]
        )
        ids = [note.pk for note in notes]
        _remove(ids)
    return len(ids)


@transaction_required
def _remove(note_ids: list[int]) -> None:
    release_media(note_ids)
    Note.objects.filter(pk__in=note_ids).delete()


@transaction_required
def release_media(note_ids: list[int]) -> None:
    """Let go of everything these notes show: nobody sees it from now on, and media's sweep removes it."""
    photos = NotePhoto.objects.filter(note_id__in=note_ids)
    videos = NoteVideo.objects.filter(note_id__in=note_ids)
    # The still of a video may be its cover: one upload, shown in both.
    uploads = set(photos.values_list("upload_id", flat=True))
    uploads |= set(videos.values_list("upload_id", flat=True))
    photos.delete()
    videos.delete()
    for upload_id in sorted(uploads):
        discard_upload(upload_id=upload_id)


@transaction_required
def _is_empty(note: Note) -> bool:
    return not (note.title or note.body or NotePhoto.objects.filter(note=note).exists())
