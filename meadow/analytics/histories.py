"""What some readers read: for packages that may know, asked for by pseudonym."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meadow.analytics.questions import Bindings, ask_columns


@dataclass(frozen=True)
class ReadColumns:
    """One row a reader and note, the last read first: `person` is a place in the pseudonyms asked for."""

    person: NDArray[np.int64]
    note_id: NDArray[np.int64]
    at_ms: NDArray[np.int64]


def list_reads(*, pseudonyms: Sequence[str], since: dt.datetime, most_each: int) -> ReadColumns:
    """Return the valid reads of these readers since a moment, `most_each` at most of each.

    It looks at every read since then, whoever's: the warehouse is sorted by author. Raises
    EngineUnavailable.
    """
    bind = Bindings()
    known = bind.add(list(pseudonyms), "Array(String)")
    table = ask_columns(
        f"SELECT toInt64(indexOf({known}, person) - 1) AS place, note_id,"  # noqa: S608 - bound
        " toInt64(toUnixTimestamp64Milli(max(at))) AS last FROM facts_judged"
        " WHERE kind = 'read' AND provenance != 'invalid' AND note_id > 0"
        " AND at >= fromUnixTimestamp64Milli("
        f"{bind.add(int(since.timestamp() * 1000), 'Int64')}, 'UTC')"
        f" AND person IN {known}"
        " GROUP BY person, note_id ORDER BY last DESC"
        f" LIMIT {bind.add(most_each, 'UInt32')} BY place",
        bind,
    )
    return ReadColumns(*(np.asarray(column, np.int64) for column in table))
