"""One batch of stream messages into the warehouse: read, drop what is stored, judge, insert."""

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from meadow.analytics.columns import (
    FACT_SCHEMA,
    MICROSECONDS,
    VERDICT_SCHEMA,
    columns_to_table,
    decode_table,
    is_table,
    rows_to_table,
    to_ipc,
)
from meadow.analytics.facts import Columns, Row, UnknownFactVersion, decode_batch
from meadow.analytics.warehouse.classify import (
    are_unlike,
    check_words,
    find_stored,
    find_used_tokens,
    mark_reused_tokens,
    token_uses,
)
from meadow.analytics.warehouse.store import ChdbError, Store

NOT_FACTS: Final = (
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
    OverflowError,
    pa.ArrowException,
)
DAY_MS: Final = 24 * 3600 * 1000
DAY_KEYS: Final = ["author_id", "note_id", "day"]
Subject = tuple[int, int, int]  # author, note, day since 1970

log = logging.getLogger("meadow.warehouse.storing")


@dataclass(frozen=True, slots=True)
class StreamMessage:
    """One message as it stands in the stream."""

    seq: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which life of the stream a batch began, and when it was stored."""

    life: int
    batch: int
    inserted_at: dt.datetime


@dataclass
class Read:
    """What a batch of messages holds, before anything is dropped; tables end with `seq`."""

    facts: list[Any] = field(default_factory=list)
    fresh: list[bool] = field(default_factory=list)
    verdicts: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Stored:
    """What one batch added: tables as the archive keeps them, and the note days to count again."""

    facts: Any
    verdicts: Any
    changed: frozenset[Subject]


def store_batch(
    store: Store,
    batch: Sequence[StreamMessage],
    *,
    life: int,
    inserted_at: dt.datetime,
    read: Read | None = None,
) -> Stored:
    """Store what is new in a batch, which the caller may have `read` before.

    A message that is not ours is logged and left out. One of a later version raises ChdbError: it
    waits in the stream for the release that knows it.
    """
    place = Place(life=life, batch=batch[0].seq, inserted_at=inserted_at)
    try:
        return store_read(store, read or read_messages(batch), place=place)
    except NOT_FACTS:
        sound = [message for message in batch if is_sound(message)]
        return store_read(store, read_messages(sound), place=place)


def try_to_read(batch: Sequence[StreamMessage]) -> Read | None:
    """Return what messages hold, or None where `store_batch` has to say what is wrong with one."""
    try:
        return read_messages(batch)
    except (*NOT_FACTS, ChdbError):
        return None


def read_messages(batch: Sequence[StreamMessage]) -> Read:
    """Return the facts and verdicts of messages. Raises one of NOT_FACTS, or ChdbError."""
    read = Read()
    facts: Columns = {"seq": []}
    verdicts: list[Row] = []
    for message in batch:
        try:
            if is_table(message.data):
                _add_columns(read, facts)
                facts = {"seq": []}
                table, fresh = decode_table(message.data)
                read.facts.append(with_seq(table, message.seq))
                read.fresh.append(fresh)
                continue
            found = decode_batch(message.data)
        except UnknownFactVersion as later:
            raise ChdbError(f"message {message.seq}: {later}; upgrade this process") from later
        for name, column in found.facts.items():
            facts.setdefault(name, []).extend(column)
        facts["seq"] += [message.seq] * len(found.facts["id"])
        for row in found.verdicts:
            row["seq"] = message.seq
        verdicts += found.verdicts
    _add_columns(read, facts)
    if verdicts:
        table = rows_to_table(verdicts, VERDICT_SCHEMA)
        read.verdicts.append(_with_seqs(table, [row["seq"] for row in verdicts]))
    return read


def is_sound(message: StreamMessage) -> bool:
    """Whether a message can be stored at all."""
    try:
        read = read_messages([message])
        for table in (*read.facts, *read.verdicts):
            check_words(table["id"])
        for table, other in [(t, "nonce") for t in read.facts] + [
            (t, "fact_id") for t in read.verdicts
        ]:
            check_words(pa.array(filter(None, table[other].to_pylist()), pa.string()))
    except NOT_FACTS as broken:
        log.warning("message %d is not a batch of facts: %s", message.seq, broken)
        return False
    return True


def store_read(store: Store, read: Read, *, place: Place) -> Stored:
    """Drop what is stored already, judge what is new, and insert it. Raises ChdbError."""
    facts, known = _new_rows(store, "facts", read.facts)
    fresh = np.repeat(np.array(read.fresh, dtype=bool), [table.num_rows for table in read.facts])[
        known
    ]
    facts = judge_tokens(store, facts, fresh=fresh, life=place.life)
    verdicts, _known = _new_rows(store, "verdicts", read.verdicts)
    stored_facts = with_place(facts, place) if facts.num_rows else facts
    stored_verdicts = with_place(verdicts, place) if verdicts.num_rows else verdicts
    for name, table in (("facts", stored_facts), ("verdicts", stored_verdicts)):
        if table.num_rows:
            store.insert(table=name, columns=table.schema.names, arrow=to_ipc(table))
    changed = find_changed(facts) | _days_of_verdicts(store, verdicts)
    return Stored(facts=stored_facts, verdicts=stored_verdicts, changed=frozenset(changed))


def judge_tokens(store: Store, facts: Any, *, fresh: Any, life: int) -> Any:
    """Return facts with the ones marked invalid that use a token again."""
    uses = token_uses(facts, doubtful=~fresh)
    if not uses.num_rows:
        return facts
    used = find_used_tokens(store, uses["nonce"], life=life)
    if not used and are_unlike(uses):
        return facts
    marked = mark_reused_tokens(uses.to_pylist(), used=used)
    if not marked:
        return facts
    mask = np.zeros(facts.num_rows, dtype=bool)
    mask[marked] = True
    for name, value in (("provenance", "invalid"), ("reason", "token_reused")):
        column = pc.if_else(pa.array(mask), value, facts[name])
        facts = facts.set_column(facts.schema.get_field_index(name), name, column)
    return facts


def find_changed(facts: Any) -> set[Subject]:
    """Return the note days that these facts belong to."""
    if not facts.num_rows:
        return set()
    at = facts["at"].cast(pa.int64()).to_numpy()
    keys = pa.table([facts["author_id"], facts["note_id"], pa.array(at // DAY_MS)], names=DAY_KEYS)
    found = keys.group_by(DAY_KEYS, use_threads=False).aggregate([])
    columns = [found[name].to_pylist() for name in DAY_KEYS]
    return set(zip(*columns, strict=True))


def with_seq(table: Any, seq: int) -> Any:
    """Return a table with the sequence of its message."""
    return table.append_column("seq", pa.repeat(pa.scalar(seq, pa.uint64()), table.num_rows))


def with_place(table: Any, place: Place) -> Any:
    """Return a table with where its batch began and when it was stored."""
    count = table.num_rows
    for name, scalar in (
        ("life", pa.scalar(place.life, pa.int64())),
        ("batch", pa.scalar(place.batch, pa.uint64())),
        ("inserted_at", pa.scalar(place.inserted_at, MICROSECONDS)),
    ):
        table = table.append_column(name, pa.repeat(scalar, count))
    return table


def _add_columns(read: Read, columns: Columns) -> None:
    if columns["seq"]:
        read.facts.append(_with_seqs(columns_to_table(columns, FACT_SCHEMA), columns["seq"]))
        read.fresh.append(False)


def _with_seqs(table: Any, seqs: Sequence[int]) -> Any:
    return table.append_column("seq", pa.array(seqs, pa.uint64()))


def _new_rows(store: Store, name: str, tables: list[Any]) -> tuple[Any, Any]:
    """Return the rows whose id is not stored and not earlier in the batch, and which they are."""
    if not tables:
        schema = FACT_SCHEMA if name == "facts" else VERDICT_SCHEMA
        return with_seq(schema.empty_table(), 0), np.zeros(0, dtype=np.int64)
    table = pa.concat_tables(tables).combine_chunks()
    ids = table["id"].combine_chunks()
    coded = ids.dictionary_encode()
    # Codes are given in order of appearance: as many codes as rows, and no id comes twice.
    if len(coded.dictionary) == len(ids):
        first = np.arange(len(ids))
    else:
        first = np.unique(coded.indices.to_numpy(), return_index=True)[1]
    stored = find_stored(store, name, coded.dictionary)
    if len(stored):
        seen = pc.is_in(ids.take(pa.array(first)), value_set=stored).to_numpy(zero_copy_only=False)
        first = first[~seen]
    kept = np.sort(first)
    if len(kept) == table.num_rows:
        return table, kept
    return table.take(pa.array(kept)), kept


def _days_of_verdicts(store: Store, verdicts: Any) -> set[Subject]:
    """Return the note days whose facts have just been judged anew."""
    if not verdicts.num_rows:
        return set()
    given = verdicts.set_column(1, "fact_id", check_words(verdicts["fact_id"]))
    rows = store.match(
        "SELECT DISTINCT author_id, note_id, toInt32(toDate(at)) AS day FROM facts"
        " WHERE author_id IN (SELECT author_id FROM Python(given))"
        " AND note_id IN (SELECT note_id FROM Python(given))"
        " AND id IN (SELECT fact_id FROM Python(given))",
        given,
    )
    return {
        (int(row["author_id"]), int(row["note_id"]), int(row["day"])) for row in rows.to_pylist()
    }


def int_array(values: Sequence[int]) -> str:
    """Return an array literal of whole numbers."""
    return "[" + ",".join(str(int(value)) for value in sorted(set(values))) + "]"
