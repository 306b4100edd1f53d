"""Who sees a note: every reader of notes against a naive reading of the rule, case by case."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from meadow.accounts.models import Block, Follow, Person
from meadow.accounts.testing import make_person, sign_in
from meadow.core.clock import now
from meadow.core.errors import MeadowError
from meadow.feed import queries as feed
from meadow.feed.reading import read_follow
from meadow.notes import queries, services
from meadow.notes.models import Note, NoteVideo, Save
from meadow.notes.services.reactions import find_target
from meadow.notes.testing import WHEN, make_note, make_video_note

LONG_AFTER = "Fri, 01 Jan 2100 00:00:00 GMT"
STATES = ("draft", "scheduled", "published", "deleted")
VISIBILITIES = ("public", "followers", "private")
VIEWERS = (
    "signed out",
    "author",
    "stranger",
    "follower",
    "blocks",
    "blocked",
    "follower who blocks",
    "follower who is blocked",
)


@dataclass(frozen=True)
class World:
    """One author's notes in every condition, and everybody who may come to look."""

    author: Person
    notes: dict[tuple[str, str, bool], Note]
    viewers: dict[str, Person | None]

    def expected(self, viewer: str, *, blocks: bool = True) -> set[int]:
        return {
            note.pk
            for (state, visibility, hidden), note in self.notes.items()
            if naive(viewer, state, visibility, hidden=hidden, blocks=blocks)
        }


def naive(viewer: str, state: str, visibility: str, *, hidden: bool, blocks: bool) -> bool:
    """The rule as one would say it."""
    if state != "published":
        return False
    if viewer == "author":
        return True
    if hidden or (blocks and "block" in viewer):
        return False
    if visibility == "followers":
        return "follower" in viewer
    return visibility == "public"


@pytest.fixture
def world(db: None) -> World:
    ann = make_person()
    viewers: dict[str, Person | None] = {name: make_person() for name in VIEWERS[2:]}
    for name, person in viewers.items():
        assert person is not None
        if "follower" in name:
            Follow.objects.create(follower=person, followed=ann, created_at=WHEN)
        if "blocks" in name:
            Block.objects.create(blocker=person, blocked=ann, created_at=WHEN)
        if "blocked" in name:
            Block.objects.create(blocker=ann, blocked=person, created_at=WHEN)
    viewers |= {"signed out": None, "author": ann}
    notes = {}
    for state, visibility, hidden in product(STATES, VISIBILITIES, (False, True)):
        note = make_note(ann.pk, with_files=False)
        Note.objects.filter(pk=note.pk).update(
            state=state,
            visibility=visibility,
            hidden_at=WHEN if hidden else None,
            publish_at=WHEN if state == "scheduled" else None,
            published_at=WHEN if state in ("published", "deleted") else None,
            deleted_at=WHEN if state == "deleted" else None,
        )
        notes[state, visibility, hidden] = note
    return World(author=ann, notes=notes, viewers=viewers)


def allowed(world: World, ask: Callable[[Note], Any]) -> set[int]:
    """Return the notes that a call does not refuse."""
    found = set()
    for note in world.notes.values():
        try:
            ask(note)
        except MeadowError:
            continue
        found.add(note.pk)
    return found


@pytest.mark.parametrize("viewer", VIEWERS)
def test_every_reader_of_notes_shows_exactly_what_the_rule_says(world: World, viewer: str) -> None:
    person = world.viewers[viewer]
    viewer_id = person.pk if person else None
    expected, ids = world.expected(viewer), [note.pk for note in world.notes.values()]
    own = viewer == "author"
    unpublished = {n.pk for (state, _, _), n in world.notes.items() if state in STATES[:2]}
    with connection.cursor() as cursor:
        seen = queries.seen_by("%(viewer)s")
        cursor.execute(
            f"SELECT n.id FROM notes_note n WHERE {seen}",  # noqa: S608 - fixed parts
            {"viewer": viewer_id or 0},
        )
        by_sql = {row[0] for row in cursor.fetchall()}

    assert by_sql == expected
    assert {pk for pk in ids if queries.can_see(note_id=pk, viewer_id=viewer_id)} == expected
    assert {card.id for card in queries.get_cards(ids, viewer_id=viewer_id)} == expected
    page = queries.notes_of(author_id=world.author.pk, viewer_id=viewer_id, length=50)
    assert {card.id for card in page.items} == expected
    assert queries.count_notes(author_id=world.author.pk, viewer_id=viewer_id) == len(expected)

    def open_note(note: Note) -> None:
        queries.get_note(public_id=note.public_id, viewer_id=viewer_id)

    def open_comments(note: Note) -> None:
        queries.list_comments(note_public_id=note.public_id, viewer_id=viewer_id)

    assert allowed(world, open_note) == (expected | unpublished if own else expected)
    assert allowed(world, open_comments) == expected
    photos = {note.photos.get().upload_id: note.pk for note in world.notes.values()}
    shown = {photos[pk] for pk in queries.visible_upload_ids(list(photos), viewer_id)}
    open_to_all = world.expected("signed out")
    assert shown == expected | open_to_all | (unpublished if own else set())


@pytest.mark.parametrize("viewer", VIEWERS[1:])
def test_who_is_signed_in_reacts_to_keeps_and_follows_what_they_may_see(
    world: World, viewer: str
) -> None:
    person = world.viewers[viewer]
    assert person is not None
    Save.objects.bulk_create(
        Save(note=note, person=person, created_at=WHEN) for note in world.notes.values()
    )

    def react(note: Note) -> None:
        find_target(public_id=note.public_id, person_id=person.pk)

    expected = world.expected(viewer)
    kept = queries.saved_by(person_id=person.pk, length=50).items
    followed = read_follow(viewer_id=person.pk, cursor="", length=50).cards

    assert allowed(world, react) == expected
    assert {card.id for card in kept} == expected
    assert {one.card.note_id for one in followed} == (expected if "follower" in viewer else set())


def test_what_is_listed_for_everybody_is_what_a_stranger_without_account_sees(
    world: World,
) -> None:
    expected = world.expected("signed out")
    ids = [note.pk for note in world.notes.values()]

    assert len(expected) == 1
    assert set(feed.read_candidates(now=now()).note_ids.tolist()) == expected
    for person in world.viewers.values():
        if person is None:
            live = feed.read_live_cards(note_ids=ids, size=len(ids))
        else:
            at = now()
            live = feed.serve_live_cards(
                viewer_id=person.pk, note_ids=ids, size=len(ids), since=at, now=at
            ).live
        assert live.keys() <= expected


def files(note: Note) -> set[str]:
    """Every address of a file of a note, as its rows know them: pictures, film, playlists, captions."""
    uploads = {photo.upload for photo in note.photos.all()}
    uploads |= {video.upload for video in NoteVideo.objects.filter(note=note)}
    return {
        f"/media/{upload.public_id}/{name}"
        for upload in uploads
        for name in (
            *(f"{one.label}.webp" for one in upload.renditions.all()),
            *(one.name for one in upload.video_files.all()),
            *(f"captions/{one.language}.vtt" for one in upload.captions.all()),
        )
    }


def pages(note: Note) -> list[str]:
    """Every address that shows a note to whoever comes by."""
    return [
        f"/n/{note.public_id}",
        f"/n/{note.public_id}/comments",
        f"/n/{note.public_id}/history",
        f"/embed/n/{note.public_id}",
        f"/oembed?url=http://testserver/n/{note.public_id}",
        f"/api/v1/notes/{note.public_id}",
        f"/api/v1/notes/{note.public_id}/comments",
    ]


def ask_in_every_way(client: Client, path: str, known: Any) -> list[Any]:
    """Ask as a cache that has it already; for a file also for a part, and for its head."""
    held = {"if-none-match": known["ETag"]} if known.has_header("ETag") else {}
    asked = [client.get(path, headers={**held, "if-modified-since": LONG_AFTER})]
    if path.startswith("/media/"):
        asked += [client.get(path, headers={"range": "bytes=0-9"}), client.head(path)]
    return asked


@pytest.mark.parametrize("taken", ["private", "followers", "hidden", "deleted"])
@pytest.mark.parametrize("kind", ["photo", "video"])
def test_what_is_taken_back_is_refused_at_every_address_at_once(
    db: None, taken: str, kind: str
) -> None:
    ann, bo = make_person(), make_person()
    if kind == "video":
        note = make_video_note(ann.pk, title="A harbour")
    else:
        note = make_note(ann.pk, title="A harbour", with_files=True)
    clients = (Client(), sign_in(bo))
    stored, shown = files(note), pages(note)
    first = {path: clients[0].get(path) for path in (*shown, *sorted(stored))}
    told = "".join(first[path].content.decode() for path in shown)
    before = [one for path in stored for one in ask_in_every_way(clients[1], path, first[path])]
    if taken == "deleted":
        services.delete_note(public_id=note.public_id, author_id=ann.pk, now=now())
    elif taken == "hidden":
        Note.objects.filter(pk=note.pk).update(hidden_at=now())
    else:
        services.change_visibility(
            public_id=note.public_id, author_id=ann.pk, visibility=taken, now=now()
        )

    after = [
        answer
        for client in clients
        for path, known in first.items()
        for answer in ask_in_every_way(client, path, known)
    ]

    # What pages, frames, other sites' previews and the API name is what was asked for above.
    named = set(re.findall(r"/media/u\w{14}/[\w/.-]+", told))
    assert named <= stored
    assert len(stored) >= 2
    assert {answer.status_code for answer in first.values()} == {200}
    assert {answer.status_code for answer in before} <= {200, 206, 304}
    assert {answer.status_code for answer in after} == {404}
    assert not any(b"A harbour" in answer.content for answer in after)
    for path, answer in first.items():
        kept = answer.get("Cache-Control", "")
        assert "s-maxage" not in kept
        # A cache between may hold it, if it asks each time: or may not hold it at all.
        asked = "max-age=0" in kept and "must-revalidate" in kept
        assert asked or ("public" not in kept and path not in stored) or kept == "private, no-cache"
    assert {Client().get(path).status_code for path in originals(note)} == {404}


def originals(note: Note) -> list[str]:
    """Where somebody might look for what was handed in."""
    ids = {path.split("/")[2] for path in files(note)}
    names = ("original", "original.webp", "original.mp4", "piece-000000000000", "../../original")
    return [
        f"/{base}/{one}/{name}" for one in ids for base in ("media", "uploads") for name in names
    ]


def test_a_note_for_followers_shows_its_photos_to_them_and_from_no_shared_cache(db: None) -> None:
    ann, bo = make_person(), make_person()
    note = make_note(ann.pk, with_files=True)
    Follow.objects.create(follower=bo, followed=ann, created_at=WHEN)
    services.change_visibility(
        public_id=note.public_id, author_id=ann.pk, visibility="followers", now=now()
    )

    answers = [sign_in(bo).get(path) for path in (pages(note)[0], *sorted(files(note)))]

    assert {answer.status_code for answer in answers} == {200}
    assert answers[-1]["Cache-Control"] == "private, no-cache"
    assert "Followers only" in answers[0].content.decode()
