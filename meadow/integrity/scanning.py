"""What detectors ask the warehouse: who read lately, when, and which facts a stretch of theirs holds.

The facts' own provenance is looked at, not what became of it: a clockwork that goes on is seen to
go on. Which facts have been judged before is asked of the cases, not of the stream, which may be
behind. Only facts that reached us within a day count: timing is evidence where we took it ourselves,
and imported history has its own.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from meadow.analytics.facts import BROWSER_KINDS
from meadow.analytics.tokens import LIFETIME_SECONDS
from meadow.analytics.warehouse.client import get_client
from meadow.core.errors import EngineUnavailable
from meadow.integrity.detectors import Times

# Detectors look at a day before and after what is new; no window of theirs is longer.
HORIZON: Final = dt.timedelta(days=1)
READS_A_SLICE: Final = 500_000
PEOPLE_A_QUESTION: Final = 2000

_SOUND: Final = (
    "provenance != 'invalid' AND person != ''"
    " AND received_at <= at + toIntervalSecond({longest_delay:UInt32})"
)
_NEW: Final = f"life = {{life:Int64}} AND batch >= {{batch:UInt64}} AND kind = 'read' AND {_SOUND}"
_BETWEEN: Final = (
    "at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')"
    " AND at <= fromUnixTimestamp64Milli({until:Int64}, 'UTC')"
    # The same again for the column that the table is cut by: whole months need not be read.
    " AND received_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')"
    " AND received_at <= fromUnixTimestamp64Milli({until:Int64} + 1000 * {longest_delay:Int64}, 'UTC')"
)
_OF_SLICE: Final = "cityHash64(person) % {slices:UInt32} = {slice:UInt32}"
_LIVES: Final = "SELECT life, max(batch) FROM facts GROUP BY life ORDER BY life"
# All three are fixed texts; whatever varies is a bound parameter.
_COUNT_NEW: Final = f"""
SELECT count(), min(toUnixTimestamp64Milli(at)), max(toUnixTimestamp64Milli(at))
FROM facts WHERE {_NEW}
"""  # noqa: S608
_READS: Final = f"""
SELECT person, cityHash64(person), max(signed_in), arraySort(groupArray(toUnixTimestamp64Milli(at)))
FROM facts
WHERE kind = 'read' AND {_SOUND} AND {_BETWEEN} AND {_OF_SLICE}
  AND person IN (SELECT person FROM facts WHERE {_NEW} AND {_OF_SLICE})
GROUP BY person
HAVING count() >= {{least:UInt32}}
ORDER BY person
"""  # noqa: S608
_FACTS: Final = f"""
SELECT person, id, author_id, note_id, toUnixTimestamp64Milli(at), kind, provenance, reason
FROM facts
WHERE cityHash64(person) IN {{people:Array(UInt64)}} AND kind IN {{kinds:Array(String)}}
  AND {_SOUND} AND {_BETWEEN}
ORDER BY at, id
"""  # noqa: S608
_SOUND_COLUMNS: Final = {
    "fact_id": pa.string(),
    "author_id": pa.int64(),
    "note_id": pa.int64(),
    "at": pa.int64(),
    "kind": pa.string(),
    "provenance": pa.string(),
    "reason": pa.string(),
}


@dataclass(frozen=True, slots=True)
class NewReads:
    """How many reads are new, and between which moments (ms) they were."""

    count: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Reader:
    """When one pseudonym read, ascending; `number` stands for it in questions, and so in logs."""

    person: str
    number: int
    signed_in: bool
    at: Times


def find_lives() -> dict[int, int]:
    """Return the newest batch of each life of the stream. Raises EngineUnavailable."""
    return {int(life): int(batch) for life, batch in _ask(_LIVES, {})}


def count_new_reads(*, life: int, batch: int) -> NewReads:
    """Return what was stored since a batch, that batch included. Raises EngineUnavailable."""
    rows = _ask(_COUNT_NEW, {"life": life, "batch": batch})
    return NewReads(*(int(value) for value in rows[0]))


def find_readers(*, life: int, batch: int, new: NewReads, least: int) -> Iterator[Reader]:
    """Yield who read since a batch, with their reads around it if they are `least` or more.

    Raises EngineUnavailable.
    """
    slices = 1 + new.count // READS_A_SLICE
    for place in range(slices):
        rows = _ask(
            _READS,
            {"life": life, "batch": batch, "slices": slices, "slice": place, "least": least}
            | _period(new),
        )
        for person, number, signed_in, at in rows:
            yield Reader(str(person), int(number), bool(signed_in), np.array(at, dtype=np.int64))


def find_facts(*, readers: Mapping[str, int], new: NewReads) -> dict[str, Any]:
    """Return what each reader's browser reported around what is new, as tables by pseudonym.

    `readers` are pseudonyms with their numbers.

    The columns are fact_id, author_id, note_id, at (ms), kind, provenance and reason. Raises
    EngineUnavailable.
    """
    found: dict[str, list[Any]] = {person: [] for person in readers}
    numbers = sorted(readers.values())
    for start in range(0, len(numbers), PEOPLE_A_QUESTION):
        part = numbers[start : start + PEOPLE_A_QUESTION]
        for person, *row in _ask(
            _FACTS, {"people": part, "kinds": sorted(BROWSER_KINDS)} | _period(new)
        ):
            # Two pseudonyms of one number are as good as impossible, and would not mix here.
            if person in found:
                found[person].append(row)
    return {person: _to_table(rows) for person, rows in found.items()}


def _to_table(rows: Sequence[Sequence[Any]]) -> Any:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(_SOUND_COLUMNS)
    arrays = [
        pa.array(values, kind)
        for values, kind in zip(columns, _SOUND_COLUMNS.values(), strict=True)
    ]
    return pa.Table.from_arrays(arrays, names=list(_SOUND_COLUMNS))


def _period(new: NewReads) -> dict[str, int]:
    around = int(HORIZON.total_seconds() * 1000)
    return {"since": new.first - around, "until": new.last + around}


def _ask(sql: str, parameters: dict[str, Any]) -> Sequence[Sequence[Any]]:
    try:
        answer = get_client().query(
            sql, parameters=parameters | {"longest_delay": LIFETIME_SECONDS}
        )
    except ClickHouseError as away:
        raise EngineUnavailable(engine="warehouse") from away
    rows: Sequence[Sequence[Any]] = answer.result_rows
    return rows
