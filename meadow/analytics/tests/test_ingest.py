"""What the warehouse keeps of what the stream holds: each fact once, in one order, for good."""

import datetime as dt
import random
from collections import Counter
from collections.abc import Sequence

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meadow.analytics.archive import Archive
from meadow.analytics.columns import FACT_SCHEMA, rows_to_table, to_ipc
from meadow.analytics.facts import Fact, encode_facts
from meadow.analytics.testing import NOON, make_fact
from meadow.analytics.tests.conftest import empty, feed
from meadow.analytics.warehouse.ingest import find_start
from meadow.analytics.warehouse.rollups import count_notes
from meadow.analytics.warehouse.schema import JUDGED, STEPS
from meadow.analytics.warehouse.store import ChdbError, Store
from meadow.analytics.warehouse.storing import StreamMessage, store_batch

EVERYTHING = (
    "SELECT id, kind, note_id, author_id, person, signed_in, surface, slot, campaign_id, arm,"
    " nonce, at, received_at, ms, provenance, reason FROM facts ORDER BY id"
)


def test_a_fact_sent_again_is_stored_once(store: Store) -> None:
    fact, other = make_fact(), make_fact(person="b" * 32)

    feed(store, [fact, fact], [other, fact], [fact])

    assert store.query("SELECT id FROM facts ORDER BY seq, id") == [[fact.id], [other.id]]


def test_a_token_counts_once_a_kind_and_the_first_wins(store: Store) -> None:
    nonce = "0" * 24
    kinds = ["impression", "open", "read", "read", "impression", "dwell", "dwell", "click", "click"]
    facts = [make_fact(id=f"e{place:013d}", kind=k, nonce=nonce) for place, k in enumerate(kinds)]

    feed(store, facts, [make_fact(id="eZZZZZZZZZZ", nonce=nonce)])

    verdicts = store.query("SELECT id, reason FROM facts WHERE provenance = 'invalid' ORDER BY id")
    assert verdicts == [
        ["e0000000000003", "token_reused"],
        ["e0000000000004", "token_reused"],
        ["eZZZZZZZZZZ", "token_reused"],
    ]


def test_an_earlier_verdict_keeps_its_reason(store: Store) -> None:
    first = make_fact()
    feed(store, [first, make_fact(nonce=first.nonce, provenance="invalid", reason="robot")])

    assert store.query("SELECT reason, count() FROM facts GROUP BY reason ORDER BY reason") == [
        ["", "1"],
        ["robot", "1"],
    ]


def test_facts_without_a_token_do_not_spoil_each_other(store: Store) -> None:
    lost = {"nonce": "", "note_id": 0, "provenance": "invalid", "reason": "token_missing"}

    feed(store, [make_fact(**lost), make_fact(**lost)])

    assert store.query("SELECT reason, count() FROM facts GROUP BY reason") == [
        ["token_missing", "2"]
    ]
    assert counted(store) == {}


@pytest.mark.parametrize("word", ["a'b", "','", "x') OR 1=1 --", "\\", "é\n", "a','b", "a b"])
@pytest.mark.parametrize("member", ["id", "nonce"])
def test_hostile_words_are_no_facts(store: Store, member: str, word: str) -> None:
    good = make_fact()
    messages = [
        StreamMessage(1, encode_facts([make_fact(**{member: word})])),
        StreamMessage(2, encode_facts([good])),
    ]

    store_batch(store, messages, life=1, inserted_at=NOON)
    store_batch(store, messages, life=1, inserted_at=NOON)

    assert store.query("SELECT id FROM facts") == [[good.id]]


def test_nonsense_in_the_stream_is_left_out_and_the_rest_kept(store: Store) -> None:
    good = make_fact()
    messages = [
        StreamMessage(1, b"not json"),
        StreamMessage(2, b'{"v": 1, "facts": [{"id": 5}]}'),
        StreamMessage(3, b'["a list"]'),
        StreamMessage(4, b'{"v": 1, "facts": [7, null]}'),
        StreamMessage(5, encode_facts([make_fact(slot=-1)])),
        StreamMessage(6, encode_facts([make_fact(note_id="1; DROP TABLE facts")])),
        StreamMessage(7, encode_facts([good])),
        StreamMessage(8, b'{"v": 3, "facts": {"id": ["x"]}}'),
        StreamMessage(9, encode_facts([make_fact()]).replace(b'"ms":[1500]', b'"ms":[1500,7]')),
        StreamMessage(10, encode_facts([make_fact()]).replace(b'"ms":[1500]', b'"ms":1500')),
    ]

    stored = store_batch(store, messages, life=1, inserted_at=NOON)

    assert stored.changed == {(100, 1, 20526)}
    assert store.query("SELECT id, seq, batch FROM facts") == [[good.id, "7", "1"]]


def test_facts_of_earlier_releases_are_stored(store: Store) -> None:
    first, second = members(make_fact()), members(make_fact(term="tea"))
    third, fourth = members(make_fact()), members(make_fact())
    fifth, sixth = members(make_fact(price=5)), members(make_fact(price=6))
    del first["experiment"], first["term"]
    for one in (first, second, third, fourth):
        del one["price"]
    for one in (first, second, third, fourth, fifth, sixth):
        del one["match_class"]
    of_4 = FACT_SCHEMA.remove(FACT_SCHEMA.get_field_index("match_class"))
    of_3 = of_4.remove(of_4.get_field_index("price"))
    table = rows_to_table([fourth], of_3)
    priced = rows_to_table([sixth], of_4)
    messages = [
        StreamMessage(1, orjson.dumps({"v": 1, "facts": [first]})),
        StreamMessage(2, orjson.dumps({"v": 2, "facts": [second]})),
        StreamMessage(3, orjson.dumps({"v": 3, "facts": {n: [v] for n, v in third.items()}})),
        StreamMessage(4, to_ipc(table.replace_schema_metadata({"meadow": "facts/2"}))),
        StreamMessage(5, orjson.dumps({"v": 4, "facts": {n: [v] for n, v in fifth.items()}})),
        StreamMessage(6, to_ipc(priced.replace_schema_metadata({"meadow": "facts/3"}))),
    ]

    store_batch(store, messages, life=1, inserted_at=NOON)

    asked = "SELECT id, seq, term, experiment, price, match_class FROM facts ORDER BY seq"
    assert store.query(asked) == [
        [first["id"], "1", "", "", "0", "0"],
        [second["id"], "2", "tea", "", "0", "0"],
        [third["id"], "3", "", "", "0", "0"],
        [fourth["id"], "4", "", "", "0", "0"],
        [fifth["id"], "5", "", "", "5", "0"],
        [sixth["id"], "6", "", "", "6", "0"],
    ]


def test_a_warehouse_of_an_earlier_release_learns_of_prices_and_matches(store: Store) -> None:
    before = STEPS.index(JUDGED) - 5
    store.execute("DROP VIEW facts_judged")
    store.execute("ALTER TABLE facts DROP COLUMN price")
    store.execute("ALTER TABLE facts DROP COLUMN match_class")
    store.execute(
        f"ALTER TABLE schema_steps DELETE WHERE step > {before} SETTINGS mutations_sync = 2"
    )
    store.execute("INSERT INTO facts (id, author_id, note_id) VALUES ('old', 100, 1)")

    store.create_schema()

    feed(store, [make_fact(author_id=100, note_id=1, price=2500, match_class=3)])
    judged = "SELECT price, match_class FROM facts_judged WHERE author_id = 100 ORDER BY price"
    assert store.query(judged) == [["0", "0"], ["2500", "3"]]


def test_facts_of_a_later_release_wait_for_it(store: Store) -> None:
    later = StreamMessage(2, b'{"v": 6, "facts": []}')

    with pytest.raises(ChdbError, match="upgrade this process"):
        store_batch(
            store, [StreamMessage(1, encode_facts([make_fact()])), later], life=1, inserted_at=NOON
        )

    assert store.query("SELECT count() FROM facts") == [["0"]]


def test_reading_goes_on_at_the_last_batch_of_the_same_stream(
    store: Store, archive: Archive
) -> None:
    assert find_start(store, archive, 1) == 1

    batch = [StreamMessage(seq, encode_facts([make_fact()])) for seq in (5, 6, 7)]
    store_batch(store, batch, life=1, inserted_at=NOON)

    assert find_start(store, archive, 1) == 5
    assert find_start(store, archive, 2) == 1


@pytest.mark.parametrize("lost", ["202603", "202604"])
def test_half_a_batch_stored_is_completed_when_it_is_read_again(store: Store, lost: str) -> None:
    """Each month is a data part of its own; a kill between the two leaves one of them."""
    april = int(dt.datetime(2026, 4, 1, tzinfo=dt.UTC).timestamp() * 1000)
    own = {"reason": "own", "provenance": "invalid"}
    nonce = "0" * 24
    batch = [
        StreamMessage(9, encode_facts([make_fact(nonce=nonce)])),
        StreamMessage(10, encode_facts([make_fact(nonce=nonce, received_at=april, at=april)])),
        StreamMessage(11, encode_facts([make_fact(nonce=nonce, **own)])),
        StreamMessage(12, encode_facts([make_fact(received_at=april, at=april)])),
    ]
    store_batch(store, batch, life=1, inserted_at=NOON)
    whole = store.query(EVERYTHING)

    with store.connection() as chdb:
        chdb.query(f"ALTER TABLE facts DROP PARTITION {lost}")
    assert len(store.query(EVERYTHING)) == 2
    store_batch(store, batch, life=1, inserted_at=NOON)

    assert store.query(EVERYTHING) == whole
    assert [row[-1] for row in whole].count("token_reused") == 1


PEOPLE = st.sampled_from(["a" * 32, "b" * 32, "c" * 32, ""])
HOUR = 3_600_000
FACTS = st.builds(
    make_fact,
    id=st.integers(0, 30).map(lambda n: f"e{n:012d}"),
    kind=st.sampled_from(["impression", "open", "read", "read", "dwell", "click"]),
    note_id=st.integers(0, 3),
    person=PEOPLE,
    signed_in=st.booleans(),
    nonce=st.one_of(st.just(""), st.integers(0, 9).map(lambda n: f"{n:024d}")),
    at=st.integers(0, 60).map(lambda hours: int(NOON.timestamp() * 1000) + hours * HOUR),
    reason=st.just(""),
)
INVALID = FACTS.map(lambda f: make_fact(**{**members(f), "provenance": "invalid", "reason": "own"}))
STREAMS = st.lists(
    st.lists(st.one_of(FACTS, FACTS, INVALID), min_size=1, max_size=8), min_size=1, max_size=6
)
SLOWLY = settings(
    max_examples=12,
)


def members(fact: Fact) -> dict[str, object]:
    return {name: getattr(fact, name) for name in Fact.__slots__}


def recount(batches: Sequence[Sequence[Fact]]) -> dict[int, tuple[int, int, int, int]]:
    """Count naively: raw reads, valid reads, impressions and opens a note."""
    seen: set[str] = set()
    used: set[tuple[str, str]] = set()
    raw: Counter[int] = Counter()
    shown: Counter[tuple[int, str]] = Counter()
    days: dict[int, set[tuple[str, dt.date]]] = {}
    for fact in (fact for batch in batches for fact in batch):
        if fact.id in seen:
            continue
        seen.add(fact.id)
        valid = fact.provenance == "organic"
        if fact.nonce and fact.kind in ("impression", "open", "read"):
            valid = valid and (fact.nonce, fact.kind) not in used
            used.add((fact.nonce, fact.kind))
        if fact.note_id == 0:
            continue
        days.setdefault(fact.note_id, set())
        if fact.kind == "read":
            raw[fact.note_id] += 1
            if valid and fact.signed_in:
                day = dt.datetime.fromtimestamp(fact.at / 1000, tz=dt.UTC).date()
                days[fact.note_id].add((fact.person, day))
        elif valid:
            shown[fact.note_id, fact.kind] += 1
    return {
        note: (raw[note], len(people), shown[note, "impression"], shown[note, "open"])
        for note, people in days.items()
    }


def counted(store: Store) -> dict[int, tuple[int, int, int, int]]:
    return {
        row.note_id: (row.reads_raw, row.reads_valid, row.impressions, row.opens)
        for row in count_notes(store, {(100, 1), (100, 2), (100, 3)}, watermark=NOON)
    }


@pytest.mark.slow
@SLOWLY
@given(batches=STREAMS)
def test_rollups_equal_a_naive_recount(store: Store, batches: list[list[Fact]]) -> None:
    empty(store)

    feed(store, *batches)

    assert counted(store) == recount(batches)


@pytest.mark.slow
@SLOWLY
@given(batches=STREAMS, seed=st.integers())
def test_crashes_and_replays_change_nothing(
    store: Store, archive: Archive, batches: list[list[Fact]], seed: int
) -> None:
    """After any batch the owner may die and read again from the batch it stored last, or wiped."""
    chance = random.Random(seed)
    empty(store)
    feed(store, *batches)
    straight = store.query(EVERYTHING)
    messages = [StreamMessage(seq, encode_facts(b)) for seq, b in enumerate(batches, start=1)]

    empty(store)
    place = 0
    while place < len(messages):
        size = chance.randint(1, 3)
        store_batch(store, messages[place : place + size], life=1, inserted_at=NOON)
        place = find_start(store, archive, 1) - 1 if chance.random() < 0.3 else place + size

    assert store.query(EVERYTHING) == straight
