"""Facts from elsewhere: checked whole, given tokens, stored once, never far ahead of the warehouse."""

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from meadow.analytics import couriers
from meadow.analytics.columns import decode_table
from meadow.analytics.couriers import Courier
from meadow.analytics.errors import ImportRefused
from meadow.analytics.facts import SUBJECT_IMPORT
from meadow.analytics.imports import (
    MOST_BYTES,
    encode_messages,
    import_facts,
    prepare_facts,
    split_by_token,
)
from meadow.analytics.tests.conftest import roll_up
from meadow.analytics.tests.test_collect import stream_of_facts
from meadow.analytics.warehouse.store import Store
from meadow.analytics.warehouse.storing import StreamMessage, store_batch
from meadow.core.errors import EngineUnavailable

NOW = dt.datetime(2026, 3, 14, 12, 0, tzinfo=dt.UTC)
PERSON = "a" * 32


def table(**columns: Any) -> Any:
    """Three reads of note 7 by author 100; `columns` replaces some."""
    noon = int(NOW.timestamp() * 1000)
    given: dict[str, Any] = {
        "id": ["x1", "x2", "x3"],
        "kind": ["read"] * 3,
        "note_id": [7] * 3,
        "author_id": [100] * 3,
        "person": [PERSON, "b" * 32, ""],
        "at": pa.array([noon - 3000, noon - 2000, noon - 1000], pa.timestamp("ms", "UTC")),
    }
    return pa.table({name: one for name, one in (given | columns).items() if one is not None})


def store_import(store: Store, facts: Any, *, source: str = "test", first: int = 1) -> None:
    """Store a table as the owner would."""
    prepared = prepare_facts(source=source, table=facts, now=NOW)
    messages = [
        message
        for part, fresh in split_by_token(prepared, source=source)
        for message in encode_messages(part, fresh_tokens=fresh)
    ]
    batch = [StreamMessage(seq, message) for seq, message in enumerate(messages, start=first)]
    store_batch(store, batch, life=1, inserted_at=NOW + dt.timedelta(seconds=first))
    roll_up(store)


def test_what_a_table_leaves_out_is_filled_in() -> None:
    facts = prepare_facts(source="test", table=table(), now=NOW)

    assert facts.slice(0, 1).to_pylist() == [
        {
            "id": "x1",
            "kind": "read",
            "note_id": 7,
            "author_id": 100,
            "person": PERSON,
            "signed_in": False,
            "surface": "",
            "slot": 0,
            "campaign_id": 0,
            "arm": 0,
            "experiment": "",
            "nonce": "",
            "at": NOW - dt.timedelta(seconds=3),
            "received_at": NOW,
            "ms": 0,
            "provenance": "organic",
            "reason": "",
            "term": "",
            "price": 0,
            "match_class": 0,
        }
    ]


def test_every_fact_gets_a_token_of_its_source_and_id() -> None:
    def nonces(source: str) -> list[str]:
        facts = prepare_facts(source=source, table=table(), now=NOW)
        ((issued, fresh),) = split_by_token(facts, source=source)
        assert fresh
        return list(issued["nonce"].to_pylist())

    assert nonces("test") == nonces("test")
    assert len({*nonces("test"), *nonces("other")}) == 6
    assert [nonce.partition("-")[2] for nonce in nonces("test")] == ["x1", "x2", "x3"]


@pytest.mark.parametrize(
    ("columns", "sentences"),
    [
        (
            {"person": None},
            "Nothing was imported. person: is missing. To mend it: add it; needed are id, kind,"
            " note_id, author_id, person, at.",
        ),
        (
            {"colour": ["red"] * 3},
            "Nothing was imported. colour: is not a column of facts. To mend it: leave it out or"
            " rename it.",
        ),
        (
            {"received_at": [1, 2, 3]},
            "Nothing was imported. received_at: is set by the import. To mend it: leave it out.",
        ),
        (
            {"id": ["x1", None, "x3"]},
            "Nothing was imported. id[1]: is empty. To mend it: give it a value or leave the row out.",
        ),
        (
            {"id": ["x1", "x2", "a b"]},
            "Nothing was imported. id[2]: 'a b' is not a fact id. To mend it: use 1 to 64 letters,"
            " digits, '_' and '-'.",
        ),
        (
            {"id": ["x1", "x2\n", "x3"]},
            "Nothing was imported. id[1]: 'x2\\n' is not a fact id. To mend it: use 1 to 64"
            " letters, digits, '_' and '-'.",
        ),
        (
            {"note_id": [7, 0, 7]},
            "Nothing was imported. note_id[1]: '0' does not go with the kind. To mend it: 0 for"
            " follow, unfollow, search, exposure, a note's id for every other kind.",
        ),
        (
            {"person": [PERSON, "ann", ""]},
            "Nothing was imported. person[1]: 'ann' is not a pseudonym. To mend it: use 32"
            " hexadecimal digits, or nothing.",
        ),
        (
            {"signed_in": [True, True, True]},
            "Nothing was imported. signed_in[2]: 'True' goes with a person. To mend it: name the"
            " person.",
        ),
        (
            {"ms": [0, 1, -1]},
            "Nothing was imported. ms[2]: is of type int64 and cannot be read as uint32. To mend"
            " it: store it as uint32.",
        ),
        (
            {"surface": ["hot", "hot", "moon"]},
            "Nothing was imported. surface[2]: 'moon' is not a surface. To mend it: use one of hot,"
            " follow, profile, note, topic, search, embed, board, nearby, or nothing.",
        ),
        (
            {"provenance": ["organic", "invalid", "organic"]},
            "Nothing was imported. reason[1]: '' goes with provenance 'invalid' and only with it. To"
            " mend it: say why an invalid fact is invalid.",
        ),
        (
            {"term": ["", "", "tea"]},
            "Nothing was imported. term[2]: 'tea' goes with kind 'search'. To mend it: leave it"
            " empty.",
        ),
        (
            {"price": [0, 0, 1]},
            "Nothing was imported. price[2]: '1' is only asked by our own pages. To mend it: leave"
            " it 0.",
        ),
        (
            {"match_class": [0, 2, 0]},
            "Nothing was imported. match_class[1]: '2' is only known of our own pages. To mend it:"
            " leave it 0.",
        ),
        (
            {"at": pa.array([NOW, NOW, NOW + dt.timedelta(hours=1)], pa.timestamp("ms", "UTC"))},
            "Nothing was imported. at[2]: '2026-03-14 13:00:00+00:00' is not a time in the past. To"
            " mend it: use UTC; milliseconds since 1970 if it is a number.",
        ),
        (
            {"at": pa.array([NOW.replace(tzinfo=None)] * 3, pa.timestamp("ms"))},
            "Nothing was imported. at: has no time zone. To mend it: store it as UTC.",
        ),
    ],
)
def test_a_fault_is_named_with_its_place_and_its_mend(
    columns: dict[str, Any], sentences: str
) -> None:
    with pytest.raises(ImportRefused) as refused:
        prepare_facts(source="test", table=table(**columns), now=NOW)

    assert refused.value.sentences() == sentences


def test_a_source_is_a_plain_name() -> None:
    with pytest.raises(ImportRefused):
        prepare_facts(source="two words", table=table(), now=NOW)


def test_times_may_be_milliseconds_since_1970() -> None:
    facts = prepare_facts(source="test", table=table(at=[1_500_000_000_123] * 3), now=NOW)

    assert facts["at"][0].as_py() == dt.datetime(2017, 7, 14, 2, 40, 0, 123000, tzinfo=dt.UTC)


def test_a_large_table_becomes_messages_within_the_limit_in_order() -> None:
    count = 90_000
    noise = [f"{place:x}{hash(str(place)) & (1 << 200) - 1:x}" for place in range(count)]
    large = pa.table(
        {
            "id": noise,
            "kind": ["read"] * count,
            "note_id": [7] * count,
            "author_id": [100] * count,
            "person": [""] * count,
            "at": pa.array([NOW] * count, pa.timestamp("ms", "UTC")),
        }
    )
    facts = prepare_facts(source="test", table=large, now=NOW)

    messages = list(encode_messages(facts, fresh_tokens=True))

    assert max(map(len, messages)) <= MOST_BYTES
    found = [one for message in messages for one in decode_table(message)[0]["id"].to_pylist()]
    assert found == noise


def test_a_message_that_would_be_too_large_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meadow.analytics.imports.MOST_BYTES", 4000)
    facts = prepare_facts(source="test", table=pa.concat_tables([table()] * 100), now=NOW)

    messages = list(encode_messages(facts, fresh_tokens=True))

    assert len(messages) > 1
    assert max(map(len, messages)) <= 4000
    assert sum(decode_table(message)[0].num_rows for message in messages) == 300


def test_imported_twice_counts_once(store: Store) -> None:
    signed = table(signed_in=[True, True, False])
    store_import(store, signed)

    store_import(store, signed, first=10)

    assert store.query("SELECT count(), uniqExact(id) FROM facts") == [["3", "3"]]
    assert store.query("SELECT sum(facts), sum(counted) FROM rollup FINAL") == [["3", "2"]]
    assert store.query("SELECT DISTINCT provenance FROM facts") == [["organic"]]


def test_a_table_that_brings_one_token_twice_is_caught(store: Store) -> None:
    store_import(store, table(nonce=["t-1", "t-1", ""]))

    reasons = store.query("SELECT id, reason FROM facts ORDER BY id")

    assert reasons == [["x1", ""], ["x2", "token_reused"], ["x3", ""]]


def test_the_same_id_of_two_sources_uses_no_token_twice(store: Store) -> None:
    store_import(store, table())

    store_import(store, table(id=["y1", "y2", "y3"]), source="other", first=10)

    assert store.query("SELECT count() FROM facts WHERE reason != ''") == [["0"]]


@pytest.mark.django_db
def test_an_import_waits_for_the_warehouse_and_says_when_it_is_away(
    nats: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody reads this stream: after MOST_AHEAD messages the sender stops."""
    subject = "slow.import"

    async def make(stream: Any) -> None:
        await stream.add_stream(name="SLOW", subjects=[subject])
        await stream.purge_stream("SLOW")

    stream_of_facts(make)
    monkeypatch.setattr(couriers, "find_floor", lambda: 0)
    courier = Courier(subject, patience=0.5)

    def send_many() -> None:
        for number in range(100):
            courier.send(b"message %d" % number)

    with pytest.raises(EngineUnavailable) as away:
        send_many()

    assert away.value.params == {"engine": "warehouse"}
    assert couriers.MOST_AHEAD <= courier.finish() <= couriers.MOST_AHEAD + couriers.IN_FLIGHT


@pytest.mark.django_db
def test_a_refused_table_sends_nothing(nats: Any) -> None:
    courier = Courier(SUBJECT_IMPORT)

    with pytest.raises(ImportRefused):
        import_facts(source="test", table=table(ms=[1, 2, -1]), now=NOW, courier=courier)

    assert courier.finish() == 0
