"""Follow: whose notes, in which order, and what stands there when there is nothing."""

import datetime as dt
import re

import pytest
from django.test import Client

from meadow.accounts.models import Block, Follow, Person
from meadow.accounts.testing import make_person, sign_in
from meadow.feed.queries import suggest_people
from meadow.feed.reading import read_follow
from meadow.notes.models import Note
from meadow.notes.testing import make_note

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)


def follow(follower: Person, *followed: Person) -> None:
    for person in followed:
        Follow.objects.create(follower=follower, followed=person, created_at=NOW)


def note_at(author: Person, *, hours_ago: int) -> Note:
    return make_note(author.pk, now=NOW - dt.timedelta(hours=hours_ago))


def ids_of(viewer: Person) -> list[int]:
    return [p.card.note_id for p in read_follow(viewer_id=viewer.pk, cursor="").cards]


def test_follow_shows_only_people_one_follows_newest_first() -> None:
    me, ann, ben, eve = (make_person(h) for h in ("me_me", "ann", "ben", "eve"))
    follow(me, ann, ben)
    old = note_at(ann, hours_ago=9)
    new = note_at(ben, hours_ago=1)
    middle = note_at(ann, hours_ago=5)
    note_at(eve, hours_ago=2)
    make_note(ann.pk, published=False, now=NOW)

    assert ids_of(me) == [new.pk, middle.pk, old.pk]


def test_pages_go_on_where_the_last_ended_even_between_equal_times() -> None:
    me, ann = make_person("me_me"), make_person("ann")
    follow(me, ann)
    notes = [note_at(ann, hours_ago=3).pk for _ in range(45)]

    seen: list[int] = []
    slots: list[int] = []
    cursor = ""
    while True:
        page = read_follow(viewer_id=me.pk, cursor=cursor)
        seen += [placed.card.note_id for placed in page.cards]
        slots += [placed.slot for placed in page.cards]
        cursor = page.next_cursor
        if not cursor:
            break

    assert seen == sorted(notes, reverse=True)
    assert slots == list(range(45))


def test_a_note_published_while_one_reads_moves_nothing() -> None:
    me, ann = make_person("me_me"), make_person("ann")
    follow(me, ann)
    notes = [note_at(ann, hours_ago=hours).pk for hours in range(1, 26)]
    first = read_follow(viewer_id=me.pk, cursor="")

    note_at(ann, hours_ago=0)
    second = read_follow(viewer_id=me.pk, cursor=first.next_cursor)

    assert [placed.card.note_id for placed in second.cards] == notes[20:]


def test_blocked_and_inactive_people_are_left_out() -> None:
    me, ann, ben, eve = (make_person(h) for h in ("me_me", "ann", "ben", "eve"))
    follow(me, ann, ben, eve)
    note_at(ann, hours_ago=1)
    note_at(ben, hours_ago=2)
    kept = note_at(eve, hours_ago=3)
    Block.objects.create(blocker=ann, blocked=me, created_at=NOW)
    Person.objects.filter(pk=ben.pk).update(is_active=False)

    assert ids_of(me) == [kept.pk]


def test_follow_asks_a_stranger_to_sign_in(client: Client) -> None:
    answer = client.get("/follow")

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/?next=")


def test_somebody_who_follows_nobody_is_shown_people_and_the_way_to_hot() -> None:
    me, ann = make_person("me_me"), make_person("ann", follower_count=7)
    note_at(ann, hours_ago=1)

    html = sign_in(me).get("/follow").content.decode()

    assert "You follow nobody yet" in html
    assert 'action="/@ann/follow"' in html
    assert "<article" not in html


def test_suggestions_are_well_followed_people_with_notes_whom_one_may_see() -> None:
    me = make_person("me_me")
    known, liked, silent, blocked, followed = (
        make_person(handle, follower_count=count)
        for handle, count in (
            ("known", 3),
            ("liked", 9),
            ("silent", 50),
            ("blocked", 40),
            ("followed", 30),
        )
    )
    for person in (me, known, liked, blocked, followed):
        note_at(person, hours_ago=1)
    Block.objects.create(blocker=me, blocked=blocked, created_at=NOW)
    follow(me, followed)

    assert suggest_people(viewer_id=me.pk, size=6) == [liked.pk, known.pk]
    assert silent.pk not in suggest_people(viewer_id=me.pk, size=6)


def test_the_page_marks_where_one_is_and_ends_in_words() -> None:
    me, ann = make_person("me_me"), make_person("ann")
    follow(me, ann)
    note_at(ann, hours_ago=1)

    html = sign_in(me).get("/follow").content.decode()

    marked = re.search(r'href="/follow"\s+aria-current="page"', html)
    assert marked is not None
    assert "That is everything from the people you follow." in html
