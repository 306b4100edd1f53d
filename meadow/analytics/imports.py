"""Facts from elsewhere: a checked table becomes facts with tokens of their own, in the stream.

For migrations, replays of public logs and simulations. Event times are the table's own; everything
else that the web process vouches for (who, which note, organic or not) the importer vouches for.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from meadow.analytics.columns import FACT_COLUMNS, FACT_SCHEMA, encode_table
from meadow.analytics.couriers import Courier
from meadow.analytics.errors import ImportRefused
from meadow.analytics.facts import KINDS, PROVENANCES, SUBJECT_IMPORT
from meadow.analytics.tokens import SURFACES

REQUIRED: Final = ("id", "kind", "note_id", "author_id", "person", "at")
# What a column holds when the table has none of that name, or a hole; `received_at` is ours to say.
DEFAULTS: Final[dict[str, Any]] = {
    "signed_in": False,
    "surface": "",
    "slot": 0,
    "campaign_id": 0,
    "arm": 0,
    "experiment": "",
    "nonce": "",
    "ms": 0,
    "provenance": "organic",
    "reason": "",
    "term": "",
    "price": 0,
    "match_class": 0,
}
SOURCE: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
WITHOUT_NOTE: Final = ("follow", "unfollow", "search", "exposure")
WITHOUT_AUTHOR: Final = ("search", "exposure")
MOST_BYTES: Final = 3_000_000
ROWS_A_MESSAGE: Final = 20_000
LONGEST_MS: Final = 24 * 3600 * 1000
EARLIEST: Final = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
CLOCKS_DIFFER: Final = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Rule:
    """What one column must be: `holds(table)` is a mask, `problem` and `mend` are for people."""

    column: str
    holds: Callable[[Any], Any]
    problem: str
    mend: str


def import_facts(
    *, source: str, table: Any, now: dt.datetime, courier: Courier | None = None
) -> int:
    """Publish a pyarrow table of facts and return how many rows it had.

    Returns after JetStream has acknowledged every message. `source` names where they come from
    (a-z, 0-9, `_.-`); `id` must be the same for the same event, so that importing it again changes
    nothing. A fact without a `nonce` gets one of its own, made of source and id; one that brings a
    nonce is judged like any other use of a token. With a `courier` the caller calls `finish` itself
    and may go on with the next table before the last one has arrived.

    Raises ImportRefused, and then nothing was sent, or EngineUnavailable, and then some of it may
    have been: import it again.
    """
    facts = prepare_facts(source=source, table=table, now=now)
    own = courier or Courier(SUBJECT_IMPORT)
    for part, fresh in split_by_token(facts, source=source):
        for message in encode_messages(part, fresh_tokens=fresh):
            own.send(message)
    if courier is None:
        own.finish()
    return int(facts.num_rows)


def prepare_facts(*, source: str, table: Any, now: dt.datetime) -> Any:
    """Return the table as facts: every column, of the right type, with its default where it was
    missing. Raises ImportRefused, naming the column, the first row at fault and what to do."""
    if not SOURCE.fullmatch(source):
        raise refusal("source", None, "is not a plain name", "use a-z, 0-9, '_', '.' and '-'")
    if unknown := sorted(set(table.schema.names) - FACT_COLUMNS.keys()):
        raise refusal(unknown[0], None, "is not a column of facts", "leave it out or rename it")
    if "received_at" in table.schema.names:
        raise refusal("received_at", None, "is set by the import", "leave it out")
    columns = []
    for name, kind in FACT_COLUMNS.items():
        if name == "received_at":
            columns.append(pa.repeat(pa.scalar(now, pa.timestamp("us", "UTC")), table.num_rows))
        elif name in table.schema.names:
            columns.append(fill(name, cast(name, table[name], kind)))
        elif name in REQUIRED:
            raise refusal(name, None, "is missing", f"add it; needed are {', '.join(REQUIRED)}")
        else:
            columns.append(pa.repeat(pa.scalar(DEFAULTS[name], kind), table.num_rows))
    columns[FACT_SCHEMA.get_field_index("received_at")] = pc.cast(
        columns[FACT_SCHEMA.get_field_index("received_at")], FACT_COLUMNS["received_at"], safe=False
    )
    facts = pa.Table.from_arrays(columns, schema=FACT_SCHEMA)
    for rule in rules(now):
        check(facts, rule)
    return facts


def cast(name: str, column: Any, kind: Any) -> Any:
    """Return a column in the type of facts. Raises ImportRefused with the first row that is not."""
    try:
        if pa.types.is_integer(column.type) and pa.types.is_timestamp(kind):
            column = column.cast(pa.int64())
        if pa.types.is_timestamp(column.type) and column.type.tz is None:
            raise refusal(name, None, "has no time zone", "store it as UTC")
        # Finer times than milliseconds are cut, everything else must fit.
        return column.cast(kind, safe=not pa.types.is_timestamp(kind))
    except pa.ArrowException as wrong:
        row = first_uncast(column, kind)
        problem = f"is of type {column.type} and cannot be read as {kind}"
        raise refusal(name, row, problem, f"store it as {kind}") from wrong


def first_uncast(column: Any, kind: Any) -> int | None:
    """Return the first row that a cast refuses, by halving; None when it is the type itself."""
    low, high = 0, len(column)
    if high == 0 or not refuses(column.slice(0, high), kind):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (
            (low, middle) if refuses(column.slice(low, middle - low), kind) else (middle, high)
        )
    return low


def refuses(column: Any, kind: Any) -> bool:
    """Whether a column cannot be cast."""
    try:
        column.cast(kind)
    except pa.ArrowException:
        return True
    return False


def fill(name: str, column: Any) -> Any:
    """Return a column without holes. Raises ImportRefused for a hole where there is no default."""
    if not column.null_count:
        return column
    if name in REQUIRED:
        row = pc.index(pc.is_null(column), pa.scalar(True)).as_py()
        raise refusal(name, row, "is empty", "give it a value or leave the row out")
    return pc.fill_null(column, pa.scalar(DEFAULTS[name], column.type))


def rules(now: dt.datetime) -> list[Rule]:
    """Return what facts must be, in the order in which a fault is looked for."""

    def matches(name: str, pattern: str) -> Callable[[Any], Any]:
        return lambda facts: pc.match_substring_regex(facts[name], f"^(?:{pattern})$")

    def is_one_of(name: str, words: Any) -> Callable[[Any], Any]:
        known = pa.array(sorted(words), pa.string())
        return lambda facts: pc.is_in(facts[name], value_set=known)

    def among(name: str, least: Any, most: Any) -> Callable[[Any], Any]:
        return lambda facts: pc.and_(
            pc.greater_equal(facts[name], pa.scalar(least, facts[name].type)),
            pc.less_equal(facts[name], pa.scalar(most, facts[name].type)),
        )

    def named(name: str, without: tuple[str, ...]) -> Callable[[Any], Any]:
        # Exactly the kinds in `without` have none (a follow's author is who is followed).
        lacking = pa.array(without, pa.string())
        return lambda facts: pc.equal(
            pc.is_in(facts["kind"], value_set=lacking), pc.equal(facts[name], 0)
        )

    latest = now + CLOCKS_DIFFER
    invalid = pa.scalar("invalid")
    kinds, surfaces = ", ".join(sorted(KINDS)), ", ".join(SURFACES)
    return [
        Rule("id", matches("id", "[A-Za-z0-9_-]{1,64}"), "is not a fact id",
             "use 1 to 64 letters, digits, '_' and '-'"),
        Rule("kind", is_one_of("kind", KINDS), "is not a kind of fact", f"use one of {kinds}"),
        Rule("note_id", among("note_id", 0, (1 << 63) - 1), "is negative", "use the note's id"),
        Rule("author_id", among("author_id", 0, (1 << 63) - 1), "is negative", "use a person's id"),
        Rule("note_id", named("note_id", WITHOUT_NOTE), "does not go with the kind",
             f"0 for {', '.join(WITHOUT_NOTE)}, a note's id for every other kind"),
        Rule("author_id", named("author_id", WITHOUT_AUTHOR), "does not go with the kind",
             f"0 for {', '.join(WITHOUT_AUTHOR)}, else whose note it is, or who is followed"),
        Rule("person", matches("person", "(?:[0-9a-f]{32})?"), "is not a pseudonym",
             "use 32 hexadecimal digits, or nothing"),
        Rule("signed_in", lambda facts: pc.or_(pc.invert(facts["signed_in"]),
             pc.not_equal(facts["person"], "")), "goes with a person", "name the person"),
        Rule("at", among("at", EARLIEST, latest), "is not a time in the past",
             "use UTC; milliseconds since 1970 if it is a number"),
        Rule("ms", among("ms", 0, LONGEST_MS), "is longer than a day", "use milliseconds"),
        Rule("surface", is_one_of("surface", ["", *SURFACES]), "is not a surface",
             f"use one of {surfaces}, or nothing"),
        Rule("provenance", is_one_of("provenance", PROVENANCES), "is not a provenance",
             f"use one of {', '.join(PROVENANCES)}"),
        Rule("reason", lambda facts: pc.equal(pc.equal(facts["provenance"], invalid),
             pc.not_equal(facts["reason"], "")), "goes with provenance 'invalid' and only with it",
             "say why an invalid fact is invalid"),
        Rule("reason", matches("reason", "[a-z0-9_.]{0,40}"), "is not a plain word",
             "use at most 40 of a-z, 0-9, '_' and '.'"),
        Rule("nonce", matches("nonce", "[A-Za-z0-9_-]{0,64}"), "is not a plain word",
             "leave it empty, and the import makes one"),
        Rule("experiment", matches("experiment", "[A-Za-z0-9_.-]{0,64}"), "is not a plain word",
             "use at most 64 letters, digits, '_', '.' and '-'"),
        Rule("term", lambda facts: pc.or_(pc.equal(facts["term"], ""),
             pc.equal(facts["kind"], "search")), "goes with kind 'search'", "leave it empty"),
        Rule("term", lambda facts: pc.less_equal(pc.utf8_length(facts["term"]), 100),
             "is longer than 100 characters", "cut it"),
        Rule("price", lambda facts: pc.equal(facts["price"], 0), "is only asked by our own pages",
             "leave it 0"),
        Rule("match_class", lambda facts: pc.equal(facts["match_class"], 0),
             "is only known of our own pages", "leave it 0"),
    ]  # fmt: skip


def check(facts: Any, rule: Rule) -> None:
    """Raise ImportRefused unless a rule holds in every row."""
    holds = rule.holds(facts)
    if pc.all(holds, min_count=0).as_py():
        return
    row = (
        int(np.flatnonzero(~holds.to_numpy(zero_copy_only=False))[0])
        if isinstance(holds, pa.Array)
        else int(np.flatnonzero(~holds.combine_chunks().to_numpy(zero_copy_only=False))[0])
    )
    shown = str(facts[rule.column][row].as_py())[:60]
    raise refusal(rule.column, row, f"{shown!r} {rule.problem}", rule.mend)


def split_by_token(facts: Any, *, source: str) -> Iterator[tuple[Any, bool]]:
    """Yield the facts with a token made for each, then those that brought theirs."""
    brought = pc.not_equal(facts["nonce"], "")
    issued = facts.filter(pc.invert(brought))
    if issued.num_rows:
        yield issue_tokens(issued, source=source), True
    if issued.num_rows < facts.num_rows:
        yield facts.filter(brought), False


def issue_tokens(facts: Any, *, source: str) -> Any:
    """Return facts with a nonce each that nothing else has: their source, and their id within it.

    A nonce of a page is 24 hexadecimal digits; these have a dash, so the two never meet.
    """
    mark = blake2b(source.encode(), digest_size=4).hexdigest()
    nonces = pc.binary_join_element_wise(mark, facts["id"], "-")
    return facts.set_column(FACT_SCHEMA.get_field_index("nonce"), "nonce", nonces)


def encode_messages(facts: Any, *, fresh_tokens: bool) -> Iterator[bytes]:
    """Yield a table as messages of at most MOST_BYTES, in its order."""
    for start in range(0, facts.num_rows, ROWS_A_MESSAGE):
        yield from _encode(facts.slice(start, ROWS_A_MESSAGE), fresh_tokens=fresh_tokens)


def _encode(facts: Any, *, fresh_tokens: bool) -> Iterator[bytes]:
    message = encode_table(facts, fresh_tokens=fresh_tokens)
    if len(message) <= MOST_BYTES:
        yield message
        return
    half = facts.num_rows // 2
    yield from _encode(facts.slice(0, half), fresh_tokens=fresh_tokens)
    yield from _encode(facts.slice(half), fresh_tokens=fresh_tokens)


def refusal(column: str, row: int | None, problem: str, mend: str) -> ImportRefused:
    """Return what to raise; rows count from 0."""
    place = column if row is None else f"{column}[{row}]"
    return ImportRefused(place=place, problem=problem, mend=mend)
