"""The photos of a note: up to nine, in an order, the first of them the cover."""

import datetime as dt
from collections.abc import Mapping, Sequence

from meadow.core.events import publish
from meadow.core.transactions import transaction, transaction_required
from meadow.media.services import attach_upload, release_upload
from meadow.notes import limits
from meadow.notes.errors import (
    CoverNotReady,
    LastPhoto,
    NoteHoldsVideo,
    PhotoNotInNote,
    TooManyPhotos,
)
from meadow.notes.events import NoteEdited
from meadow.notes.models import Note, NotePhoto
from meadow.notes.services.drafts import describe_photos
from meadow.notes.services.versions import keep_version, lock_to_change


def attach_photo(
    *, public_id: str, author_id: int, upload_public_id: str, now: dt.datetime
) -> None:
    """Add an own upload, rendered or not, behind the photos that are there.

    The note's row is locked first, so that two windows cannot both take the last place.
    Raises TooManyPhotos, UploadMissing, UploadTaken, NoteMissing or NotYourNote.
    """
    with transaction():
        note = lock_to_change(public_id=public_id, author_id=author_id)
        _refuse_video(note)
        count = NotePhoto.objects.filter(note=note).count()
        if count >= limits.MOST_PHOTOS:
            raise TooManyPhotos(most=limits.MOST_PHOTOS)
        upload_id = attach_upload(
            public_id=upload_public_id, owner_id=author_id, purpose="note_photo", now=now
        )
        NotePhoto.objects.create(note=note, upload_id=upload_id, position=count)
        _touch(note, now=now)


def detach_photo(
    *, public_id: str, author_id: int, upload_public_id: str, now: dt.datetime
) -> None:
    """Take a photo out; the ones behind it move up.

    Raises PhotoNotInNote, or for a published note LastPhoto or CoverNotReady.
    """
    with transaction():
        note = lock_to_change(public_id=public_id, author_id=author_id)
        _refuse_video(note)
        photos = _photos(note)
        leaving = [photo for photo in photos if photo.upload.public_id == upload_public_id]
        if not leaving:
            raise PhotoNotInNote
        rest = [photo for photo in photos if photo is not leaving[0]]
        if note.state == Note.State.PUBLISHED and not rest:
            raise LastPhoto
        leaving[0].delete()
        release_upload(upload_id=leaving[0].upload_id)
        _place(note, rest, now=now)


def move_photo(
    *, public_id: str, author_id: int, upload_public_id: str, by: int, now: dt.datetime
) -> None:
    """Move a photo `by` places, negative towards the cover; it stops at either end.

    Raises PhotoNotInNote, or CoverNotReady for a published note.
    """
    with transaction():
        note = lock_to_change(public_id=public_id, author_id=author_id)
        photos = _photos(note)
        moving = [photo for photo in photos if photo.upload.public_id == upload_public_id]
        if not moving:
            raise PhotoNotInNote
        place = photos.index(moving[0])
        photos.remove(moving[0])
        photos.insert(max(0, min(len(photos), place + by)), moving[0])
        _place(note, photos, now=now)


def reorder_photos(
    *, public_id: str, author_id: int, upload_public_ids: Sequence[str], now: dt.datetime
) -> None:
    """Put the photos into this order; photos it does not name follow in the order they had.

    Raises PhotoNotInNote for an id that is not of this note, or CoverNotReady.
    """
    with transaction():
        note = lock_to_change(public_id=public_id, author_id=author_id)
        photos = {photo.upload.public_id: photo for photo in _photos(note)}
        if not set(upload_public_ids) <= photos.keys():
            raise PhotoNotInNote
        order = list(dict.fromkeys([*upload_public_ids, *photos]))
        _place(note, [photos[one] for one in order], now=now)


def set_photos(
    *, public_id: str, author_id: int, descriptions: Mapping[str, str], now: dt.datetime
) -> None:
    """Make these uploads, in this order, all the photos of a note; keys are upload public ids.

    Raises TooManyPhotos, UploadMissing, UploadTaken, and for a published note LastPhoto or
    CoverNotReady; then nothing has changed.
    """
    if len(descriptions) > limits.MOST_PHOTOS:
        raise TooManyPhotos(most=limits.MOST_PHOTOS)
    with transaction():
        note = lock_to_change(public_id=public_id, author_id=author_id)
        _refuse_video(note)
        if note.state == Note.State.PUBLISHED and not descriptions:
            raise LastPhoto
        present = {photo.upload.public_id: photo for photo in _photos(note)}
        for one in present.keys() - descriptions.keys():
            present[one].delete()
            release_upload(upload_id=present[one].upload_id)
        for place, one in enumerate(descriptions):
            if one not in present:
                upload_id = attach_upload(
                    public_id=one, owner_id=author_id, purpose="note_photo", now=now
                )
                NotePhoto.objects.create(note=note, upload_id=upload_id, position=place)
        describe_photos(note_id=note.pk, descriptions=descriptions)
        photos = {photo.upload.public_id: photo for photo in _photos(note)}
        if photos:
            _place(note, [photos[one] for one in descriptions], now=now)


def _refuse_video(note: Note) -> None:
    """A note of a video has one photo, its cover, which services/videos.py looks after."""
    if note.kind == Note.Kind.VIDEO:
        raise NoteHoldsVideo


@transaction_required
def _photos(note: Note) -> list[NotePhoto]:
    return list(NotePhoto.objects.filter(note=note).select_related("upload").order_by("position"))


@transaction_required
def _place(note: Note, photos: Sequence[NotePhoto], *, now: dt.datetime) -> None:
    """Write the places of `photos`; uniqueness of places is checked at commit."""
    if note.state == Note.State.PUBLISHED and photos[0].upload.state != "ready":
        raise CoverNotReady
    for place, photo in enumerate(photos):
        photo.position = place
    NotePhoto.objects.bulk_update(photos, ["position"])
    _touch(note, now=now)


@transaction_required
def _touch(note: Note, *, now: dt.datetime) -> None:
    Note.objects.filter(pk=note.pk).update(edited_at=now)
    keep_version(note, now=now)
    if note.state == Note.State.PUBLISHED:
        publish(
            NoteEdited(note_id=note.pk, note_public_id=note.public_id, author_id=note.author_id)
        )
