"""One's news over the API: listed, marked read, and what of it comes by e-mail."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.notifications.models import Notification
from meadow.notifications.testing import make_notification

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)
URL = "/api/v1/notifications"
JSON: Any = "application/json"


def test_news_is_listed_in_words_newest_first() -> None:
    ann = make_person()
    old = make_notification(ann.pk, kind="tests.quiet", url="/a", now=NOON)
    new = make_notification(ann.pk, kind="tests.news", params={"n": 2}, url="/b", now=NOON)
    make_notification(make_person().pk)

    answer = sign_in(ann).get(URL).json()

    assert answer == {
        "items": [
            {
                "id": new.public_id,
                "kind": "tests.news",
                "title": "Notifications 2",
                "body": "Read it on Meadow:",
                "url": "/b",
                "created_at": "2026-05-02T12:00:00Z",
                "read_at": None,
            },
            {
                "id": old.public_id,
                "kind": "tests.quiet",
                "title": "Quiet",
                "body": "",
                "url": "/a",
                "created_at": "2026-05-02T12:00:00Z",
                "read_at": None,
            },
        ],
        "next_cursor": None,
        "unread": 2,
    }


def test_pages_follow_each_other_to_the_end() -> None:
    ann = make_person()
    made = [make_notification(ann.pk).public_id for _ in range(5)]
    client = sign_in(ann)

    first = client.get(f"{URL}?size=3").json()
    second = client.get(f"{URL}?size=3&cursor={first['next_cursor']}").json()

    listed = [item["id"] for item in first["items"] + second["items"]]
    assert listed == made[::-1]
    assert second["next_cursor"] is None


def test_some_are_marked_and_what_is_not_one_s_own_is_passed_over() -> None:
    ann = make_person()
    mine, other = make_notification(ann.pk), make_notification(ann.pk)
    foreign = make_notification(make_person().pk)

    answer = sign_in(ann).post(
        f"{URL}/read", {"ids": [mine.public_id, foreign.public_id]}, content_type=JSON
    )

    assert answer.json() == {"marked": 1, "unread": 1}
    unread = set(Notification.objects.filter(read_at__isnull=True).values_list("pk", flat=True))
    assert unread == {other.pk, foreign.pk}


def test_all_up_to_one_are_marked_and_again_changes_nothing() -> None:
    ann = make_person()
    made = [make_notification(ann.pk) for _ in range(3)]
    client, body = sign_in(ann), {"up_to": made[1].public_id}

    first = client.post(f"{URL}/read", body, content_type=JSON).json()
    second = client.post(f"{URL}/read", body, content_type=JSON).json()

    assert first == {"marked": 2, "unread": 1}
    assert second == {"marked": 0, "unread": 1}


@pytest.mark.parametrize(
    "body", [{}, {"ids": []}, {"ids": ["b1"], "up_to": "b1"}, {"ids": ["b"] * 101}, {"up_to": ""}]
)
def test_a_call_that_does_not_say_which_is_told_so(body: dict[str, Any]) -> None:
    answer = sign_in(make_person()).post(f"{URL}/read", body, content_type=JSON)

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_input"


@pytest.mark.parametrize("query", ["size=0", "size=101", "size=x", "unread=perhaps"])
def test_a_query_that_does_not_fit_is_told(query: str) -> None:
    assert sign_in(make_person()).get(f"{URL}?{query}").status_code == 422


def test_mail_is_chosen_by_group_and_an_unknown_group_is_named() -> None:
    client = sign_in(make_person())

    off = client.patch(f"{URL}/preferences", {"email": {"record": False}}, content_type=JSON)
    unknown = client.patch(f"{URL}/preferences", {"email": {"nothing": False}}, content_type=JSON)

    assert {one["group"]: one["email"] for one in off.json()}["record"] is False
    assert {one["group"]: one["email"] for one in client.get(f"{URL}/preferences").json()}[
        "record"
    ] is False
    assert unknown.status_code == 422
    assert "There is no group nothing." in unknown.json()["errors"]["email"][0]


def test_a_token_needs_its_scope() -> None:
    ann = make_person()
    make_notification(ann.pk)

    def get(*scopes: str) -> Any:
        return Client().get(URL, headers={"Authorization": f"Bearer {make_token(ann, *scopes)}"})

    assert get("profile:read").status_code == 403
    assert get("notifications").json()["unread"] == 1
