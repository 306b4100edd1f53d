"""What is counted a note and day, in SQL: the definitions of docs/algorithms/reads.md.

A recount reads the facts of the days that changed and replaces all their cells in one insert. It
never adds to what was counted before, so facts sent twice, verdicts that come late, and passes cut
short by a crash all end in the same figures as one count of everything.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from meadow.analytics.warehouse.store import Store
from meadow.analytics.warehouse.storing import Subject, int_array

# Beyond this many note days a pass counts whole days: the list would be longer than the facts.
MOST_SUBJECTS: Final = 4000
MOST_NOTES: Final = 20_000

_KEYS: Final = "author_id, note_id, day, kind, provenance, surface, hour"
# `{chosen}` is one of two fixed conditions below, never anything from outside.
_RECOUNT: Final = """
INSERT INTO rollup
SELECT author_id, note_id, day, kind, provenance, surface, hour,
       sum(cell_facts), sum(cell_ms), sum(cell_counted), {{version:UInt64}}
FROM (
    SELECT author_id, note_id, toDate(at) AS day, kind, provenance, surface, toHour(at) AS hour,
           count() AS cell_facts, sum(toUInt64(ms)) AS cell_ms, toUInt64(0) AS cell_counted
    FROM {source}
    WHERE {chosen}
    GROUP BY author_id, note_id, day, kind, provenance, surface, hour
    UNION ALL
    SELECT author_id, note_id, day, 'read', 'organic', first.3, toHour(first.1),
           toUInt64(0), toUInt64(0), count()
    FROM (
        SELECT author_id, note_id, toDate(at) AS day, person, min((at, id, surface)) AS first
        FROM {source}
        WHERE kind = 'read' AND provenance = 'organic' AND signed_in AND {chosen}
        GROUP BY author_id, note_id, day, person
    )
    GROUP BY author_id, note_id, day, first.3, toHour(first.1)
    UNION ALL
    SELECT author_id, note_id, day, kind, provenance, surface, hour, facts, ms, counted
    FROM frozen FINAL
    WHERE {known}
    UNION ALL
    SELECT author_id, note_id, day, kind, provenance, surface, hour,
           toUInt64(0), toUInt64(0), toUInt64(0)
    FROM rollup FINAL
    WHERE {known}
)
GROUP BY author_id, note_id, day, kind, provenance, surface, hour
"""
_SUBJECTS: Final = (
    "author_id IN {authors:Array(Int64)} AND note_id IN {notes:Array(Int64)}"
    " AND (author_id, note_id, toInt32(%s)) IN {subjects:Array(Tuple(Int64, Int64, Int32))}"
)
_DAYS: Final = "toInt32(%s) IN {days:Array(Int32)}"


def _recount_sql(condition: str, *, source: str) -> str:
    parts = {"source": source, "chosen": condition % "toDate(at)", "known": condition % "day"}
    return _RECOUNT.format(**parts).replace("{{", "{").replace("}}", "}")


# Where nobody was judged later, the facts themselves say it, at half the cost of the view.
_SOURCES: Final = {False: "facts", True: "facts_judged"}
_RECOUNT_SUBJECTS: Final = {
    judged: _recount_sql(_SUBJECTS, source=source) + "SETTINGS max_threads = 1"
    for judged, source in _SOURCES.items()
}
_RECOUNT_DAYS: Final = _recount_sql(_DAYS, source="facts_judged")

_NOTE_FIGURES: Final = """
SELECT note_id, any(author_id),
       sumIf(facts, kind = 'read'),
       sum(counted),
       sumIf(facts, kind = 'impression' AND provenance != 'invalid'),
       sumIf(facts, kind = 'open' AND provenance != 'invalid')
FROM rollup FINAL
WHERE author_id IN {authors:Array(Int64)} AND note_id IN {notes:Array(Int64)} AND note_id != 0
GROUP BY note_id
ORDER BY note_id
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


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the roll-up is: everything stored up to `watermark` (µs since 1970) is in it."""

    watermark: int = 0
    version: int = 0


def recount(store: Store, changed: Collection[Subject], *, version: int) -> None:
    """Count these note days again and replace their cells."""
    if not changed:
        return
    params = {"version": str(version)}
    if len(changed) > MOST_SUBJECTS:
        params["days"] = int_array([day for _author, _note, day in changed])
        store.execute(_RECOUNT_DAYS, params=params)
        return
    authors = int_array([author for author, _note, _day in changed])
    judged = bool(
        store.query(
            "SELECT 1 FROM verdicts WHERE author_id IN {authors:Array(Int64)} LIMIT 1",
            params={"authors": authors},
        )
    )
    params["authors"] = authors
    params["notes"] = int_array([note for _author, note, _day in changed])
    params["subjects"] = "[" + ",".join(f"({a},{n},{d})" for a, n, d in sorted(changed)) + "]"
    store.execute(_RECOUNT_SUBJECTS[judged], params=params)


def count_notes(
    store: Store, notes: Collection[tuple[int, int]], *, watermark: dt.datetime
) -> list[NoteFigures]:
    """Return the figures of each of these (author, note) that has facts, from the roll-up."""
    figures = []
    wanted = sorted(notes)
    for start in range(0, len(wanted), MOST_NOTES):
        part = wanted[start : start + MOST_NOTES]
        params = {
            "authors": int_array([author for author, _note in part]),
            "notes": int_array([note for _author, note in part]),
        }
        for row in store.query(_NOTE_FIGURES, params=params):
            note, author, raw, valid, impressions, opens = (int(value) for value in row)
            figures.append(
                NoteFigures(
                    note_id=note,
                    author_id=author,
                    reads_raw=raw,
                    reads_valid=valid,
                    impressions=impressions,
                    opens=opens,
                    watermark=watermark,
                )
            )
    return figures


def read_mark(store: Store) -> Mark:
    """Return how far the roll-up is."""
    rows = store.query(
        "SELECT toUnixTimestamp64Micro(watermark), version FROM rollup_marks"
        " ORDER BY version DESC LIMIT 1"
    )
    return Mark(watermark=int(rows[0][0]), version=int(rows[0][1])) if rows else Mark()


def write_mark(store: Store, mark: Mark) -> None:
    """Remember how far the roll-up is."""
    store.execute(
        "INSERT INTO rollup_marks SELECT 1, fromUnixTimestamp64Micro({at:Int64}, 'UTC'),"
        " {version:UInt64}",
        params={"at": str(mark.watermark), "version": str(mark.version)},
    )


def find_uncounted(store: Store, *, since: int) -> set[Subject]:
    """Return the note days with facts or verdicts stored after `since` (µs since 1970)."""
    found: set[Subject] = set()
    for sql in (
        "SELECT DISTINCT author_id, note_id, toInt32(toDate(at)) FROM facts"
        " WHERE inserted_at > fromUnixTimestamp64Micro({since:Int64}, 'UTC')",
        "SELECT DISTINCT f.author_id, f.note_id, toInt32(toDate(f.at)) FROM facts AS f"
        " INNER JOIN verdicts AS v ON f.author_id = v.author_id AND f.note_id = v.note_id"
        " AND f.id = v.fact_id"
        " WHERE v.inserted_at > fromUnixTimestamp64Micro({since:Int64}, 'UTC')",
    ):
        rows = store.query(sql, params={"since": str(since)})
        found |= {(int(author), int(note), int(day)) for author, note, day in rows}
    return found


def find_latest(store: Store) -> int:
    """Return when the newest row was stored (µs since 1970), 0 for an empty warehouse."""
    rows = store.query(
        "SELECT greatest((SELECT max(toUnixTimestamp64Micro(inserted_at)) FROM facts),"
        " (SELECT max(toUnixTimestamp64Micro(inserted_at)) FROM verdicts))"
    )
    return int(rows[0][0])


def find_notes(store: Store, *, since: int) -> set[tuple[int, int]]:
    """Return the (author, note) whose roll-up changed after `since` (version, µs since 1970)."""
    rows = store.query(
        "SELECT DISTINCT author_id, note_id FROM rollup"
        " WHERE note_id != 0 AND version > {since:UInt64}",
        params={"since": str(since)},
    )
    return {(int(author), int(note)) for author, note in rows}
