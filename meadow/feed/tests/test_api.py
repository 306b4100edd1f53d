"""The walls over the API: the same cards and cursors, and who may call."""

import datetime as dt

import pytest
from django.test import Client

from meadow.accounts.models import Follow
from meadow.accounts.testing import make_person, make_token
from meadow.analytics.tokens import open_token
from meadow.core.clock import now as read_clock
from meadow.feed.keeper import keeper
from meadow.feed.models import Wall
from meadow.feed.testing import rank_now
from meadow.notes.testing import make_note

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)


def test_hot_is_open_to_all_and_pages_without_repeats(client: Client) -> None:
    author = make_person("ann", name="Ann")
    notes = {make_note(author.pk, now=NOW).public_id for _ in range(25)}
    rank_now(now=NOW)

    first = client.get("/api/v1/feed/hot").json()
    second = client.get("/api/v1/feed/hot", {"cursor": first["next_cursor"]}).json()

    assert len(first["items"]) == 20
    assert {item["note"]["id"] for item in first["items"] + second["items"]} == notes
    assert second["next_cursor"] is None
    assert first["items"][0]["note"]["author"]["handle"] == "ann"
    assert [item["slot"] for item in second["items"]] == [20, 21, 22, 23, 24]


def test_each_item_has_a_token_of_its_own_surface(client: Client) -> None:
    ann, ben = make_person("ann"), make_person("ben")
    note = make_note(ann.pk, now=NOW)
    Follow.objects.create(follower=ben, followed=ann, created_at=NOW)
    rank_now(now=NOW)
    secret = make_token(ben, "notes:read")

    hot = client.get("/api/v1/feed/hot").json()["items"][0]
    followed = client.get(
        "/api/v1/feed/follow", headers={"Authorization": f"Bearer {secret}"}
    ).json()["items"][0]

    for item, surface in ((hot, "hot"), (followed, "follow")):
        token = open_token(item["token"], now=read_clock())
        assert token is not None
        assert (token.note_id, token.surface) == (note.pk, surface)


def test_follow_needs_somebody_signed_in(client: Client) -> None:
    answer = client.get("/api/v1/feed/follow")

    assert answer.status_code == 401
    assert answer.json()["code"] == "not_signed_in"


def test_an_expired_cursor_is_gone_and_says_what_to_do(client: Client) -> None:
    author = make_person()
    for _ in range(25):
        make_note(author.pk, now=NOW)
    version = rank_now(now=NOW)
    cursor = client.get("/api/v1/feed/hot").json()["next_cursor"]
    Wall.objects.filter(pk=version).delete()
    keeper.forget()

    answer = client.get("/api/v1/feed/hot", {"cursor": cursor})

    assert answer.status_code == 410
    assert answer.json()["code"] == "feed.wall_expired"
    assert answer.json()["detail"] == "Start again from the top."


def test_a_forged_cursor_is_refused(client: Client) -> None:
    answer = client.get("/api/v1/feed/hot", {"cursor": "made-up"})

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_cursor"
