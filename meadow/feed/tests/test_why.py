"""Why a card is there: what is said is what ranked it, to the last figure."""

import datetime as dt
import json
import re

import pytest
from django.test import Client

from meadow.accounts.models import Follow
from meadow.accounts.testing import make_person, sign_in
from meadow.analytics.models import NoteReads
from meadow.analytics.tokens import seal_token
from meadow.core.clock import now as read_clock
from meadow.feed.errors import CardForgotten
from meadow.feed.models import HiddenNote, Wall
from meadow.feed.queries import explain
from meadow.feed.testing import rank_now
from meadow.feed.ways import RANKED
from meadow.notes.models import Note
from meadow.notes.testing import make_note

pytestmark = pytest.mark.django_db


def tokens_of(html: str) -> list[str]:
    return re.findall(r'href="/why/([^"]+)"', html)


def well_known(note: Note, *, likes: int, impressions: int) -> None:
    Note.objects.filter(pk=note.pk).update(like_count=likes, save_count=likes // 2)
    NoteReads.objects.create(
        note_id=note.pk,
        author_id=note.author_id,
        reads_raw=likes * 3,
        reads_valid=likes * 2,
        impressions=impressions,
        watermark=read_clock(),
    )


def test_the_figures_are_those_that_ranked_it_whatever_happened_since(client: Client) -> None:
    at = read_clock()
    notes = [make_note(make_person().pk, now=at - dt.timedelta(hours=6)) for _ in range(4)]
    for number, note in enumerate(notes):
        well_known(note, likes=10 * number, impressions=400)
    rank_now(now=at)
    token = tokens_of(client.get("/").content.decode())[0]
    Note.objects.update(like_count=999)

    found = explain(token=token, viewer_id=None, now=at)

    assert (found.way, found.place, found.slot, found.rule_version) == ("ranked", 1, 1, 1)
    assert [(p.code, p.value, p.weight, p.points) for p in found.parts] == [
        ("likes", 30, 1, 30),
        ("saves", 15, 2, 30),
        ("comments", 0, 2, 0),
        ("reads", 60, 0.2, 12),
    ]
    assert found.engagement == 72
    # The formula of docs/algorithms/hot.md, by hand: sum of acts 30+15+60+... over all four notes.
    acts = sum(10 * n + 2 * (5 * n) + 0.2 * (20 * n) for n in range(4))
    prior = (acts + 0.1 * 1000) / (1600 + 1000)
    rate = (72 + 50 * prior) / (400 + 50)
    assert found.community_rate == pytest.approx(prior)
    assert found.rate == pytest.approx(rate)
    assert found.score == pytest.approx(rate * 2 ** (-6 / 24), rel=1e-5)


def test_an_explored_card_says_how_often_it_had_been_shown(client: Client) -> None:
    at = read_clock()
    for _ in range(9):
        well_known(make_note(make_person().pk, now=at), likes=20, impressions=500)
    new = make_note(make_person().pk, title="Hardly seen", now=at)
    well_known(new, likes=0, impressions=7)
    rank_now(now=at)
    html = client.get("/").content.decode()

    found = explain(token=tokens_of(html)[4], viewer_id=None, now=at)
    page = client.get(f"/why/{tokens_of(html)[4]}").content.decode()

    assert (found.way, found.note.title, found.impressions) == ("explored", "Hardly seen", 7)
    assert "It had been shown 7 times; up to 100 are promised." in page


def test_a_card_of_follow_says_so() -> None:
    ann, ben = make_person("ann"), make_person("ben")
    make_note(ben.pk, now=read_clock())
    Follow.objects.create(follower=ann, followed=ben, created_at=read_clock())
    reader = sign_in(ann)
    token = tokens_of(reader.get("/follow").content.decode())[0]

    page = reader.get(f"/why/{token}").content.decode()

    assert "You follow its author." in page
    assert "Nothing about you" not in page


@pytest.mark.parametrize(
    ("person", "words"),
    [
        (None, "Nothing about you went into it."),
        ({"birth_year": 2012}, "no reading profile is kept of anybody who may be under 18"),
        ({}, "you have not asked for a feed of your own"),
    ],
)
def test_it_says_that_nothing_personal_went_into_it(
    client: Client, person: dict[str, int] | None, words: str
) -> None:
    make_note(make_person().pk, now=read_clock())
    rank_now(now=read_clock())
    reader = client if person is None else sign_in(make_person("ann", **person))

    token = tokens_of(reader.get("/").content.decode())[0]

    assert words in reader.get(f"/why/{token}").content.decode()


def test_a_ranking_that_is_gone_is_not_made_up(client: Client) -> None:
    make_note(make_person().pk, now=read_clock())
    rank_now(now=read_clock())
    token = tokens_of(client.get("/").content.decode())[0]
    Wall.objects.all().delete()

    page = client.get(f"/why/{token}").content.decode()

    assert "no longer kept" in page
    assert "<table" not in page


def test_forged_old_and_hidden_cards_are_not_explained(client: Client) -> None:
    at = read_clock()
    note = make_note(make_person().pk, now=at)
    token = seal_token(note_id=note.pk, author_id=note.author_id, surface="hot", now=at, way=RANKED)

    with pytest.raises(CardForgotten):
        explain(token=token[:-2] + "AA", viewer_id=None, now=at)
    with pytest.raises(CardForgotten):
        explain(token=token, viewer_id=None, now=at + dt.timedelta(days=1))
    Note.objects.filter(pk=note.pk).update(visibility="private")
    assert client.get(f"/why/{token}").status_code == 404


def test_acts_on_a_card_are_done_and_taken_back() -> None:
    note = make_note(make_person("ben").pk, now=read_clock())
    rank_now(now=read_clock())
    reader = sign_in(make_person("ann"))
    token = tokens_of(reader.get("/").content.decode())[0]

    hidden = reader.post(f"/why/{token}/hide-note", headers={"HX-Request": "true"})
    assert HiddenNote.objects.filter(note=note).count() == 1
    back = reader.post(f"/why/{token}/show-note")

    assert "Show this note again" in hidden.content.decode()
    assert json.loads(hidden.headers["HX-Trigger"]) == {
        "meadow:card": {"act": "hide-note", "note": note.public_id, "author": "ben"}
    }
    assert (back.status_code, back.headers["Location"]) == (302, f"/why/{token}")
    assert not HiddenNote.objects.exists()


def test_the_api_says_the_same(client: Client) -> None:
    make_note(make_person().pk, now=read_clock())
    rank_now(now=read_clock())
    token = client.get("/api/v1/feed/hot").json()["items"][0]["token"]

    said = client.get("/api/v1/feed/why", {"token": token}).json()

    assert (said["way"], said["place"], said["is_personal"]) == ("ranked", 1, False)
    assert [part["code"] for part in said["parts"]] == ["likes", "saves", "comments", "reads"]
    assert client.get("/api/v1/feed/why", {"token": "x"}).status_code == 404
