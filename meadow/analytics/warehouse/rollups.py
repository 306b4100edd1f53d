"""What is counted a note, in SQL: the definitions of docs/algorithms/reads.md."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from meadow.analytics.warehouse.store import Store

NOTE_READS = """
SELECT
    note_id,
    any(author_id),
    countIf(kind = 'read') AS reads_raw,
    uniqExactIf(
        (person, toDate(at)), kind = 'read' AND provenance = 'organic' AND signed_in
    ) AS reads_valid,
    countIf(kind = 'impression' AND provenance != 'invalid') AS impressions,
    countIf(kind = 'open' AND provenance != 'invalid') AS opens,
    toUnixTimestamp64Micro(max(inserted_at)) AS watermark
FROM facts
WHERE note_id IN {notes:Array(Int64)}
GROUP BY note_id
ORDER BY note_id
"""
CHANGED_SINCE = """
SELECT DISTINCT note_id FROM facts
WHERE note_id != 0 AND inserted_at >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
"""


@dataclass(frozen=True, slots=True)
class NoteFigures:
    """The figures of one note as the warehouse has them at `watermark`."""

    note_id: int
    author_id: int
    reads_raw: int
    reads_valid: int
    impressions: int
    opens: int
    watermark: dt.datetime


def count_notes(store: Store, note_ids: Iterable[int]) -> list[NoteFigures]:
    """Return the figures of each of these notes that has facts."""
    wanted = "[" + ",".join(str(note_id) for note_id in sorted(note_ids)) + "]"
    figures = []
    for row in store.query(NOTE_READS, params={"notes": wanted}):
        note, author, raw, valid, impressions, opens, watermark = (int(value) for value in row)
        figures.append(
            NoteFigures(
                note_id=note,
                author_id=author,
                reads_raw=raw,
                reads_valid=valid,
                impressions=impressions,
                opens=opens,
                watermark=from_micros(watermark),
            )
        )
    return figures


def find_changed_notes(store: Store, *, since: dt.datetime | None) -> set[int]:
    """Return the notes with facts stored at `since` or later (None: all notes)."""
    micros = 0 if since is None else round(since.timestamp() * 1_000_000)
    rows = store.query(CHANGED_SINCE, params={"since": str(micros)})
    return {int(row[0]) for row in rows}


def from_micros(micros: int) -> dt.datetime:
    """Return a moment from microseconds since 1970."""
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=micros)
