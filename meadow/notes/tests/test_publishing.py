"""Drafts and publishing: what is checked, what is kept when it is refused, and what is told."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError

from meadow.accounts.models import Person
from meadow.accounts.services import block_person
from meadow.accounts.testing import make_person
from meadow.core import events
from meadow.core.ids import new_id
from meadow.core.transactions import savepoint, transaction
from meadow.media.models import Upload
from meadow.media.testing import make_upload
from meadow.notes import errors, services
from meadow.notes.events import NoteDeleted, NoteEdited, NotePublished
from meadow.notes.models import Mention, Note, NotePhoto, NoteTopic, Topic
from meadow.notes.queries import get_note, list_drafts
from meadow.notes.services import publishing
from meadow.notes.testing import WHEN, make_note

LATER = WHEN + dt.timedelta(hours=1)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Events that were published."""
    heard: list[Any] = []
    from meadow.notes.services import deleting, photos

    for module in (publishing, photos, deleting):
        monkeypatch.setattr(module, "publish", heard.append)
    assert events
    return heard


def row(note: Note) -> Any:
    return Note.objects.filter(pk=note.pk).values().get()


@pytest.mark.django_db
def test_a_draft_comes_into_being_with_its_first_words() -> None:
    ann = make_person()
    public_id = new_id("n")

    note = services.save_draft(
        public_id=public_id, author_id=ann.pk, title=" A\tmorning ", body="x\r\ny", now=WHEN
    )
    services.save_draft(public_id=public_id, author_id=ann.pk, title="Morning", body="x", now=LATER)

    assert (note.title, note.body) == ("A morning", "x\ny")
    kept = Note.objects.get()
    assert (kept.state, kept.title, kept.body) == ("draft", "Morning", "x")
    assert (kept.created_at, kept.edited_at, kept.published_at) == (WHEN, LATER, None)
    assert [draft.title for draft in list_drafts(author_id=ann.pk)] == ["Morning"]


@pytest.mark.django_db
def test_somebody_elses_draft_does_not_exist() -> None:
    ann, bo = make_person(), make_person()
    note = make_note(ann.pk, published=False)
    before = row(note)

    for act in (
        lambda: services.save_draft(
            public_id=note.public_id, author_id=bo.pk, title="x", body="", now=LATER
        ),
        lambda: services.publish_note(public_id=note.public_id, author_id=bo.pk, now=LATER),
        lambda: services.delete_note(public_id=note.public_id, author_id=bo.pk, now=LATER),
        lambda: get_note(public_id=note.public_id, viewer_id=bo.pk),
        lambda: get_note(public_id=note.public_id, viewer_id=None),
    ):
        with pytest.raises(errors.NoteMissing):
            act()

    assert row(note) == before


@pytest.mark.django_db
def test_publishing_shows_the_note_files_it_under_topics_and_tells_once(told: list[Any]) -> None:
    ann, bo = make_person(), make_person(handle="Bobby")
    note = make_note(ann.pk, published=False, body="with @bobby and @nobody #露营# #hike #Hike")

    for when in (WHEN, LATER):
        services.publish_note(public_id=note.public_id, author_id=ann.pk, now=when)

    view = get_note(public_id=note.public_id, viewer_id=None)
    assert (view.state, view.published_at, view.is_edited) == ("published", WHEN, False)
    assert view.topics == ["露营", "hike"]
    assert 'href="/@bobby"' in view.body_html
    assert "@nobody" in view.body_html
    assert 'href="/@nobody"' not in view.body_html
    assert list(Mention.objects.values_list("person_id", flat=True)) == [bo.pk]
    assert list(Topic.objects.order_by("slug").values_list("slug", "note_count")) == [
        ("hike", 1),
        ("露营", 1),
    ]
    assert told == [
        NotePublished(
            note_id=note.pk,
            note_public_id=note.public_id,
            author_id=ann.pk,
            published_at=WHEN.isoformat(),
        )
    ]


def with_photo_state(state: str) -> Any:
    def change(note: Note, author: Person) -> None:
        upload = make_upload(author.pk, state=state, attached=True)
        NotePhoto.objects.create(note=note, upload=upload, position=1)

    return change


def blocked_mention(note: Note, author: Person) -> None:
    other = make_person(handle="blocker")
    block_person(blocker_id=other.pk, blocked_id=author.pk, now=WHEN)
    Note.objects.filter(pk=note.pk).update(body="hello @blocker")


REFUSALS = {
    "no title": (
        lambda note, _author: Note.objects.filter(pk=note.pk).update(title=""),
        errors.TitleMissing,
    ),
    "no photo": (
        lambda note, _author: NotePhoto.objects.filter(note=note).delete(),
        errors.PhotosMissing,
    ),
    "still rendering": (with_photo_state("processing"), errors.PhotosNotReady),
    "a failed photo": (with_photo_state("failed"), errors.PhotosFailed),
    "eleven topics": (
        lambda note, _author: Note.objects.filter(pk=note.pk).update(
            body=" ".join(f"#t{n}" for n in range(11))
        ),
        errors.TooManyTopics,
    ),
    "twenty-one mentions": (
        lambda note, _author: Note.objects.filter(pk=note.pk).update(
            body=" ".join(f"@person_{n}" for n in range(21))
        ),
        errors.TooManyMentions,
    ),
    "a mention behind a block": (blocked_mention, errors.MentionRefused),
}


@pytest.mark.django_db
@pytest.mark.parametrize("case", REFUSALS)
def test_a_refused_publication_keeps_the_draft_as_it_was(case: str, told: list[Any]) -> None:
    change, refusal = REFUSALS[case]
    ann = make_person()
    note = make_note(ann.pk, published=False)
    change(note, ann)
    before = row(note)

    with pytest.raises(refusal) as raised:
        services.publish_note(public_id=note.public_id, author_id=ann.pk, now=LATER)

    assert raised.value.text()
    assert raised.value.hint_text()
    assert row(note) == before
    assert NoteTopic.objects.count() == Topic.objects.count() == Mention.objects.count() == 0
    assert told == []


@pytest.mark.django_db
def test_editing_moves_topics_and_their_counts_and_the_same_again_changes_nothing(
    told: list[Any],
) -> None:
    ann = make_person()
    note = make_note(ann.pk, published=False, body="#one #two")
    services.publish_note(public_id=note.public_id, author_id=ann.pk, now=WHEN)

    for when in (LATER, LATER + dt.timedelta(hours=1)):
        services.edit_note(
            public_id=note.public_id,
            author_id=ann.pk,
            title="New",
            body="#two #three",
            now=when,
        )

    assert dict(Topic.objects.values_list("slug", "note_count")) == {"one": 0, "two": 1, "three": 1}
    view = get_note(public_id=note.public_id, viewer_id=None)
    assert (view.title, view.is_edited, view.edited_at) == ("New", True, LATER)
    assert [type(event) for event in told] == [NotePublished, NoteEdited]


@pytest.mark.django_db
def test_a_deleted_note_is_gone_for_everybody_and_stays_in_the_database(told: list[Any]) -> None:
    ann = make_person()
    note = make_note(ann.pk, published=False, body="#one")
    services.publish_note(public_id=note.public_id, author_id=ann.pk, now=WHEN)

    for _ in range(2):
        services.delete_note(public_id=note.public_id, author_id=ann.pk, now=LATER)

    for viewer in (ann.pk, None):
        with pytest.raises(errors.NoteMissing):
            get_note(public_id=note.public_id, viewer_id=viewer)
    kept = Note.objects.get()
    assert (kept.state, kept.deleted_at, kept.body) == ("deleted", LATER, "#one")
    assert Topic.objects.get().note_count == 0
    assert [type(event) for event in told] == [NotePublished, NoteDeleted]


@pytest.mark.django_db
def test_a_deleted_draft_waits_with_its_photos_and_nobody_hears_of_it(told: list[Any]) -> None:
    ann = make_person()
    note = make_note(ann.pk, published=False, photos=2)

    services.delete_note(public_id=note.public_id, author_id=ann.pk, now=LATER)

    assert Note.objects.get().state == "deleted"
    assert Upload.objects.filter(attached_at__isnull=False).count() == 2
    assert told == []


@pytest.mark.django_db
def test_only_the_author_changes_a_published_note() -> None:
    ann, bo = make_person(), make_person()
    note = make_note(ann.pk)
    before = row(note)

    with pytest.raises(errors.NotYourNote):
        services.edit_note(public_id=note.public_id, author_id=bo.pk, title="x", body="", now=LATER)
    with pytest.raises(errors.NotYourNote):
        services.delete_note(public_id=note.public_id, author_id=bo.pk, now=LATER)

    assert row(note) == before


@pytest.mark.django_db
def test_words_over_the_limit_are_refused_with_figures() -> None:
    ann = make_person()
    public_id = new_id("n")

    with pytest.raises(errors.TitleTooLong) as title:
        services.save_draft(
            public_id=public_id, author_id=ann.pk, title="字" * 61, body="", now=WHEN
        )
    with pytest.raises(errors.BodyTooLong) as body:
        services.save_draft(
            public_id=public_id, author_id=ann.pk, title="", body="x" * 5001, now=WHEN
        )
    services.save_draft(
        public_id=public_id, author_id=ann.pk, title="字" * 60, body="x" * 5000, now=WHEN
    )

    assert title.value.text() == "The title has 61 characters, and 60 fit."
    assert body.value.text() == "The text has 5001 characters, and 5000 fit."


@pytest.mark.django_db
def test_a_note_of_somebody_behind_a_block_does_not_exist() -> None:
    ann, bo = make_person(), make_person()
    note = make_note(ann.pk)
    block_person(blocker_id=ann.pk, blocked_id=bo.pk, now=WHEN)

    with pytest.raises(errors.NoteMissing):
        get_note(public_id=note.public_id, viewer_id=bo.pk)

    assert get_note(public_id=note.public_id, viewer_id=None).id == note.pk


@pytest.mark.django_db
@pytest.mark.parametrize(
    "broken",
    [
        {"state": "published", "published_at": None},
        {"state": "published", "published_at": WHEN, "title": ""},
        {"state": "deleted", "deleted_at": None},
        {"body": "x" * 5001},
    ],
)
def test_the_database_itself_refuses_a_note_that_cannot_be(broken: dict[str, Any]) -> None:
    note = make_note(make_person().pk, published=False)

    with transaction(), pytest.raises(IntegrityError), savepoint():
        Note.objects.filter(pk=note.pk).update(**broken)
