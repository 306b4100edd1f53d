"""Is everything what it claims to be: archive, warehouse, roll-up and PostgreSQL against each other.

Each step compares two of them by another road than the one that made them, and names the first
difference. Facts may keep arriving: what differs is looked at again before it is called a fault.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import chdb
import orjson

from meadow.analytics.archive import Archive, ArchiveBroken, Segment
from meadow.analytics.columns import STORED_SCHEMAS
from meadow.analytics.models import NoteReads
from meadow.analytics.warehouse.client import get_client

TRIES: Final = 6
SECONDS_BETWEEN_TRIES: Final = 2.0
NOTES_A_LOOK: Final = 10_000
_TIMES: Final = {
    "at": "toUnixTimestamp64Milli(%s)",
    "received_at": "toUnixTimestamp64Milli(%s)",
    "inserted_at": "toUnixTimestamp64Micro(%s)",
}
_TEXTS: Final = frozenset(
    {"id", "kind", "person", "surface", "experiment", "nonce", "provenance", "reason", "term"}
    | {"fact_id", "case_id"}
)

Say = Callable[[str], None]
Difference = str


@dataclass
class Report:
    """What was compared, and the first difference of each step that found one."""

    segments: int = 0
    archived: dict[str, int] = field(default_factory=lambda: {"facts": 0, "verdicts": 0})
    waiting: dict[str, int] = field(default_factory=lambda: {"facts": 0, "verdicts": 0})
    cells: int = 0
    notes: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether everything agrees."""
        return not self.differences


def verify(archive: Archive, *, say: Say) -> Report:
    """Compare everything. Raises EngineUnavailable when the warehouse is away."""
    report = Report()
    say("the archive's manifests and checksums, and the warehouse beside them")
    try:
        report.differences += list(_check_archive(archive, report))
    except ArchiveBroken as broken:
        report.differences.append(f"archive: {broken}")
    say("the roll-up beside a recount of the facts")
    report.differences += _settle(lambda: _check_rollup(report))
    say("the figures in PostgreSQL beside the roll-up")
    report.differences += _settle(lambda: _check_postgres(report))
    return report


def _check_archive(archive: Archive, report: Report) -> Iterator[Difference]:
    """Compare each segment's rows with the warehouse's of the same messages."""
    segments = archive.segments()
    report.segments = len(segments)
    for table in STORED_SCHEMAS:
        kept = _digests_of_warehouse(table, segments)
        found = False
        for segment in segments:
            digest = _digest_of_segment(archive, segment, table)
            report.archived[table] += digest[0]
            here = kept.pop((segment.life, segment.first), (0, 0))
            if here != digest and not found:
                found = True
                yield _first_difference(archive, segment, table)
        report.waiting[table] = sum(count for count, _digest in kept.values())


def _digest_of_segment(archive: Archive, segment: Segment, table: str) -> tuple[int, int]:
    rows, digest = 0, 0
    for file in segment.files:
        if file.table != table:
            continue
        content = archive.read(file)  # noqa: F841  read by name in the query
        answer = _memory().query(
            f"SELECT count(), groupBitXor({_row_hash(table)}) FROM Python(content)",  # noqa: S608
            "TabSeparated",
        )
        count, one = answer.bytes().decode().split()
        rows, digest = rows + int(count), digest ^ int(one)
    return rows, digest


def _digests_of_warehouse(
    table: str, segments: Sequence[Segment]
) -> dict[tuple[int, int], tuple[int, int]]:
    """Return rows and digest a segment; rows of no segment stand under the number after it."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    lives = {int(row[0]) for row in _ask(f"SELECT DISTINCT life FROM {table}")}  # noqa: S608
    for life in sorted(lives | {one.life for one in segments}):
        ours = [one for one in segments if one.life == life]
        edges = [one.first for one in ours] + ([ours[-1].last + 1] if ours else [0])
        rows = _ask(
            f"SELECT roundDown(seq, {{edges:Array(UInt64)}}) AS first, count(),"  # noqa: S608
            f" groupBitXor({_row_hash(table)}) FROM {table} WHERE life = {{life:Int64}}"
            " GROUP BY first",
            edges=edges,
            life=life,
        )
        found |= {(life, int(first)): (int(count), int(one)) for first, count, one in rows}
    return found


def _first_difference(archive: Archive, segment: Segment, table: str) -> Difference:
    """Name the first row of a segment that archive and warehouse do not agree on."""
    columns = ", ".join(_plain_columns(table))
    rows = _ask(
        f"SELECT {columns} FROM {table} WHERE life = {{life:Int64}}"  # noqa: S608
        " AND seq BETWEEN {first:UInt64} AND {last:UInt64} ORDER BY id",
        life=segment.life,
        first=segment.first,
        last=segment.last,
    )
    names = STORED_SCHEMAS[table].names
    here = {str(row[0]): tuple(row) for row in rows}
    there: dict[str, tuple[Any, ...]] = {}
    for file in segment.files:
        if file.table == table:
            content = archive.read(file)  # noqa: F841  read by name in the query
            answer = _memory().query(f"SELECT {columns} FROM Python(content)", "JSONCompactEachRow")  # noqa: S608
            there |= {str(row[0]): tuple(row) for row in _json_lines(answer.bytes())}
    where = f"segment {segment.number} ({table})"
    for one in sorted(here.keys() | there.keys()):
        if one not in here:
            return f"{where}: {one} is in the archive and not in the warehouse"
        if one not in there:
            return f"{where}: {one} is in the warehouse and not in the archive"
        for name, ours, archived in zip(names, here[one], there[one], strict=True):
            if str(ours) != str(archived):
                return f"{where}: {one} has {name} {ours} in the warehouse, {archived} archived"
    return f"{where}: a row stands twice in the warehouse"


# Written apart from the recount of rollups.py: cells by counting, valid reads by unique people.
_CELLS: Final = """
SELECT toString((author_id, note_id, day, kind, provenance, surface, hour)),
       sum(counted_facts), sum(counted_ms), sum(kept_facts), sum(kept_ms)
FROM (
    SELECT author_id, note_id, toDate(at) AS day, kind, provenance, surface, toHour(at) AS hour,
           count() AS counted_facts, sum(ms) AS counted_ms, 0 AS kept_facts, 0 AS kept_ms
    FROM facts_judged GROUP BY author_id, note_id, day, kind, provenance, surface, hour
    UNION ALL
    SELECT author_id, note_id, day, kind, provenance, surface, hour, sum(facts), sum(ms), 0, 0
    FROM frozen FINAL GROUP BY author_id, note_id, day, kind, provenance, surface, hour
    UNION ALL
    SELECT author_id, note_id, day, kind, provenance, surface, hour, 0, 0, sum(facts), sum(ms)
    FROM rollup FINAL GROUP BY author_id, note_id, day, kind, provenance, surface, hour
)
GROUP BY author_id, note_id, day, kind, provenance, surface, hour
HAVING sum(counted_facts) != sum(kept_facts) OR sum(counted_ms) != sum(kept_ms)
ORDER BY author_id, note_id, day, kind, provenance, surface, hour
LIMIT 1
"""
_VALID: Final = """
SELECT toString((author_id, note_id, day)), sum(people), sum(kept)
FROM (
    SELECT author_id, note_id, toDate(at) AS day, uniqExact(person) AS people, 0 AS kept
    FROM facts_judged WHERE kind = 'read' AND provenance = 'organic' AND signed_in
    GROUP BY author_id, note_id, day
    UNION ALL
    SELECT author_id, note_id, day, sum(counted), 0 FROM frozen FINAL
    GROUP BY author_id, note_id, day
    UNION ALL
    SELECT author_id, note_id, day, 0, sum(counted) FROM rollup FINAL
    GROUP BY author_id, note_id, day
)
GROUP BY author_id, note_id, day
HAVING sum(people) != sum(kept)
ORDER BY author_id, note_id, day
LIMIT 1
"""


def _check_rollup(report: Report) -> list[Difference]:
    report.cells = int(_ask("SELECT count() FROM rollup FINAL WHERE facts > 0")[0][0])
    for cell, facts, ms, kept_facts, kept_ms in _ask(_CELLS):
        return [
            f"roll-up: cell {cell} says {kept_facts} facts, {kept_ms} ms;"
            f" a recount says {facts}, {ms} ms"
        ]
    for subject, people, kept in _ask(_VALID):
        return [f"roll-up: {subject} says {kept} valid reads; a recount says {people}"]
    return []


def _check_postgres(report: Report) -> list[Difference]:
    """Compare note by note in the order of their numbers, so that memory stays small."""
    report.notes, after = 0, 0
    while True:
        rows = _ask(
            "SELECT note_id, sumIf(facts, kind = 'read'), sum(counted),"
            " sumIf(facts, kind = 'impression' AND provenance != 'invalid'),"
            " sumIf(facts, kind = 'open' AND provenance != 'invalid')"
            " FROM rollup FINAL WHERE note_id > {after:Int64} GROUP BY note_id"
            " ORDER BY note_id LIMIT {many:UInt32}",
            after=after,
            many=NOTES_A_LOOK,
        )
        if not rows:
            return []
        wanted = {int(row[0]): tuple(int(value) for value in row[1:]) for row in rows}
        known = {
            note: tuple(figures)
            for note, *figures in NoteReads.objects.filter(note_id__in=wanted).values_list(
                "note_id", "reads_raw", "reads_valid", "impressions", "opens"
            )
        }
        for note, figures in wanted.items():
            if known.get(note) != figures:
                names = "raw reads, valid reads, impressions, opens"
                return [
                    f"PostgreSQL: note {note} has {known.get(note)} ({names});"
                    f" the roll-up says {figures}"
                ]
        report.notes += len(wanted)
        after = max(wanted)


def _settle(check: Callable[[], list[Difference]]) -> list[Difference]:
    """Look again while facts are on their way: a difference that stays is one."""
    found: list[Difference] = []
    stood = None
    for attempt in range(TRIES):
        if attempt:
            time.sleep(SECONDS_BETWEEN_TRIES)
        stands = _position()
        found = check()
        if not found or (stands == stood and stands[0] >= stands[1]):
            break
        stood = stands
    return found


def _position() -> tuple[int, int]:
    """Return up to when the roll-up is counted and when the newest fact was stored (µs)."""
    row = _ask(
        "SELECT (SELECT toUnixTimestamp64Micro(max(watermark)) FROM rollup_marks),"
        " (SELECT toUnixTimestamp64Micro(max(inserted_at)) FROM facts)"
    )[0]
    return int(row[0]), int(row[1])


def _row_hash(table: str) -> str:
    return f"cityHash64({', '.join(_plain_columns(table))})"


def _plain_columns(table: str) -> list[str]:
    """Return each column in a form that both sides write alike."""
    return [_plain(name) for name in STORED_SCHEMAS[table].names]


def _plain(name: str) -> str:
    if name in _TEXTS:
        return f"assumeNotNull(toString({name}))"
    whole = _TIMES.get(name, "%s") % name
    return f"assumeNotNull(toInt64({whole}))"


def _ask(sql: str, **parameters: Any) -> Sequence[Sequence[Any]]:
    rows: Sequence[Sequence[Any]] = get_client().query(sql, parameters=parameters).result_rows
    return rows


def _json_lines(raw: bytes) -> list[list[Any]]:
    return [orjson.loads(line) for line in raw.splitlines()]


def _memory() -> Any:
    """Return a chDB of this process alone, with no folder: the owner holds the other."""
    global _session
    if _session is None:
        connect: Any = chdb.connect
        _session = connect(":memory:")
    return _session


_session: Any = None
