"""What `POST /e` takes, what it refuses, and what it writes into the stream."""

import asyncio
import datetime as dt
from typing import Any

import nats as nats_client
import orjson
import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from meadow.analytics.beacon import parse_beacon
from meadow.analytics.errors import BeaconMalformed, BeaconTooLarge
from meadow.analytics.facts import STREAM, Fact, decode_batch
from meadow.analytics.testing import rows_of
from meadow.analytics.tokens import seal_token
from meadow.analytics.warehouse.ingest import ensure_stream
from meadow.core import clock, ids

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NOW = dt.datetime(2026, 3, 14, 12, 0, tzinfo=dt.UTC)
NOW_MS = int(NOW.timestamp() * 1000)
PROBLEM = "application/problem+json"


def stream_of_facts(work: Any) -> Any:
    async def connected() -> Any:
        environment = settings.ENVIRONMENT
        client = await nats_client.connect(
            environment.nats_url, user_credentials=environment.nats_creds
        )
        try:
            return await work(client.jetstream())
        finally:
            await client.close()

    return asyncio.run(connected())


@pytest.fixture
def facts_stream(nats: Any) -> None:
    """The stream of facts exists, as after the first start of a warehouse."""
    stream_of_facts(ensure_stream)


def messages() -> int:
    async def count(stream: Any) -> int:
        info = await stream.stream_info(STREAM)
        return int(info.state.last_seq)

    return int(stream_of_facts(count))


def last_facts() -> list[dict[str, Any]]:
    async def read(stream: Any) -> bytes:
        info = await stream.stream_info(STREAM)
        message = await stream.get_msg(STREAM, seq=info.state.last_seq)
        return bytes(message.data)

    return rows_of(decode_batch(stream_of_facts(read)))


def event(**given: Any) -> dict[str, Any]:
    members = {"id": ids.new_id("e"), "k": "read", "t": "", "ms": 1200}
    return members | given


def post(client: Client, *events: Any, body: bytes | None = None, **headers: Any) -> Any:
    body = orjson.dumps({"v": 1, "events": events}) if body is None else body
    headers = {"user_agent": FIREFOX} | headers
    return client.post("/e", body, content_type="application/json", headers=headers)


def token(**given: Any) -> str:
    shown: dict[str, Any] = {"note_id": 41, "author_id": 900, "surface": "hot", "slot": 4}
    shown["now"] = clock.now()
    return seal_token(**(shown | given))


@pytest.mark.django_db
def test_a_batch_becomes_one_message_in_the_stream(facts_stream: None) -> None:
    person = get_user_model().objects.create_user("reader")
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    before, sealed = messages(), token(campaign_id=6, arm=2)

    answer = post(client, event(t=sealed), event(k="dwell", t=sealed, ms=5000))

    assert (answer.status_code, answer.content) == (204, b"")
    assert messages() == before + 1
    read, dwell = last_facts()
    assert (read["kind"], dwell["kind"], dwell["ms"]) == ("read", "dwell", 5000)
    assert read["person"] == person.pseudonym
    shown = {"note_id": 41, "author_id": 900, "surface": "hot", "slot": 4}
    shown |= {"campaign_id": 6, "arm": 2, "provenance": "organic", "reason": "", "signed_in": True}
    assert {name: read[name] for name in shown} == shown
    assert set(read) == set(Fact.__slots__)


@pytest.mark.django_db
def test_a_stranger_gets_a_pseudonym_without_a_cookie(facts_stream: None) -> None:
    answer = post(Client(), event(t=token()))

    assert answer.status_code == 204
    assert answer.cookies == {}
    (fact,) = last_facts()
    assert len(fact["person"]) == 32
    assert (fact["signed_in"], fact["provenance"]) == (False, "organic")
    assert not any("127.0.0.1" in str(value) for value in fact.values())


@pytest.mark.django_db
def test_the_authors_own_read_is_invalid(facts_stream: None) -> None:
    author = get_user_model().objects.create_user("author")
    client = Client()
    client.force_login(author, backend="allauth.account.auth_backends.AuthenticationBackend")

    post(client, event(t=token(author_id=author.pk)))

    (fact,) = last_facts()
    assert (fact["provenance"], fact["reason"]) == ("invalid", "own")


@pytest.mark.django_db
def test_requests_that_are_not_a_persons_reading_say_why(facts_stream: None) -> None:
    verdicts = {}
    requests: dict[str, dict[str, Any]] = {
        "robot": {"user_agent": "Mozilla/5.0 (compatible; Examplebot/2.1)"},
        "prefetch": {"sec_purpose": "prefetch;prerender"},
        "do_not_track": {"dnt": "1"},
    }
    for name, headers in requests.items():
        assert post(Client(), event(t=token()), **headers).status_code == 204
        (fact,) = last_facts()
        verdicts[name] = (fact["reason"], fact["person"] != "")

    assert verdicts == {
        "robot": ("robot", True),
        "prefetch": ("prefetch", True),
        "do_not_track": ("do_not_track", False),
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 204),
        ({"sec_fetch_site": "same-origin", "origin": "http://testserver"}, 204),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"sec_fetch_site": "none"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "http://testserver.evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
def test_only_our_own_pages_may_report(
    facts_stream: None, headers: dict[str, Any], status: int
) -> None:
    before = messages()

    answer = post(Client(enforce_csrf_checks=True), event(t=token()), **headers)

    assert answer.status_code == status
    assert messages() == before + (status == 204)
    if status == 403:
        assert answer["Content-Type"] == PROBLEM
        assert answer.json()["code"] == "analytics.foreign_origin"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"not json", 400, "analytics.beacon_malformed"),
        (b"[]", 400, "analytics.beacon_malformed"),
        (b'{"v": 2, "events": [{}]}', 400, "analytics.beacon_malformed"),
        (b'{"v": 1, "events": []}', 400, "analytics.beacon_malformed"),
        (b" " * (64 * 1024 + 1), 413, "analytics.beacon_too_large"),
        (
            orjson.dumps({"v": 1, "events": [event() for _ in range(201)]}),
            413,
            "analytics.beacon_too_large",
        ),
    ],
)
def test_a_batch_that_breaks_the_rules_is_refused_whole(
    facts_stream: None, body: bytes, status: int, code: str
) -> None:
    before = messages()

    answer = post(Client(), body=body)

    assert (answer.status_code, answer["Content-Type"]) == (status, PROBLEM)
    assert answer.json()["code"] == code
    assert messages() == before


def test_only_post_is_answered(client: Client) -> None:
    assert client.get("/e").status_code == 405


@pytest.mark.django_db
def test_facts_are_not_acknowledged_while_the_stream_is_away(
    nats: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def delete(stream: Any) -> None:
        await ensure_stream(stream)
        await stream.delete_stream(STREAM)

    stream_of_facts(delete)

    answer = post(Client(), event(t=token()))

    assert (answer.status_code, answer["Content-Type"]) == (503, PROBLEM)
    assert int(answer["Retry-After"]) > 0
    stream_of_facts(ensure_stream)
    assert post(Client(), event(t=token())).status_code == 204


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"id": "x"}, "events[0].id"),
        ({"id": 5}, "events[0].id"),
        ({"id": "e" + "a" * 41}, "events[0].id"),
        ({"id": "e'); DROP--aaaa"}, "events[0].id"),
        ({"k": "purchase"}, "events[0].k"),
        ({"k": ["read"]}, "events[0].k"),
        ({"t": 7}, "events[0].t"),
        ({"t": "x" * 201}, "events[0].t"),
        ({"ms": -1}, "events[0].ms"),
        ({"ms": 1.5}, "events[0].ms"),
        ({"ms": True}, "events[0].ms"),
        ({"ms": 86_400_001}, "events[0].ms"),
        ({"at": "now"}, "events[0].at"),
        ({"at": -1}, "events[0].at"),
        ({"email": "ann@example.org"}, "events[0].email"),
    ],
)
def test_each_member_is_checked(members: dict[str, Any], place: str) -> None:
    with pytest.raises(BeaconMalformed) as refused:
        parse_beacon(orjson.dumps({"v": 1, "events": [event(**members)]}))

    assert refused.value.params["place"] == place


def test_the_largest_allowed_batch_is_taken() -> None:
    events = [event(at=1) for _ in range(200)]
    body = orjson.dumps({"v": 1, "events": events})

    assert len(parse_beacon(body + b" " * (64 * 1024 - len(body)))) == 200
    with pytest.raises(BeaconTooLarge):
        parse_beacon(body + b" " * (64 * 1024 - len(body) + 1))
