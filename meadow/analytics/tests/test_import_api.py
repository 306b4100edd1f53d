"""`POST /api/v1/facts/import`: for operators, all or nothing, the same event once."""

import datetime as dt
from typing import Any

import orjson
import pytest
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, make_token
from meadow.analytics.columns import decode_table
from meadow.analytics.external import pseudonym_of
from meadow.analytics.facts import STREAM
from meadow.analytics.tests.test_collect import facts_stream, messages, stream_of_facts
from meadow.notes.models import Note
from meadow.notes.testing import make_note

__all__ = ["facts_stream"]
AT = "2026-03-14T12:00:00+00:00"


@pytest.fixture
def warden(db: None, facts_stream: None) -> Person:
    return make_person("warden", role="operator")


@pytest.fixture
def note(warden: Person) -> Note:
    return make_note(make_person("ann").pk)


def event(note: Note, **given: Any) -> dict[str, Any]:
    return {"person": "p1", "note": note.public_id, "at": AT, "kind": "read", "ms": 1500} | given


def post(person: Person, *events: Any, scope: str = "facts:import", source: str = "blog") -> Any:
    return Client().post(
        "/api/v1/facts/import",
        data=orjson.dumps({"source": source, "events": events}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {make_token(person, scope)}"},
    )


def last_table() -> Any:
    async def read(stream: Any) -> bytes:
        info = await stream.stream_info(STREAM)
        message = await stream.get_msg(STREAM, seq=info.state.last_seq)
        return bytes(message.data)

    return decode_table(stream_of_facts(read))


def test_events_become_facts_in_one_message(warden: Person, note: Note) -> None:
    before = messages()

    answer = post(
        warden,
        event(note, surface="hot", id="1"),
        event(note, person="p2", kind="like", ms=0, signed_in=False),
    )

    assert (answer.status_code, answer.json()) == (200, {"taken": 2})
    assert messages() == before + 1
    table, fresh = last_table()
    assert fresh
    wanted = ["kind", "note_id", "author_id", "person", "signed_in", "surface", "ms", "at"]
    at = dt.datetime(2026, 3, 14, 12, 0, tzinfo=dt.UTC)
    assert [list(row.values()) for row in table.select(wanted).to_pylist()] == [
        ["read", note.pk, note.author_id, pseudonym_of(source="blog", person="p1"), True, "hot",
         1500, at],
        ["like", note.pk, note.author_id, pseudonym_of(source="blog", person="p2"), False, "", 0,
         at],
    ]  # fmt: skip
    assert set(table["provenance"].to_pylist()) == {"organic"}


def test_a_persons_key_never_leaves_and_differs_by_source() -> None:
    one, two = pseudonym_of(source="blog", person="p1"), pseudonym_of(source="shop", person="p1")

    assert one != two
    assert len(one) == 32
    assert "p1" not in one


def test_the_same_event_has_the_same_id_and_another_one_another(warden: Person, note: Note) -> None:
    def sent_ids(*events: Any, source: str = "blog") -> list[str]:
        assert post(warden, *events, source=source).status_code == 200
        return list(last_table()[0]["id"].to_pylist())

    first = sent_ids(event(note), event(note, ms=1600), event(note, id="7"))

    assert sent_ids(event(note), event(note, ms=1600), event(note, id="7", ms=9)) == first
    assert len({*first, *sent_ids(event(note), event(note, id="7"), source="shop")}) == 5


def test_a_fault_refuses_all_and_names_its_place(warden: Person, note: Note) -> None:
    draft = make_note(note.author_id, published=False)
    before = messages()

    answers = [
        post(warden, event(note), event(draft)),
        post(warden, event(note), event(note), event(note, kind="follow")),
        post(warden, event(note), event(note, surface="moon")),
        post(warden, event(note, at="2999-01-01T00:00:00Z")),
    ]

    assert [answer.status_code for answer in answers] == [422] * 4
    assert [answer.json()["params"]["place"] for answer in answers] == [
        "note[1]",
        "kind[2]",
        "surface[1]",
        "at[0]",
    ]
    assert answers[0].json()["code"] == "analytics.import_refused"
    assert messages() == before


def test_what_is_not_an_event_is_refused_by_the_schema(warden: Person, note: Note) -> None:
    before = messages()

    faults = [
        post(warden, event(note, ms=-1)),
        post(warden, event(note, at="2026-03-14T12:00:00")),
        post(warden, event(note, colour="red")),
        post(warden, event(note), source="two words"),
        post(warden, *[event(note)] * 5001),
    ]

    assert [answer.status_code for answer in faults] == [422] * 5
    assert list(faults[0].json()["errors"]) == ["events.0.ms"]
    assert messages() == before


def test_only_operators_with_the_scope_import(warden: Person, note: Note) -> None:
    before = messages()

    answers = [
        post(make_person("bob"), event(note)),
        post(warden, event(note), scope="analytics:read"),
        Client().post("/api/v1/facts/import", data=b"{}", content_type="application/json"),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 401]
    assert messages() == before


def test_nothing_imported_is_nothing_sent(warden: Person) -> None:
    before = messages()

    answer = post(warden)

    assert (answer.status_code, answer.json(), messages()) == (200, {"taken": 0}, before)


def test_half_a_character_is_no_reason_to_break(warden: Person, note: Note) -> None:
    body = '{"source":"blog","events":[{"person":"\\ud800","note":"%s","at":"%s","kind":"read"}]}'

    answer = Client().post(
        "/api/v1/facts/import",
        data=(body % (note.public_id, AT)).encode(),
        content_type="application/json",
        headers={"Authorization": f"Bearer {make_token(warden, 'facts:import')}"},
    )

    assert answer.status_code == 422
