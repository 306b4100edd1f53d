"""Photos of a note: nine places, an order, a cover that can be seen."""

import threading
from typing import Any

import pytest
from django.db import DatabaseError

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.core.testing import race
from meadow.media.errors import UploadMissing, UploadTaken
from meadow.media.models import Upload
from meadow.media.services import attach_upload
from meadow.media.testing import make_upload
from meadow.notes import errors, services
from meadow.notes.models import Note, NotePhoto
from meadow.notes.queries import get_edited_note, get_note
from meadow.notes.services import photos
from meadow.notes.testing import WHEN, make_note


def order(note: Note) -> Any:
    return list(
        NotePhoto.objects.filter(note=note)
        .order_by("position")
        .values_list("upload__public_id", "position")
    )


def ids(note: Note) -> Any:
    return [public_id for public_id, _position in order(note)]


def attach(note: Note, author: Person, upload: Upload) -> Any:
    services.attach_photo(
        public_id=note.public_id,
        author_id=author.pk,
        upload_public_id=upload.public_id,
        now=WHEN,
    )


@pytest.mark.django_db
def test_photos_are_added_behind_moved_and_taken_out() -> None:
    ann = make_person()
    note = make_note(ann.pk, published=False, photos=0)
    uploads = [make_upload(ann.pk) for _ in range(3)]
    names = [upload.public_id for upload in uploads]
    for upload in uploads:
        attach(note, ann, upload)
    act: Any = {"public_id": note.public_id, "author_id": ann.pk, "now": WHEN}

    added = ids(note)
    services.move_photo(**act, upload_public_id=names[2], by=-1)
    moved = ids(note)
    services.move_photo(**act, upload_public_id=names[0], by=-5)
    services.move_photo(**act, upload_public_id=names[0], by=9)
    far = ids(note)
    services.reorder_photos(**act, upload_public_ids=[names[1]])
    named_first = ids(note)
    services.detach_photo(**act, upload_public_id=names[2])

    assert added == names
    assert moved == [names[0], names[2], names[1]]
    assert far == [names[2], names[1], names[0]]
    assert named_first == [names[1], names[2], names[0]]
    assert order(note) == [(names[1], 0), (names[0], 1)]
    assert Upload.objects.get(public_id=names[2]).attached_at is None


@pytest.mark.django_db
def test_a_tenth_photo_somebody_elses_and_one_in_use_are_refused() -> None:
    ann, bo = make_person(), make_person()
    full = make_note(ann.pk, published=False, photos=9)
    other = make_note(ann.pk, published=False, photos=1)
    fresh, foreign = make_upload(ann.pk), make_upload(bo.pk)
    before = order(full), order(other)

    with pytest.raises(errors.TooManyPhotos):
        attach(full, ann, fresh)
    with pytest.raises(UploadMissing):
        attach(other, ann, foreign)
    with pytest.raises(UploadTaken):
        attach(other, ann, full.photos.get(position=0).upload)

    assert (order(full), order(other)) == before
    fresh.refresh_from_db()
    assert fresh.attached_at is None


@pytest.mark.django_db
def test_a_published_note_keeps_a_photo_and_a_cover_that_can_be_seen() -> None:
    ann = make_person()
    note = make_note(ann.pk, photos=1)
    waiting = make_upload(ann.pk, state="processing")
    attach(note, ann, waiting)
    first = ids(note)[0]
    act: Any = {"public_id": note.public_id, "author_id": ann.pk, "now": WHEN}
    before = order(note)

    with pytest.raises(errors.CoverNotReady):
        services.move_photo(**act, upload_public_id=waiting.public_id, by=-1)
    with pytest.raises(errors.CoverNotReady):
        services.detach_photo(**act, upload_public_id=first)
    shown = [
        photo.picture.public_id
        for photo in get_note(public_id=note.public_id, viewer_id=None).photos
    ]
    services.detach_photo(**act, upload_public_id=waiting.public_id)
    with pytest.raises(errors.LastPhoto):
        services.detach_photo(**act, upload_public_id=first)

    assert shown == [first]
    assert order(note) == before[:1]


@pytest.mark.django_db
def test_descriptions_are_kept_and_clipped_and_other_notes_photos_ignored() -> None:
    ann = make_person()
    note, other = (make_note(ann.pk, published=False) for _ in range(2))
    mine, foreign = ids(note)[0], ids(other)[0]

    services.save_draft(
        public_id=note.public_id,
        author_id=ann.pk,
        title="",
        body="",
        now=WHEN,
        descriptions={mine: " A  heron " + "x" * 300, foreign: "not mine"},
    )

    edited = get_edited_note(public_id=note.public_id, author_id=ann.pk)
    assert edited.photos[0].description == ("A heron " + "x" * 300)[:200]
    assert NotePhoto.objects.get(note=other).description == ""


def attach_from_twelve_windows(*, taken: int) -> Any:
    ann = make_person()
    note = make_note(ann.pk, published=False, photos=taken)
    uploads = [make_upload(ann.pk) for _ in range(12)]
    results = race(lambda number: attach(note, ann, uploads[number]), runners=12)
    return note, results


@pytest.mark.django_db(transaction=True)
def test_twelve_windows_fill_the_free_places_and_the_rest_are_told() -> None:
    note, results = attach_from_twelve_windows(taken=4)

    assert results.count(None) == 5
    assert sum(isinstance(one, errors.TooManyPhotos) for one in results) == 7
    assert [position for _public_id, position in order(note)] == list(range(9))
    assert Upload.objects.filter(attached_at__isnull=True).count() == 7


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_on_the_note_windows_fight_for_one_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The database still holds the cap, but somebody with room left sees a fault."""
    counted = threading.Barrier(2)

    def attach_once_both_have_counted(**options: Any) -> int:
        counted.wait(timeout=30)
        return attach_upload(**options)

    monkeypatch.setattr(
        photos,
        "lock_to_change",
        lambda *, public_id, author_id: Note.objects.get(public_id=public_id),
    )
    monkeypatch.setattr(photos, "attach_upload", attach_once_both_have_counted)
    ann = make_person()
    note = make_note(ann.pk, published=False, photos=3)
    uploads = [make_upload(ann.pk) for _ in range(2)]

    results = race(lambda number: attach(note, ann, uploads[number]), runners=2)

    # A deadlock between two deferred checks, or a broken uniqueness: a fault in either case.
    assert sum(isinstance(one, DatabaseError) for one in results) == 1
    assert NotePhoto.objects.filter(note=note).count() == 4
