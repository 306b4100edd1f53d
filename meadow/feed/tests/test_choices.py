"""What readers choose: nothing twice in a sitting, and what they hide is gone from the next page."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meadow.accounts.models import Follow, Person
from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.core import clock
from meadow.feed import queries, services
from meadow.feed.errors import HidesThemselves, TooMuchHidden, TooYoung, TopicMissing
from meadow.feed.models import HiddenNote, ReaderChoice, Served
from meadow.feed.reading import forget_passed, read_follow, read_hot
from meadow.feed.testing import rank_now
from meadow.notes.errors import NoteMissing
from meadow.notes.models import Note, NoteTopic, Topic
from meadow.notes.testing import make_note

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)


def make_notes(count: int, *, authors: int = 5) -> list[Note]:
    people = [make_person().pk for _ in range(authors)]
    return [make_note(people[number % authors], now=NOW) for number in range(count)]


def under(note: Note, name: str) -> None:
    topic, _ = Topic.objects.get_or_create(slug=name, defaults={"name": name})
    NoteTopic.objects.create(note=note, topic=topic)


def read(person: Person | None, *, now: dt.datetime = NOW, cursor: str = "") -> list[int]:
    page = read_hot(viewer_id=person.pk if person else None, cursor=cursor, now=now)
    return [placed.card.note_id for placed in page.cards]


@pytest.mark.parametrize("another_process", [False, True])
def test_a_reload_goes_on_instead_of_repeating(another_process: bool) -> None:
    notes = make_notes(65)
    ann = make_person("ann")
    rank_now(now=NOW)

    seen: list[int] = []
    while page := read(ann):
        seen += page
        if another_process:
            forget_passed()

    assert sorted(seen) == sorted(note.pk for note in notes)


def test_a_reload_while_hot_is_ranked_anew_and_notes_arrive_repeats_nothing() -> None:
    make_notes(50)
    ann = make_person("ann")
    seen: list[int] = []
    for minute in range(4):
        at = NOW + dt.timedelta(minutes=minute)
        fresh = make_note(make_person().pk, now=at)
        services.welcome_note(note_id=fresh.pk, author_id=fresh.author_id, now=at)
        rank_now(now=at)
        page = read_hot(viewer_id=ann.pk, cursor="", now=at)
        seen += [placed.card.note_id for placed in page.cards]
        more = (
            read_hot(viewer_id=ann.pk, cursor=page.next_cursor, now=at)
            if page.next_cursor
            else page
        )
        seen += [placed.card.note_id for placed in more.cards if more is not page]

    assert len(seen) == len(set(seen))
    assert len(seen) == 54


def test_what_was_shown_comes_again_in_another_session_and_to_others() -> None:
    make_notes(10)
    ann, ben = make_person("ann"), make_person("ben")
    rank_now(now=NOW)
    first = read(ann)

    assert read(ann) == []
    assert sorted(read(ben)) == sorted(first)
    assert sorted(read(None)) == sorted(first)
    assert sorted(read(ann, now=NOW + dt.timedelta(minutes=121))) == sorted(first)


def test_who_has_seen_everything_is_told_and_may_start_over() -> None:
    make_notes(10)
    rank_now(now=NOW)
    ann = sign_in(make_person("ann"))
    ann.get("/")

    told = ann.get("/").content.decode()
    back = ann.post("/hot/again")
    again = ann.get("/").content.decode()

    assert "You have seen all of these; here they are again" in told
    assert (back.status_code, back.headers["Location"]) == (302, "/")
    assert again.count("<article") == 10


def test_hidden_notes_authors_and_topics_are_gone_from_the_very_next_page() -> None:
    notes = make_notes(5)
    under(notes[2], "cats")
    ann = make_person("ann")
    rank_now(now=NOW)
    hidden_author = Person.objects.get(pk=notes[1].author_id)

    services.hide_note(person_id=ann.pk, public_id=notes[0].public_id, now=NOW)
    services.hide_author(person_id=ann.pk, handle=hidden_author.handle, now=NOW)
    services.want_less(person_id=ann.pk, topic="cats", now=NOW)

    assert sorted(read(ann)) == sorted([notes[3].pk, notes[4].pk])
    assert len(read(make_person("ben"))) == 5


def test_what_was_hidden_is_listed_and_comes_back() -> None:
    notes = make_notes(3)
    under(notes[2], "cats")
    ann = make_person("ann")
    author = Person.objects.get(pk=notes[1].author_id)
    services.hide_note(person_id=ann.pk, public_id=notes[0].public_id, now=NOW)
    services.hide_author(person_id=ann.pk, handle=author.handle, now=NOW)
    services.want_less(person_id=ann.pk, topic="cats", now=NOW)
    rank_now(now=NOW)
    client = sign_in(ann)

    html = client.get("/settings/feed").content.decode()
    for what in (
        {"note": notes[0].public_id},
        {"author": author.handle},
        {"topic": "cats"},
    ):
        assert client.post("/settings/feed/put-back", what).status_code == 302

    assert "#cats" in html
    assert notes[0].title in html
    assert queries.list_hidden(person_id=ann.pk).is_empty
    assert len(read(ann)) == 3


def test_a_note_one_is_not_interested_in_leaves_follow_too() -> None:
    ann, ben = make_person("ann"), make_person("ben")
    gone, kept = make_note(ben.pk, now=NOW), make_note(ben.pk, now=NOW)
    Follow.objects.create(follower=ann, followed=ben, created_at=NOW)

    services.hide_note(person_id=ann.pk, public_id=gone.public_id, now=NOW)

    page = read_follow(viewer_id=ann.pk, cursor="")
    assert [placed.card.note_id for placed in page.cards] == [kept.pk]


def test_refusals_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ann = make_person("ann")
    own, others = make_note(ann.pk, now=NOW), make_notes(2)
    Note.objects.filter(pk=others[1].pk).update(visibility="private")

    with pytest.raises(HidesThemselves):
        services.hide_author(person_id=ann.pk, handle="ann", now=NOW)
    with pytest.raises(NoteMissing):
        services.hide_note(person_id=ann.pk, public_id=others[1].public_id, now=NOW)
    with pytest.raises(TopicMissing):
        services.want_less(person_id=ann.pk, topic="nowhere", now=NOW)
    monkeypatch.setattr("meadow.feed.services.choices.MOST_NOTES", 1)
    services.hide_note(person_id=ann.pk, public_id=own.public_id, now=NOW)
    with pytest.raises(TooMuchHidden):
        services.hide_note(person_id=ann.pk, public_id=others[0].public_id, now=NOW)

    assert HiddenNote.objects.count() == 1


@pytest.mark.parametrize(("born", "allowed"), [(2008, False), (2007, True), (None, True)])
def test_nobody_who_may_be_under_18_gets_a_feed_of_their_own(
    born: int | None, allowed: bool
) -> None:
    ann = make_person("ann", birth_year=born)

    if allowed:
        services.choose_feed(person_id=ann.pk, personal=True, now=NOW)
    else:
        with pytest.raises(TooYoung):
            services.choose_feed(person_id=ann.pk, personal=True, now=NOW)

    assert ReaderChoice.objects.filter(person=ann, personal=True).exists() is allowed


def test_hot_asks_once_whether_one_wants_a_feed_of_ones_own() -> None:
    make_notes(30)
    rank_now(now=NOW)
    ann = sign_in(make_person("ann"))

    asked = ann.get("/").content.decode()
    ann.post("/settings/feed", {"personal": "no", "next": "hot"})
    after = ann.get("/").content.decode()

    assert "Choose for me" in asked
    assert "Choose for me" not in after


def test_a_page_notes_what_it_shows_in_its_one_statement() -> None:
    notes = make_notes(30)
    ann = make_person("ann")
    rank_now(now=NOW)

    with CaptureQueriesContext(connection) as asked:
        shown = read(ann)

    assert len(asked.captured_queries) == 1
    assert sorted(Served.objects.get(person_id=ann.pk).note_ids) == sorted(shown)
    assert len(shown) == 20
    assert len(notes) == 30


def test_whoever_has_seen_all_of_hot_is_told_so_and_shown_it_again_but_never_as_new() -> None:
    notes = make_notes(3)
    ann = make_person("ann")
    reader = sign_in(ann)
    rank_now(now=NOW)
    reader.get("/")
    HiddenNote.objects.create(person=ann, note=notes[0], at=NOW)
    served = Served.objects.count()

    words = reader.get("/").content.decode()

    assert "You have seen all of these; here they are again" in words
    for note in notes[1:]:
        assert words.count(f'href="/n/{note.public_id}"') == 1
    assert f'href="/n/{notes[0].public_id}"' not in words
    # That it came again keeps it from nothing: it is noted as of a sitting that is over.
    [again] = Served.objects.order_by("pk")[served:]
    assert clock.now() - again.at >= dt.timedelta(minutes=1)


def test_everything_can_be_done_over_the_api(client: Any) -> None:
    notes = make_notes(4)
    under(notes[2], "cats")
    ann = make_person("ann")
    author = Person.objects.get(pk=notes[1].author_id)
    secret = make_token(ann, "profile:read", "profile:write", "notes:read")
    headers = {"Authorization": f"Bearer {secret}"}
    rank_now(now=NOW)

    chosen = client.put(
        "/api/v1/feed/choices", {"personal": True}, "application/json", headers=headers
    ).json()
    for path in (f"notes/{notes[0].public_id}", f"authors/{author.handle}", "topics/cats"):
        assert client.put(f"/api/v1/feed/hidden/{path}", headers=headers).status_code == 204
    choices = client.get("/api/v1/feed/choices", headers=headers).json()
    first = client.get("/api/v1/feed/hot", headers=headers).json()
    second = client.get("/api/v1/feed/hot", headers=headers).json()
    assert client.delete("/api/v1/feed/hot/seen", headers=headers).status_code == 204
    third = client.get("/api/v1/feed/hot", headers=headers).json()

    assert (chosen["personal"], chosen["is_ready"]) == (True, False)
    assert choices["less_topics"] == ["cats"]
    assert choices["hidden_authors"] == [author.handle]
    assert [item["note"]["id"] for item in first["items"]] == [notes[3].public_id]
    assert (second["items"], second["all_seen"]) == ([], True)
    assert third["items"][0]["note"]["id"] == notes[3].public_id
