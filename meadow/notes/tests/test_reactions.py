"""Likes and saves: counted once each, by one statement, under any race."""

import threading
from typing import Any

import pytest

from meadow.accounts.services import block_person
from meadow.accounts.testing import make_person
from meadow.core.errors import RateLimited
from meadow.core.testing import race
from meadow.core.transactions import transaction
from meadow.notes import errors, limits, services
from meadow.notes.events import NoteLiked, NoteSaved, NoteUnliked, NoteUnsaved
from meadow.notes.models import Like, Note, Save
from meadow.notes.queries import get_note, liked_ids, saved_by, saved_ids
from meadow.notes.services import reactions
from meadow.notes.testing import WHEN, make_note


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Any:
    heard: list[Any] = []
    monkeypatch.setattr(reactions, "publish", heard.append)
    return heard


def counts(note: Note) -> Any:
    return Note.objects.filter(pk=note.pk).values_list("like_count", "save_count").get()


@pytest.mark.django_db
def test_a_like_counts_once_and_can_be_taken_back(told: list[Any]) -> None:
    ann, bo = make_person(), make_person()
    note = make_note(ann.pk)
    who: Any = {"public_id": note.public_id, "person_id": bo.pk, "now": WHEN}

    services.like_note(**who)
    services.like_note(**who)
    liked = counts(note), liked_ids(bo.pk, [note.pk])
    services.unlike_note(**who)
    services.unlike_note(**who)

    assert liked == ((1, 0), {note.pk})
    assert counts(note) == (0, 0)
    assert Like.objects.count() == 0
    event: Any = {
        "note_id": note.pk,
        "author_id": ann.pk,
        "person_id": bo.pk,
        "at": WHEN.isoformat(),
    }
    assert told == [NoteLiked(**event), NoteUnliked(**event)]


@pytest.mark.django_db
def test_a_saved_note_is_found_again(told: list[Any]) -> None:
    ann, bo = make_person(), make_person()
    notes = [make_note(ann.pk) for _ in range(3)]
    for note in notes:
        services.save_note(public_id=note.public_id, person_id=bo.pk, now=WHEN)
    services.unsave_note(public_id=notes[1].public_id, person_id=bo.pk, now=WHEN)

    first = saved_by(person_id=bo.pk, length=1)
    second = saved_by(person_id=bo.pk, length=1, cursor=first.next_cursor)

    found = [card.id for page in (first, second) for card in page.items]
    assert found == [notes[2].pk, notes[0].pk]
    assert second.next_cursor is None
    assert saved_ids(bo.pk, [note.pk for note in notes]) == {notes[0].pk, notes[2].pk}
    assert counts(notes[0]) == (0, 1)
    assert [type(event) for event in told] == [NoteSaved, NoteSaved, NoteSaved, NoteUnsaved]


@pytest.mark.django_db
@pytest.mark.parametrize("blocker", ["author", "reader"])
def test_a_block_refuses_likes_and_saves_but_lets_a_like_be_taken_back(
    blocker: str, told: list[Any]
) -> None:
    ann, bo = make_person(), make_person()
    note = make_note(ann.pk)
    who: Any = {"public_id": note.public_id, "person_id": bo.pk, "now": WHEN}
    services.like_note(**who)
    pair = (ann.pk, bo.pk) if blocker == "author" else (bo.pk, ann.pk)
    block_person(blocker_id=pair[0], blocked_id=pair[1], now=WHEN)

    for act in (services.like_note, services.save_note):
        with pytest.raises(errors.Blocked):
            act(**who)
    services.unlike_note(**who)

    assert counts(note) == (0, 0)


@pytest.mark.django_db
def test_drafts_and_deleted_notes_cannot_be_liked(told: list[Any]) -> None:
    ann = make_person()
    draft = make_note(ann.pk, published=False)

    with pytest.raises(errors.NoteMissing):
        services.like_note(public_id=draft.public_id, person_id=ann.pk, now=WHEN)

    assert counts(draft) == (0, 0)


@pytest.mark.django_db
def test_reactions_over_the_rate_must_wait(
    monkeypatch: pytest.MonkeyPatch, told: list[Any]
) -> None:
    monkeypatch.setattr(limits, "REACTIONS_RATE", "1/minute")
    ann = make_person()
    note = make_note(ann.pk)
    services.like_note(public_id=note.public_id, person_id=ann.pk, now=WHEN)

    with pytest.raises(RateLimited):
        services.unlike_note(public_id=note.public_id, person_id=ann.pk, now=WHEN)

    assert counts(note) == (1, 0)


def like_from_sixteen_threads() -> Any:
    ann = make_person()
    note = make_note(ann.pk)
    readers = [make_person() for _ in range(16)]

    def work(number: int) -> Any:
        for round_ in range(4):
            reader = (number + round_) % 16
            who: Any = {"public_id": note.public_id, "person_id": readers[reader].pk, "now": WHEN}
            services.like_note(**who)
            if reader < 8 and number % 2:
                services.unlike_note(**who)

    failures = [one for one in race(work, runners=16) if isinstance(one, Exception)]
    return note, failures


@pytest.mark.django_db(transaction=True)
def test_the_like_count_is_the_number_of_likes_under_sixteen_threads() -> None:
    note, failures = like_from_sixteen_threads()

    assert failures == []
    assert Like.objects.filter(note=note).count() == counts(note)[0] >= 8


@pytest.mark.django_db(transaction=True)
def test_control_counting_in_python_loses_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same race with the one statement replaced by reading, adding and writing back."""
    all_have_read = threading.Barrier(16)

    def careless(*, kind: str, note_id: int, person_id: int, now: Any) -> Any:
        _row, fresh = Like.objects.get_or_create(
            note_id=note_id, person_id=person_id, defaults={"created_at": now}
        )
        if fresh:
            count = Note.objects.values_list("like_count", flat=True).get(pk=note_id)
            all_have_read.wait(timeout=60)
            Note.objects.filter(pk=note_id).update(like_count=count + 1)
        return fresh

    monkeypatch.setattr(reactions, "add_reaction", careless)
    ann = make_person()
    note = make_note(ann.pk)
    readers = [make_person() for _ in range(16)]

    race(
        lambda number: services.like_note(
            public_id=note.public_id, person_id=readers[number].pk, now=WHEN
        ),
        runners=16,
    )

    assert Like.objects.filter(note=note).count() == 16
    assert counts(note)[0] == 1


@pytest.mark.django_db
def test_a_refused_use_case_takes_its_count_back() -> None:
    ann = make_person()
    note = make_note(ann.pk)

    def break_off() -> None:
        with transaction():
            reactions.add_reaction(kind="like", note_id=note.pk, person_id=ann.pk, now=WHEN)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()

    assert Save.objects.count() == Like.objects.count() == 0
    assert get_note(public_id=note.public_id, viewer_id=ann.pk).like_count == 0
