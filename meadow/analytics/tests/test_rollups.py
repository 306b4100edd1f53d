"""Whatever the order, however often, whenever judged, whoever dies: figures equal a naive recount."""

import datetime as dt
import random
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meadow.analytics.archive import Archive
from meadow.analytics.columns import FACT_SCHEMA, encode_table, rows_to_table
from meadow.analytics.facts import Fact, Verdict, encode_facts, encode_verdicts
from meadow.analytics.testing import NOON, make_fact
from meadow.analytics.tests.conftest import empty, roll_up
from meadow.analytics.tests.test_ingest import members
from meadow.analytics.warehouse.archiving import load_missing, recover, write_segment
from meadow.analytics.warehouse.ingest import find_start
from meadow.analytics.warehouse.store import Store
from meadow.analytics.warehouse.storing import StreamMessage, store_batch
from meadow.core.durable_files import DurableFiles

HOUR = 3_600_000
CELLS = (
    "SELECT author_id, note_id, toString(day), kind, provenance, surface, hour,"
    " facts, ms, counted FROM rollup FINAL WHERE facts > 0 OR counted > 0"
)
Cell = tuple[int, int, str, str, str, str, int]
Message = list[Fact] | list[Verdict]

FACTS = st.builds(
    make_fact,
    id=st.integers(0, 24).map(lambda n: f"e{n:012d}"),
    kind=st.sampled_from(["impression", "read", "read", "read", "dwell", "like"]),
    note_id=st.integers(1, 2),
    person=st.sampled_from(["a" * 32, "b" * 32, "c" * 32]),
    signed_in=st.booleans(),
    surface=st.sampled_from(["hot", "follow"]),
    nonce=st.one_of(st.just(""), st.integers(0, 9).map(lambda n: f"{n:024d}")),
    at=st.integers(0, 30).map(lambda hours: int(NOON.timestamp() * 1000) + hours * HOUR),
    ms=st.integers(0, 5000),
)
VERDICTS = st.builds(
    Verdict,
    id=st.integers(0, 9).map(lambda n: f"v{n:012d}"),
    fact_id=st.integers(0, 24).map(lambda n: f"e{n:012d}"),
    author_id=st.just(100),
    note_id=st.integers(1, 2),
    provenance=st.sampled_from(["invalid", "organic"]),
    reason=st.sampled_from(["clockwork", "ring"]),
    case_id=st.just("case"),
    at=st.integers(0, 5),
)
STREAMS = st.lists(
    st.one_of(
        st.lists(FACTS, min_size=1, max_size=8),
        st.lists(FACTS, min_size=1, max_size=8),
        st.lists(VERDICTS, min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=7,
)
SLOWLY = settings(
    max_examples=30,
)


def naive(stream: Sequence[Message]) -> dict[Cell, tuple[int, int, int]]:
    """Count in plain Python: cells of facts, milliseconds and valid reads."""
    facts: dict[str, Fact] = {}
    verdicts: dict[str, Verdict] = {}
    used: set[tuple[str, str]] = set()
    for one in (one for message in stream for one in message):
        if isinstance(one, Verdict):
            verdicts.setdefault(one.id, one)
        elif one.id not in facts:
            if one.nonce and one.kind in ("impression", "open", "read", "complete"):
                if (one.nonce, one.kind) in used and one.provenance != "invalid":
                    one = replace(one, provenance="invalid", reason="token_reused")
                used.add((one.nonce, one.kind))
            facts[one.id] = one
    judged: dict[tuple[str, int], Verdict] = {}
    for verdict in verdicts.values():
        known = judged.get((verdict.fact_id, verdict.note_id))
        if known is None or (verdict.at, verdict.id) > (known.at, known.id):
            judged[verdict.fact_id, verdict.note_id] = verdict
    counts: Counter[Cell] = Counter()
    spent: Counter[Cell] = Counter()
    first: dict[tuple[int, str, str], tuple[int, str, Cell]] = {}
    for fact in facts.values():
        held = judged.get((fact.id, fact.note_id))
        provenance = held.provenance if held else fact.provenance
        at = dt.datetime.fromtimestamp(fact.at / 1000, tz=dt.UTC)
        day = at.date().isoformat()
        cell = (100, fact.note_id, day, fact.kind, str(provenance), fact.surface, at.hour)
        counts[cell] += 1
        spent[cell] += fact.ms
        if fact.kind == "read" and provenance == "organic" and fact.signed_in:
            key = (fact.note_id, day, fact.person)
            first[key] = min(first.get(key, (fact.at, fact.id, cell)), (fact.at, fact.id, cell))
    valid = Counter(cell for _at, _id, cell in first.values())
    return {cell: (counts[cell], spent[cell], valid[cell]) for cell in counts}


def kept(store: Store) -> dict[Cell, tuple[int, int, int]]:
    """Return the cells of the roll-up."""
    return {
        (int(a), int(n), day, kind, provenance, surface, int(hour)): (int(f), int(ms), int(c))
        for a, n, day, kind, provenance, surface, hour, f, ms, c in store.query(CELLS)
    }


def encoded(message: Message) -> bytes:
    if isinstance(message[0], Verdict):
        return encode_verdicts([one for one in message if isinstance(one, Verdict)])
    facts = [one for one in message if isinstance(one, Fact)]
    if len(facts) % 2:
        return encode_facts(facts)
    return encode_table(rows_to_table([members(fact) for fact in facts], FACT_SCHEMA))


@pytest.mark.slow
@SLOWLY
@given(stream=STREAMS, seed=st.integers())
def test_rollups_equal_a_naive_recount_through_verdicts_crashes_and_rebuilds(
    store: Store, tmp_path: Path, stream: list[Message], seed: int
) -> None:
    """The owner dies between any two steps, or is wiped and loads what the archive has."""
    chance = random.Random(seed)
    empty(store)
    archive = Archive(DurableFiles(location=tmp_path / secrets.token_hex(8)))
    life = 1
    messages = [StreamMessage(seq, encoded(message)) for seq, message in enumerate(stream, 1)]
    place, at = 0, NOON
    while place < len(messages):
        size = chance.randint(1, 3)
        at += dt.timedelta(microseconds=1)  # the owner's time of storing only moves forward
        store_batch(store, messages[place : place + size], life=life, inserted_at=at)
        place = min(place + size, len(messages))
        if chance.random() < 0.5:
            roll_up(store)
        if chance.random() < 0.4:
            pending = recover(store, archive, life, place + 1, NOON)
            write_segment(store, archive, life=life, covered=place, taken=pending.take(), now=NOON)
        if chance.random() < 0.3:
            place = find_start(store, archive, life) - 1
        if chance.random() < 0.15:
            empty(store)
            load_missing(store, archive)
            place = find_start(store, archive, life) - 1
    roll_up(store)

    assert kept(store) == naive(stream)


def test_a_late_verdict_moves_a_read_and_another_gives_it_back(store: Store) -> None:
    fact = make_fact(id="e" + "1" * 12)
    verdict = Verdict("v1", fact.id, 100, 1, "invalid", "clockwork", "case", 1)
    restored = replace(verdict, id="v2", provenance="organic", reason="", at=2)

    counted = []
    empty(store)
    for seq, message in enumerate(
        [encode_facts([fact]), encode_verdicts([verdict]), encode_verdicts([restored])], 1
    ):
        at = NOON + dt.timedelta(seconds=seq)
        store_batch(store, [StreamMessage(seq, message)], life=1, inserted_at=at)
        roll_up(store)
        counted.append({cell[4]: figures for cell, figures in kept(store).items()})

    assert counted == [
        {"organic": (1, 1500, 1)},
        {"invalid": (1, 1500, 0)},
        {"organic": (1, 1500, 1)},
    ]
