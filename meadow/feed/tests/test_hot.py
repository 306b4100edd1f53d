"""Hot as readers meet it: pages, cursors, newcomers, blocks, and how often PostgreSQL is asked."""

import datetime as dt
import re

import pytest
from django.test import Client

from meadow.accounts.services import block_person
from meadow.accounts.testing import make_person
from meadow.analytics.tokens import open_token
from meadow.core.pagination import decode_cursor
from meadow.feed import services
from meadow.feed.errors import WallExpired
from meadow.feed.keeper import keeper
from meadow.feed.models import Newcomer, Wall
from meadow.feed.reading import read_hot
from meadow.feed.testing import rank_now
from meadow.notes.models import Note
from meadow.notes.testing import make_note

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)


def make_notes(count: int, *, authors: int = 5) -> list[Note]:
    people = [make_person().pk for _ in range(authors)]
    return [
        make_note(people[number % authors], title=f"Note {number}", now=NOW)
        for number in range(count)
    ]


def shown_ids(html: str) -> list[str]:
    return re.findall(r'data-note="([^"]+)"', html)


def next_url(html: str) -> str | None:
    found = re.search(r'href="(/\?after=[^"]+)"', html)
    return found.group(1) if found else None


def test_signed_out_home_is_hot_with_each_card_an_article(client: Client) -> None:
    make_notes(3)
    rank_now(now=NOW)

    answer = client.get("/")

    html = answer.content.decode()
    assert answer.status_code == 200
    assert html.count("<article") == 3
    assert "Note 1" in html


def test_scrolling_to_the_end_shows_every_note_once(client: Client) -> None:
    notes = make_notes(47)
    rank_now(now=NOW)

    url: str | None = "/"
    seen: list[str] = []
    pages = 0
    while url:
        html = client.get(url, headers={"HX-Request": "true"}).content.decode()
        seen += shown_ids(html)
        url = next_url(html)
        pages += 1

    assert pages == 3
    assert sorted(seen) == sorted(note.public_id for note in notes)


def test_next_page_works_without_javascript(client: Client) -> None:
    make_notes(25)
    rank_now(now=NOW)
    first = client.get("/").content.decode()

    url = next_url(first)
    assert url is not None
    second = client.get(url).content.decode()

    assert "<html" in second
    assert second.count("<article") == 5
    assert not set(shown_ids(first)) & set(shown_ids(second))


def test_a_new_ranking_does_not_disturb_a_session(client: Client) -> None:
    notes = make_notes(40)
    rank_now(now=NOW)
    first = client.get("/").content.decode()

    Note.objects.filter(pk=notes[39].pk).update(like_count=500)
    rank_now(now=NOW)
    url = next_url(first)
    assert url is not None
    second = client.get(url).content.decode()

    assert sorted(shown_ids(first) + shown_ids(second)) == sorted(n.public_id for n in notes)


def test_a_better_liked_note_stands_first() -> None:
    notes = make_notes(10)
    Note.objects.filter(pk=notes[4].pk).update(like_count=9)
    rank_now(now=NOW)

    page = read_hot(viewer_id=None, cursor="", now=NOW)

    assert page.cards[0].card.note_id == notes[4].pk


def test_a_note_just_published_is_shown_before_the_next_ranking() -> None:
    make_notes(30)
    rank_now(now=NOW)
    newcomer = make_note(make_person().pk, title="Just now", now=NOW)

    services.welcome_note(note_id=newcomer.pk, author_id=newcomer.author_id, now=NOW)
    keeper.look()
    page = read_hot(viewer_id=None, cursor="", now=NOW)

    assert newcomer.pk in [placed.card.note_id for placed in page.cards]


def test_a_note_is_welcomed_once_however_often_the_task_runs() -> None:
    note = make_note(make_person().pk, now=NOW)

    for _ in range(2):
        services.welcome_note(note_id=note.pk, author_id=note.author_id, now=NOW)

    assert Newcomer.objects.filter(note_id=note.pk).count() == 1


def test_a_deleted_note_is_gone_from_the_very_next_page(client: Client) -> None:
    notes = make_notes(5)
    rank_now(now=NOW)
    assert notes[2].public_id in shown_ids(client.get("/").content.decode())

    Note.objects.filter(pk=notes[2].pk).update(state="deleted", deleted_at=NOW)

    assert notes[2].public_id not in shown_ids(client.get("/").content.decode())


def test_notes_of_a_blocked_person_are_hidden_both_ways() -> None:
    ann, ben, eve = make_person("ann"), make_person("ben"), make_person("eve")
    by_ben = make_note(ben.pk, now=NOW)
    by_ann = make_note(ann.pk, now=NOW)
    by_eve = make_note(eve.pk, now=NOW)
    rank_now(now=NOW)
    block_person(blocker_id=ann.pk, blocked_id=ben.pk, now=NOW)

    def seen_by(person_id: int | None) -> set[int]:
        page = read_hot(viewer_id=person_id, cursor="", now=NOW)
        return {placed.card.note_id for placed in page.cards}

    assert seen_by(ann.pk) == {by_ann.pk, by_eve.pk}
    assert seen_by(ben.pk) == {by_ben.pk, by_eve.pk}
    assert seen_by(None) == {by_ann.pk, by_ben.pk, by_eve.pk}


def test_a_page_stays_full_when_many_of_its_notes_are_gone() -> None:
    notes = make_notes(60)
    rank_now(now=NOW)
    gone = [note.pk for note in notes[20:45]]
    Note.objects.filter(pk__in=gone).update(state="deleted", deleted_at=NOW)

    first = read_hot(viewer_id=None, cursor="", now=NOW)
    second = read_hot(viewer_id=None, cursor=first.next_cursor, now=NOW)

    assert len(first.cards) == 20
    assert len(second.cards) == 15
    assert second.next_cursor == ""


def test_the_first_page_with_exactly_twenty_notes_is_the_last() -> None:
    make_notes(20)
    rank_now(now=NOW)

    page = read_hot(viewer_id=None, cursor="", now=NOW)

    assert len(page.cards) == 20
    assert page.next_cursor == ""


def test_every_card_carries_a_token_for_its_note_slot_and_surface(client: Client) -> None:
    notes = {note.public_id: note for note in make_notes(6)}
    rank_now(now=NOW)

    html = client.get("/").content.decode()

    pairs = re.findall(r'data-note="([^"]+)"\s+data-fact-token="([^"]+)"', html)
    tokens = [open_token(token, now=dt.datetime.now(dt.UTC)) for _, token in pairs]  # noqa: TID251
    assert [token.slot for token in tokens if token] == list(range(6))
    for (public_id, _), token in zip(pairs, tokens, strict=True):
        assert token is not None
        assert (token.note_id, token.surface) == (notes[public_id].pk, "hot")
        assert token.author_id == notes[public_id].author_id


def test_walls_are_kept_for_two_hours_and_then_expire() -> None:
    make_notes(30)
    version = rank_now(now=NOW)
    page = read_hot(viewer_id=None, cursor="", now=NOW)
    assert decode_cursor(page.next_cursor)["v"] == version

    services.rank_hot(now=NOW + dt.timedelta(hours=1))
    assert Wall.objects.filter(pk=version).exists()
    services.rank_hot(now=NOW + dt.timedelta(hours=2, seconds=1))
    keeper.forget()

    assert not Wall.objects.filter(pk=version).exists()
    with pytest.raises(WallExpired):
        read_hot(viewer_id=None, cursor=page.next_cursor, now=NOW)


def test_an_expired_page_leads_back_to_the_top(client: Client) -> None:
    make_notes(30)
    version = rank_now(now=NOW)
    url = next_url(client.get("/").content.decode())
    assert url is not None
    Wall.objects.filter(pk=version).delete()
    keeper.forget()

    plain = client.get(url)
    fragment = client.get(url, headers={"HX-Request": "true"})

    assert (plain.status_code, plain.headers["Location"]) == (302, "/")
    assert fragment.status_code == 200
    assert "Hot has moved on" in fragment.content.decode()


def test_a_forged_cursor_leads_back_to_the_top(client: Client) -> None:
    answer = client.get("/?after=made-up")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_an_empty_community_is_told_what_will_be_here(client: Client) -> None:
    answer = client.get("/")

    assert answer.status_code == 200
    assert "Write the first note" in answer.content.decode()
    assert "<article" not in answer.content.decode()
