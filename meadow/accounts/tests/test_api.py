"""The API of accounts: by session and by token, each within its scope."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from meadow.accounts.models import AccessToken, Block, Follow, Person
from meadow.accounts.scopes import SCOPES
from meadow.accounts.services import block_person, follow_person
from meadow.accounts.testing import WHEN, make_person, make_token, sign_in
from meadow.core.models import RateCount

pytestmark = pytest.mark.django_db
API = "/api/v1"


def call(
    method: str, path: str, *, token: str | None = None, client: Client | None = None, **body: Any
) -> HttpResponse:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return (client or Client()).generic(  # type: ignore[return-value]
        method,
        API + path,
        json.dumps(body) if body else "",
        content_type="application/json",
        headers=headers,
    )


def problem(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def test_a_token_reads_its_person() -> None:
    ann = make_person("ann", name="Ann", region="CN")

    answer: Any = call("GET", "/me", token=make_token(ann, "profile:read"))

    assert answer.status_code == 200
    told = answer.json()
    assert (told["id"], told["handle"], told["email"]) == (ann.public_id, "ann", ann.email)
    assert (told["region"], told["birth_year"], told["role"]) == ("CN", None, "member")


NEEDS = [
    ("GET", "/me", "profile:read"),
    ("PATCH", "/me", "profile:write"),
    ("GET", "/people/ben", "profile:read"),
    ("GET", "/people/ben/followers", "profile:read"),
    ("GET", "/people/ben/following", "profile:read"),
    ("POST", "/people/ben/follow", "social:write"),
    ("DELETE", "/people/ben/follow", "social:write"),
    ("POST", "/people/ben/block", "social:write"),
    ("DELETE", "/people/ben/block", "social:write"),
]


@pytest.mark.parametrize(("method", "path", "scope"), NEEDS)
def test_each_call_needs_exactly_its_scope(method: str, path: str, scope: str) -> None:
    make_person("ben")
    ann = make_person("ann")
    others = [name for name in SCOPES if name != scope]
    body: dict[str, Any] = {"name": "New"} if method == "PATCH" else {}

    refused = call(method, path, token=make_token(ann, *others), **body)
    allowed = call(method, path, token=make_token(ann, scope), **body)

    assert problem(refused) == (403, "accounts.scope_missing")
    assert allowed.status_code == 200


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/tokens"), ("POST", "/tokens"), ("DELETE", "/tokens/x")]
)
def test_a_token_can_make_no_token(method: str, path: str) -> None:
    token = make_token(make_person(), *SCOPES)

    refused = call(method, path, token=token, name="x", scopes=["profile:read"])

    assert problem(refused) == (403, "accounts.session_required")
    assert AccessToken.objects.count() == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        (method, path)
        for method, path, scope in NEEDS
        if not path.startswith("/people") or method != "GET"
    ],
)
def test_a_stranger_is_told_to_sign_in(method: str, path: str) -> None:
    make_person("ben")

    assert problem(call(method, path, name="x")) == (401, "not_signed_in")


@pytest.mark.parametrize("header", ["Bearer mdw_nope", "Basic YTpi", "Bearer", "x"])
def test_a_token_that_does_not_work_is_refused_even_where_strangers_may_read(header: str) -> None:
    make_person("ben")

    answer: Any = Client().get(f"{API}/people/ben", headers={"Authorization": header})

    assert problem(answer) == (401, "accounts.token_invalid")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_token_outweighs_the_session() -> None:
    ann, ben = make_person("ann"), make_person("ben")

    answer: Any = call("GET", "/me", token=make_token(ben, "profile:read"), client=sign_in(ann))

    assert answer.json()["handle"] == "ben"


def test_a_session_s_write_needs_the_token_against_forgery() -> None:
    ann, ben = make_person("ann"), make_person("ben")
    client = sign_in(ann, enforce_csrf_checks=True)

    assert problem(call("POST", "/people/ben/follow", client=client)) == (403, "csrf_missing")
    assert not Follow.objects.filter(followed=ben).exists()


def test_what_is_left_out_of_a_change_stays() -> None:
    ann = make_person("ann", name="Ann", bio="Hi", region="CN", birth_year=1990)
    token = make_token(ann, "profile:write")

    answer: Any = call("PATCH", "/me", token=token, bio="New", birth_year=None, theme="dark")

    assert answer.status_code == 200
    ann.refresh_from_db()
    assert (ann.name, ann.bio, ann.region, ann.birth_year, ann.theme) == (
        "Ann",
        "New",
        "CN",
        None,
        "dark",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"name": "x" * 41},
        {"bio": "x" * 301},
        {"region": "XX"},
        {"birth_year": 1800},
        {"gender": "robot"},
        {"theme": "neon"},
        {"language": "xx"},
        {"name": 7},
    ],
)
def test_a_bad_change_names_its_field_and_changes_nothing(change: dict[str, Any]) -> None:
    ann = make_person("ann", name="Ann")

    answer: Any = call("PATCH", "/me", token=make_token(ann, "profile:write"), **change)

    assert problem(answer) == (422, "invalid_input")
    assert [name.split(".")[-1] for name in answer.json()["errors"]] == list(change)
    ann.refresh_from_db()
    assert ann.name == "Ann"


def test_text_that_cannot_be_kept_is_refused() -> None:
    token = make_token(make_person("ann"), "profile:write")

    assert problem(call("PATCH", "/me", token=token, name="a\x00b")) == (400, "unreadable_text")
    assert problem(call("PATCH", "/me", token=token, name="\ud800")) == (422, "invalid_input")


def test_a_page_is_read_under_an_etag() -> None:
    ben = make_person("ben", bio="Hi")

    first: Any = Client().get(f"{API}/people/BEN")
    second = Client().get(f"{API}/people/ben", headers={"If-None-Match": first["ETag"]})
    Person.objects.filter(pk=ben.pk).update(bio="New")
    third = Client().get(f"{API}/people/ben", headers={"If-None-Match": first["ETag"]})

    assert first.json()["bio"] == "Hi"
    assert (second.status_code, second.content) == (304, b"")
    assert third.status_code == 200
    assert "email" not in first.json()
    assert "birth_year" not in first.json()


def test_follow_and_block_over_the_api() -> None:
    ann, ben = make_person("ann"), make_person("ben")
    token = make_token(ann, "social:write")

    followed: Any = call("POST", "/people/ben/follow", token=token)
    assert followed.json() == {"is_following": True, "is_blocked": False}
    blocked: Any = call("POST", "/people/ben/block", token=token)
    assert blocked.json() == {"is_following": False, "is_blocked": True}
    assert not Follow.objects.exists()
    assert Block.objects.filter(blocker=ann, blocked=ben).exists()
    refused = call("POST", "/people/ben/follow", token=token)
    assert problem(refused) == (403, "accounts.follow_refused")
    unblocked: Any = call("DELETE", "/people/ben/block", token=token)
    assert unblocked.json() == {"is_following": False, "is_blocked": False}


def test_who_blocked_me_is_missing_over_the_api_too() -> None:
    ann, ben = make_person("ann"), make_person("ben")
    block_person(blocker_id=ben.pk, blocked_id=ann.pk, now=WHEN)
    token = make_token(ann, "profile:read", "social:write")

    for method, path in [
        ("GET", "/people/ben"),
        ("GET", "/people/ben/followers"),
        ("POST", "/people/ben/follow"),
        ("GET", "/people/nobody"),
    ]:
        assert problem(call(method, path, token=token)) == (404, "accounts.person_missing")


def test_followers_are_walked_by_cursor() -> None:
    ann = make_person("ann")
    for n in range(5):
        follow_person(follower_id=make_person(f"fan{n}").pk, followed_id=ann.pk, now=WHEN)

    seen: list[str] = []
    cursor = None
    for _ in range(3):
        query = {"size": 2, **({"cursor": cursor} if cursor else {})}
        page = Client().get(f"{API}/people/ann/followers", query).json()
        seen += [person["handle"] for person in page["items"]]
        cursor = page["next_cursor"]

    assert seen == ["fan4", "fan3", "fan2", "fan1", "fan0"]
    assert cursor is None
    junk: Any = Client().get(f"{API}/people/ann/followers", {"cursor": "junk"})
    assert problem(junk) == (400, "invalid_cursor")


def test_tokens_are_made_listed_and_revoked_in_a_session() -> None:
    client = sign_in(make_person("ann"))

    made: Any = call("POST", "/tokens", client=client, name="script", scopes=["notes:read"])
    assert made.status_code == 201
    assert call("GET", "/me", token=made.json()["secret"]).status_code == 403  # works, other scope
    listed: Any = call("GET", "/tokens", client=client)
    assert [(one["name"], one["scopes"]) for one in listed.json()] == [("script", ["notes:read"])]
    assert "secret" not in listed.json()[0]

    gone = call("DELETE", f"/tokens/{made.json()['id']}", client=client)
    assert gone.status_code == 204
    assert problem(call("GET", "/me", token=made.json()["secret"])) == (
        401,
        "accounts.token_invalid",
    )


def test_the_realtime_credentials_are_for_signed_in_people() -> None:
    ann = make_person("ann")

    refused: Any = Client().post("/realtime/credentials", headers={"Accept": "application/json"})
    given: Any = sign_in(ann).post("/realtime/credentials")

    assert problem(refused) == (401, "not_signed_in")
    assert set(given.json()) == {"url", "jwt", "subjects", "expires_at"}
    assert given.json()["url"].startswith("ws://")
    assert given["Cache-Control"].startswith("max-age=0, no-cache, no-store")


def test_who_opens_four_pages_a_second_still_listens() -> None:
    client = sign_in(make_person())
    client.post("/realtime/credentials")
    RateCount.objects.filter(key__contains="core.credentials").update(count=239)

    answers: Any = [client.post("/realtime/credentials") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]
