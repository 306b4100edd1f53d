"""The columns of facts and verdicts in Arrow's form: in messages, in the warehouse, in the archive."""

from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa

from meadow.analytics.facts import LATER_NUMBERS, Columns, Row, UnknownFactVersion

MILLISECONDS = pa.timestamp("ms", tz="UTC")
MICROSECONDS = pa.timestamp("us", tz="UTC")
ARROW_START: Final = b"\xff\xff\xff\xff"
MARK: Final = b"meadow"
FACTS_4: Final = b"facts/4"
# Those before had no `match_class`, and the first no `price`.
EARLIER_FACTS: Final = (b"facts/2", b"facts/3")
FRESH_TOKENS: Final = b"fresh_tokens"

FACT_COLUMNS: Final[dict[str, Any]] = {
    "id": pa.string(),
    "kind": pa.string(),
    "note_id": pa.int64(),
    "author_id": pa.int64(),
    "person": pa.string(),
    "signed_in": pa.bool_(),
    "surface": pa.string(),
    "slot": pa.uint16(),
    "campaign_id": pa.int64(),
    "arm": pa.uint16(),
    "experiment": pa.string(),
    "nonce": pa.string(),
    "at": MILLISECONDS,
    "received_at": MILLISECONDS,
    "ms": pa.uint32(),
    "provenance": pa.string(),
    "reason": pa.string(),
    "term": pa.string(),
    "price": pa.uint32(),
    "match_class": pa.uint8(),
}
VERDICT_COLUMNS: Final[dict[str, Any]] = {
    "id": pa.string(),
    "fact_id": pa.string(),
    "author_id": pa.int64(),
    "note_id": pa.int64(),
    "provenance": pa.string(),
    "reason": pa.string(),
    "case_id": pa.string(),
    "at": MILLISECONDS,
}
# Where a row stands in which life of the stream, where its batch began, and when it was stored.
PLACE_COLUMNS: Final[dict[str, Any]] = {
    "seq": pa.uint64(),
    "life": pa.int64(),
    "batch": pa.uint64(),
    "inserted_at": MICROSECONDS,
}
# A cell of the roll-up, kept when the facts it was counted of are over their retention.
FROZEN_COLUMNS: Final[dict[str, Any]] = {
    "author_id": pa.int64(),
    "note_id": pa.int64(),
    "day": pa.date32(),
    "kind": pa.string(),
    "provenance": pa.string(),
    "surface": pa.string(),
    "hour": pa.uint8(),
    "facts": pa.uint64(),
    "ms": pa.uint64(),
    "counted": pa.uint64(),
}
FROZEN_SCHEMA = pa.schema(list(FROZEN_COLUMNS.items()))
FACT_SCHEMA = pa.schema(list(FACT_COLUMNS.items()))
VERDICT_SCHEMA = pa.schema(list(VERDICT_COLUMNS.items()))
STORED_FACT_SCHEMA = pa.schema(list((FACT_COLUMNS | PLACE_COLUMNS).items()))
STORED_VERDICT_SCHEMA = pa.schema(list((VERDICT_COLUMNS | PLACE_COLUMNS).items()))
# The tables that the stream fills, as warehouse and archive keep their rows.
STORED_SCHEMAS: Final = {"facts": STORED_FACT_SCHEMA, "verdicts": STORED_VERDICT_SCHEMA}


def rows_to_table(rows: Sequence[Row], schema: Any) -> Any:
    """Return rows as a table. Raises KeyError, TypeError, ValueError or OverflowError."""
    arrays = [pa.array([row[field.name] for row in rows], field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def columns_to_table(columns: Columns, schema: Any) -> Any:
    """Return columns as a table. Raises KeyError, TypeError, ValueError or OverflowError."""
    arrays = [pa.array(columns[field.name], field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def encode_table(table: Any, *, fresh_tokens: bool = False) -> bytes:
    """Return one stream message that holds a table of facts.

    `fresh_tokens` vouches that no token in it can have been used before (the sender made each for
    its own row), which saves the look-up.
    """
    marks = {MARK: FACTS_4, FRESH_TOKENS: b"1" if fresh_tokens else b"0"}
    schema = FACT_SCHEMA.with_metadata(marks)
    message: bytes = to_ipc(table.select(schema.names).cast(schema), compression="zstd")
    return message


def is_table(message: bytes) -> bool:
    """Whether a stream message is a table of facts rather than JSON."""
    return message.startswith(ARROW_START)


def decode_table(message: bytes) -> tuple[Any, bool]:
    """Return the facts of one message and whether their tokens are fresh.

    Raises ValueError for a message that was never ours, UnknownFactVersion for a later one.
    """
    table = pa.ipc.open_stream(message).read_all()
    marks = table.schema.metadata or {}
    if MARK not in marks:
        raise ValueError("a table that is not of facts")
    if marks[MARK] in EARLIER_FACTS:
        table = with_later_columns(table, FACT_SCHEMA)
    elif marks[MARK] != FACTS_4:
        raise UnknownFactVersion(f"a table of {marks[MARK].decode(errors='replace')}")
    if not table.schema.equals(FACT_SCHEMA) or any(column.null_count for column in table.columns):
        raise ValueError("a table of facts with other columns, or with holes")
    table.validate(full=True)
    return table.replace_schema_metadata(None), marks.get(FRESH_TOKENS) == b"1"


def with_later_columns(table: Any, schema: Any) -> Any:
    """Return facts of earlier releases as facts of today; other tables as they are."""
    given = table.schema
    for place, field in enumerate(schema):
        if field.name in LATER_NUMBERS and given.get_field_index(field.name) < 0:
            none = pa.repeat(pa.scalar(0, field.type), table.num_rows)
            table = table.add_column(min(place, table.num_columns), field, none)
    return table


def to_ipc(table: Any, *, compression: str | None = None) -> bytes:
    """Return a table as an Arrow IPC stream."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    stored: bytes = sink.getvalue().to_pybytes()
    return stored
