"""Figures of authors by their notes, of a few people or of everybody: for rules that weigh them.

A note counts up to and including the last moment of its window: while `now` less its publication is
at most `within_days` times 24 hours. A read is a valid one (docs/algorithms/reads.md): organic,
signed in, once a person, note and day, as analytics projects it into PostgreSQL.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from meadow.core.columns import read_columns
from meadow.core.database import fetch_prepared
from meadow.notes.queries.access import listed

Ids = NDArray[np.int64]
# What only some may see counts for nobody: else a gate would open to notes that nobody can read.
_PUBLISHED: Final = f"{listed()} AND n.published_at <= %(now)s"
_SINCE: Final = "n.published_at >= %(since)s"
# By `every_read`: valid reads, or all that were counted, whatever they come from.
_FIGURE: Final = {False: "reads_valid", True: "reads_raw"}
_ON_TOPIC: Final = (
    "EXISTS (SELECT FROM notes_notetopic x JOIN notes_topic t ON t.id = x.topic_id"
    " WHERE x.note_id = n.id AND t.slug = %(topic)s)"
)
_OF_KIND: Final = "n.kind = %(kind)s"
_READS: Final = "JOIN analytics_notereads r ON r.note_id = n.id"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which notes count. `within_days` 0: of any age; `reads` 0: read or not; `topic` "": any.

    `kind` is "photo", "video" or "" for both.
    `every_read` counts paid, granted, invalid, repeated and signed-out reads too.
    """

    within_days: int = 0
    reads: int = 0
    topic: str = ""
    kind: str = ""
    every_read: bool = False

    def since(self, now: dt.datetime) -> dt.datetime:
        """Return the publication of the oldest note that counts."""
        return now - dt.timedelta(days=self.within_days)

    def counted(self) -> str:
        """Return the tables and the condition, of fixed parts."""
        joined = f" {_READS}" if self.reads else ""
        return f"FROM notes_note n{joined} WHERE {' AND '.join([_PUBLISHED, *self._tests()])}"

    def bindings(self, now: dt.datetime, ids: Collection[int] | None) -> dict[str, Any]:
        """Return what the statements' placeholders stand for."""
        return {
            "now": now,
            "since": self.since(now),
            "window": dt.timedelta(days=self.within_days),
            "reads": self.reads,
            "topic": self.topic,
            "kind": self.kind,
            "ids": list(ids or ()),
        }

    def _tests(self) -> list[str]:
        read = f"r.{_FIGURE[self.every_read]} >= %(reads)s"
        tests = {
            _SINCE: self.within_days,
            read: self.reads,
            _ON_TOPIC: self.topic,
            _OF_KIND: self.kind,
        }
        return [test for test, asked in tests.items() if asked]


@dataclass(frozen=True, slots=True)
class NoteFigures:
    """One published note as a rule sees it."""

    id: int
    public_id: str
    title: str
    published_at: dt.datetime
    reads_valid: int
    reads_raw: int
    on_topic: bool
    of_kind: bool
    counted_at: dt.datetime | None

    def reads(self, wanted: Wanted) -> int:
        """Return the reads that decide whether it counts."""
        return self.reads_raw if wanted.every_read else self.reads_valid


def count_for(person_ids: Sequence[int], *, wanted: Wanted, now: dt.datetime) -> dict[int, int]:
    """Return how many notes of each of these people count; who has none is missing."""
    statement = (
        f"SELECT n.author_id, count(*) {wanted.counted()}"
        " AND n.author_id = ANY(%(ids)s) GROUP BY n.author_id"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, wanted.bindings(now, person_ids))
        return dict(cursor.fetchall())


def count_for_all(*, wanted: Wanted, now: dt.datetime) -> tuple[Ids, Ids]:
    """Return the ids of everybody with notes that count, ascending, and how many."""
    statement = (
        f"SELECT n.author_id::bigint, count(*)::bigint {wanted.counted()} GROUP BY n.author_id"
    )
    ids, counts = read_columns(statement, wanted.bindings(now, None), columns=2)
    return ids, counts


def next_leaving(
    person_ids: Collection[int] | None, *, wanted: Wanted, now: dt.datetime
) -> tuple[Ids, Ids]:
    """Return authors, ascending, and the first moment at which one of their notes counts no more.

    In µs since 1970; None: of everybody. Who has no note that leaves is missing.
    """
    if not wanted.within_days:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    chosen = "" if person_ids is None else " AND n.author_id = ANY(%(ids)s)"
    statement = (
        "SELECT n.author_id::bigint,"  # noqa: S608 - fixed parts
        " (extract(epoch from min(n.published_at) + %(window)s) * 1000000)::bigint + 1"
        f" {wanted.counted()}{chosen} GROUP BY n.author_id"
    )
    ids, moments = read_columns(statement, wanted.bindings(now, person_ids), columns=2)
    return ids, moments


def list_for(
    person_id: int, *, wanted: Wanted, now: dt.datetime, most: int
) -> tuple[list[NoteFigures], int, int]:
    """Return a person's published notes, how many there are in all, and how many of them count.

    At most `most` are listed: those that count, the next to leave first, then the most read.
    """
    topic, kind = _ON_TOPIC if wanted.topic else "true", _OF_KIND if wanted.kind else "true"
    figure = _FIGURE[wanted.every_read]
    tests = " AND ".join(
        [
            "published_at >= %(since)s" if wanted.within_days else "true",
            f"{figure} >= %(reads)s" if wanted.reads else "true",
            "on_topic AND of_kind",
        ]
    )
    statement = f"""
    SELECT id, public_id, title, published_at, reads_valid, reads_raw, on_topic, of_kind, watermark,
           count(*) OVER (), count(*) FILTER (WHERE counts) OVER ()
    FROM (SELECT *, {tests} AS counts
          FROM (SELECT n.id, n.public_id, n.title, n.published_at,
                       coalesce(r.reads_valid, 0) AS reads_valid,
                       coalesce(r.reads_raw, 0) AS reads_raw, {topic} AS on_topic,
                       {kind} AS of_kind, r.watermark
                FROM notes_note n LEFT JOIN analytics_notereads r ON r.note_id = n.id
                WHERE {_PUBLISHED} AND n.author_id = %(author)s) noted) weighed
    ORDER BY counts DESC, CASE WHEN counts THEN published_at END, {figure} DESC, published_at DESC
    LIMIT %(most)s
    """  # noqa: S608 - fixed parts
    bindings = wanted.bindings(now, None) | {"author": person_id, "most": most}
    rows = fetch_prepared(statement, bindings)
    return [NoteFigures(*row[:9]) for row in rows], *(rows[0][9:] if rows else (0, 0))
