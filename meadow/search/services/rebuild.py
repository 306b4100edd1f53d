"""The whole index made anew from the truth, a batch at a time, while search goes on answering."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from django.db import connection

from meadow.core.transactions import transaction, transaction_required
from meadow.search.queries.candidates import TOP
from meadow.search.queries.rules import newest_rule, prior_sql, rule_values
from meadow.search.services.indexing import (
    index_notes,
    make_vectors,
    read_truth,
    term_keys,
    write_names,
    write_notes,
)
from meadow.search.truth import LISTED_NOTE

BATCH: Final = 1000
CATCH_UP: Final = 5000
_ONE_WRITER: Final = "SELECT pg_advisory_xact_lock(hashtext('meadow.search.index'))"
_NEXT: Final = {
    "note": "SELECT id FROM notes_note WHERE id > %s ORDER BY id LIMIT %s",
    "person": "SELECT id FROM accounts_person WHERE id > %s ORDER BY id LIMIT %s",
    "topic": "SELECT id FROM notes_topic WHERE id > %s ORDER BY id LIMIT %s",
}
_DROP_ORPHANS: Final = """
DELETE FROM search_indexednote i WHERE NOT EXISTS (SELECT FROM notes_note n WHERE n.id = i.note_id);
DELETE FROM search_indexedname i WHERE kind = 'person'
    AND NOT EXISTS (SELECT FROM accounts_person p WHERE p.id = i.subject_id);
DELETE FROM search_indexedname i WHERE kind = 'topic'
    AND NOT EXISTS (SELECT FROM notes_topic t WHERE t.id = i.subject_id)
"""
_WORDS: Final = """
SELECT word, ndoc FROM ts_stat('SELECT words FROM search_indexednote')
"""
# What is dropped while the table is filled, and made when it is full: as the migrations made them.
_INDEXES: Final = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename = 'search_indexednote' AND indexname <> 'search_indexednote_pkey' ORDER BY indexname
"""
_TOP: Final = """
UPDATE search_indexednote SET is_top = prior >= best.least
FROM (SELECT coalesce(min(prior), '-infinity') AS least FROM (
    SELECT prior FROM search_indexednote ORDER BY prior DESC LIMIT %s) chosen) best
WHERE is_top <> (prior >= best.least)
"""
_MISSING: Final = f"""
SELECT n.id FROM notes_note n WHERE {LISTED_NOTE}
  AND NOT EXISTS (SELECT FROM search_indexednote i WHERE i.note_id = n.id)
UNION ALL
SELECT i.note_id FROM search_indexednote i
WHERE NOT EXISTS (SELECT FROM notes_note n WHERE n.id = i.note_id AND {LISTED_NOTE})
ORDER BY 1 LIMIT %s
"""  # noqa: S608 - fixed parts
_MISSING_NAMES: Final = {
    "person": """
SELECT p.id FROM accounts_person p WHERE p.is_active AND NOT EXISTS (
    SELECT FROM search_indexedname i WHERE i.kind = 'person' AND i.subject_id = p.id) LIMIT %s
""",
    "topic": """
SELECT t.id FROM notes_topic t WHERE NOT EXISTS (
    SELECT FROM search_indexedname i WHERE i.kind = 'topic' AND i.subject_id = t.id) LIMIT %s
""",
}
_REFRESH: Final = f"""
UPDATE search_indexednote i SET prior = {prior_sql("n")}, changed_at = %(now)s
FROM notes_note n WHERE n.id = i.note_id AND i.prior <> {prior_sql("n")}
"""  # noqa: S608 - fixed parts

Tell = Callable[[str, int], None]


def rebuild(*, now: dt.datetime, tell: Tell = lambda what, done: None) -> int:
    """Make the index anew and return how many notes are in it; `tell(what, done)` hears how far it is.

    An empty index is copied in whole, and its inverted index built at the end, which is faster.
    """
    fresh = not _fetch("SELECT 1 FROM search_indexednote LIMIT 1")
    if fresh:
        _copy_notes(now=now, tell=tell)
    else:
        done = 0
        for ids in _batches("note"):
            with transaction():
                write_notes(note_ids=ids, now=now)
            done += len(ids)
            tell("notes", done)
    for kind in ("person", "topic"):
        done = 0
        for ids in _batches(kind):
            with transaction():
                write_names(kind=kind, ids=ids)
            done += len(ids)
            tell(kind, done)
    with transaction():
        _do(_ONE_WRITER)
        _do(_DROP_ORPHANS)
        _do(_TOP, [TOP])
        _write_terms()
    tell("words", 1)
    _do("ANALYZE search_indexednote, search_indexedname, search_term")
    return int(_fetch("SELECT count(*) FROM search_indexednote")[0][0])


def count_truth() -> dict[str, int]:
    """Return how much there is to read, by the step that `rebuild` tells of."""
    return {
        "notes": int(_fetch("SELECT count(*) FROM notes_note")[0][0]),
        "person": int(_fetch("SELECT count(*) FROM accounts_person")[0][0]),
        "topic": int(_fetch("SELECT count(*) FROM notes_topic")[0][0]),
    }


def catch_up(*, now: dt.datetime) -> int:
    """Index what nobody told of (a world that was copied in, say), a few thousand at a time.

    An empty index is made in whole, which is faster.
    """
    if not _fetch("SELECT 1 FROM search_indexednote LIMIT 1"):
        return rebuild(now=now)
    ids = [row[0] for row in _fetch(_MISSING, [CATCH_UP])]
    for start in range(0, len(ids), BATCH):
        index_notes(note_ids=ids[start : start + BATCH], now=now)
    for kind, statement in _MISSING_NAMES.items():
        names = [row[0] for row in _fetch(statement, [CATCH_UP])]
        if names:
            with transaction():
                write_names(kind=kind, ids=names)
    return len(ids)


def refresh_priors(*, now: dt.datetime) -> int:
    """Bring the quality of every note up to date with its reactions; returns how many changed.

    Then the best of them are chosen anew.
    """
    with transaction(), connection.cursor() as cursor:
        cursor.execute(_ONE_WRITER)
        cursor.execute(_REFRESH, {"now": now, **rule_values(newest_rule())})
        changed = int(cursor.rowcount)
        cursor.execute(_TOP, [TOP])
        return changed


def _copy_notes(*, now: dt.datetime, tell: Tell) -> None:
    """Fill the empty index in one transaction; whoever searches meanwhile finds it empty."""
    done = 0
    with transaction():
        _do(_ONE_WRITER)
        indexes = _fetch(_INDEXES)
        for name, _ in indexes:
            _do(f"DROP INDEX {name}")
        for ids in _batches("note"):
            rows = read_truth(note_ids=ids)
            made = make_vectors(rows)
            _copy(
                "search_indexednote (note_id, words, prior, published_at, changed_at)",
                ([row[0], made[row[0]][0], row[4], row[3], now] for row in rows),
            )
            done += len(ids)
            tell("notes", done)
        _do(_TOP, [TOP])
        _do("SET LOCAL maintenance_work_mem = '512MB'")
        # In the order of their prior, the best notes lie together and a question reads fewer pages.
        for name, definition in sorted(indexes, key=lambda one: one[0] != "search_note_prior"):
            _do(definition)
            if name == "search_note_prior":
                _do("CLUSTER search_indexednote USING search_note_prior")


@transaction_required
def _write_terms() -> None:
    """Count the words of the whole index."""
    words = _fetch(_WORDS)
    _do("DELETE FROM search_term")
    _copy(
        "search_term (word, notes, keys)",
        ([word, notes, "{" + ",".join(term_keys(word)) + "}"] for word, notes in words),
    )


@transaction_required
def _copy(into: str, rows: Iterator[Sequence[Any]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _batches(kind: str) -> Iterator[list[int]]:
    last = 0
    while rows := _fetch(_NEXT[kind], [last, BATCH]):
        yield [row[0] for row in rows]
        last = rows[-1][0]


def _do(statement: str, values: Sequence[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _fetch(statement: str, values: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
