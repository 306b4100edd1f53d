"""The index follows the truth: notes, people and topics are written into it as they stand now.

Whoever is told that something changed does not say what: the truth is read anew, so that a task that
runs late, twice or in another order leaves the same index.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db import connection

from meadow.core.transactions import transaction, transaction_required
from meadow.search.asking import VIDEO
from meadow.search.queries.rules import newest_rule, prior_sql, rule_values
from meadow.search.stems import stems_of
from meadow.search.text import cut, fold, keys_of, split_runs, vector
from meadow.search.truth import LISTED_NOTE

STEM, TOPIC = "~", "#"
# One writer at a time: counts of words are kept by differences.
_ONE_WRITER: Final = "SELECT pg_advisory_xact_lock(hashtext('meadow.search.index'))"

TRUTH: Final = f"""
SELECT n.id, n.title, n.body, n.published_at, {prior_sql("n")},
       ARRAY(SELECT t.slug FROM notes_notetopic nt JOIN notes_topic t ON t.id = nt.topic_id
             WHERE nt.note_id = n.id ORDER BY nt.id),
       n.kind
FROM notes_note n
WHERE {LISTED_NOTE} AND n.id = ANY(%(ids)s)
"""  # noqa: S608 - fixed parts
_HELD: Final = """
SELECT note_id, tsvector_to_array(words) FROM search_indexednote WHERE note_id = ANY(%s)
"""
_WRITE: Final = """
INSERT INTO search_indexednote AS old (note_id, words, prior, published_at, changed_at, is_top)
SELECT id, words::tsvector, prior, at, %(now)s,
       prior >= coalesce((SELECT min(prior) FROM search_indexednote WHERE is_top), '-infinity')
FROM unnest(%(ids)s::bigint[], %(words)s::text[], %(priors)s::float8[], %(ats)s::timestamptz[])
     fresh (id, words, prior, at)
ON CONFLICT (note_id) DO UPDATE SET words = excluded.words, prior = excluded.prior,
    published_at = excluded.published_at, changed_at = excluded.changed_at,
    is_top = excluded.is_top
WHERE (old.words, old.prior, old.published_at)
      IS DISTINCT FROM (excluded.words, excluded.prior, excluded.published_at)
"""
_MORE_TERMS: Final = """
INSERT INTO search_term AS old (word, notes, keys)
SELECT word, more, string_to_array(keys, ' ')
FROM unnest(%s::text[], %s::int[], %s::text[]) fresh (word, more, keys) ORDER BY word
ON CONFLICT (word) DO UPDATE SET notes = old.notes + excluded.notes
"""
_GONE_TERMS: Final = """
DELETE FROM search_term t USING unnest(%(words)s::text[], %(less)s::int[]) gone (word, less)
WHERE t.word = gone.word AND t.notes <= gone.less
"""
_FEWER_TERMS: Final = """
UPDATE search_term t SET notes = t.notes - gone.less
FROM unnest(%(words)s::text[], %(less)s::int[]) gone (word, less) WHERE t.word = gone.word
"""
_NAMES: Final = {
    "person": """
SELECT p.id, p.handle, p.name FROM accounts_person p WHERE p.is_active AND p.id = ANY(%s)
""",
    "topic": "SELECT t.id, t.slug, '' FROM notes_topic t WHERE t.id = ANY(%s)",
}
_WRITE_NAMES: Final = """
INSERT INTO search_indexedname (kind, subject_id, words, keys)
SELECT %(kind)s, id, words::tsvector, string_to_array(keys, ' ')
FROM unnest(%(ids)s::bigint[], %(words)s::text[], %(keys)s::text[]) fresh (id, words, keys)
ON CONFLICT (kind, subject_id) DO UPDATE SET words = excluded.words, keys = excluded.keys
"""
_TOPICS_OF: Final = "SELECT DISTINCT topic_id FROM notes_notetopic WHERE note_id = ANY(%s)"


def index_notes(*, note_ids: Sequence[int], now: dt.datetime) -> None:
    """Bring these notes and their topics up to date; one that is not for everybody leaves the index."""
    with transaction():
        write_notes(note_ids=note_ids, now=now)
        topics = [row[0] for row in _fetch(_TOPICS_OF, [list(note_ids)])]
        write_names(kind="topic", ids=topics)


def index_note_called(*, public_id: str, now: dt.datetime) -> None:
    """Bring the note with this public id up to date, if there is one."""
    ids = [row[0] for row in _fetch("SELECT id FROM notes_note WHERE public_id = %s", [public_id])]
    index_notes(note_ids=ids, now=now)


def index_person(*, person_id: int) -> None:
    """Bring a person's handle and name up to date."""
    with transaction():
        write_names(kind="person", ids=[person_id])


@transaction_required
def write_notes(*, note_ids: Sequence[int], now: dt.datetime) -> None:
    """Write notes as they stand and count their words anew, as a step."""
    ids = sorted(set(note_ids))
    _do(_ONE_WRITER)
    rows = read_truth(note_ids=ids)
    made = make_vectors(rows)
    held = dict(_fetch(_HELD, [ids]))
    listed = [row[0] for row in rows]
    gone = [note_id for note_id in held if note_id not in made]
    _do("DELETE FROM search_indexednote WHERE note_id = ANY(%s)", [gone])
    _do(
        _WRITE,
        {
            "ids": listed,
            "words": [made[note_id][0] for note_id in listed],
            "priors": [row[4] for row in rows],
            "ats": [row[3] for row in rows],
            "now": now,
        },
    )
    change: Counter[str] = Counter()
    for note_id in ids:
        before = frozenset(held.get(note_id, ()))
        after = made[note_id][1] if note_id in made else frozenset()
        change.update(after - before)
        change.subtract(before - after)
    _count_terms(change)


@transaction_required
def write_names(*, kind: str, ids: Sequence[int]) -> None:
    """Write people or topics as they are called now; whoever is gone leaves, as a step."""
    wanted = sorted(set(ids))
    rows = _fetch(_NAMES[kind], [wanted])
    found = {row[0] for row in rows}
    _do(
        "DELETE FROM search_indexedname WHERE kind = %s AND subject_id = ANY(%s)",
        [kind, [one for one in wanted if one not in found]],
    )
    made = [describe_name(row[1], row[2]) for row in rows]
    _do(
        _WRITE_NAMES,
        {
            "kind": kind,
            "ids": [row[0] for row in rows],
            "words": [words for words, _ in made],
            "keys": [" ".join(keys) for _, keys in made],
        },
    )


def read_truth(*, note_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """Return id, title, body, time, prior, topics and kind of those of the notes that all may see."""
    return _fetch(TRUTH, {"ids": list(note_ids), **rule_values(newest_rule())})


def make_vectors(rows: Sequence[tuple[Any, ...]]) -> dict[int, tuple[str, frozenset[str]]]:
    """Return the tsvector (as text) and the terms of each row of the truth, by note."""
    cuts = {row[0]: (cut(row[1]), cut(row[2]), topic_words(row[5])) for row in rows}
    stems = stems_of(word for fields in cuts.values() for field in fields for word in field)
    made = {}
    for row in rows:
        title, body, topics = cuts[row[0]]
        marks = [TOPIC + slug for slug in row[5]] + ([VIDEO] if row[6] == "video" else [])
        fields = [
            ("A", with_stems(title, stems)),
            ("B", with_stems(topics, stems) + marks),
            ("D", with_stems(body, stems)),
        ]
        said = frozenset(lexeme for _, lexemes in fields for lexeme in lexemes)
        made[row[0]] = (vector(fields), said)
    return made


def topic_words(slugs: Iterable[str]) -> list[str]:
    """Return the words of topics."""
    return [word for slug in slugs for word in cut(slug)]


def with_stems(words: Sequence[str], stems: dict[str, str]) -> list[str]:
    """Return words each followed by its stem, where that is another word."""
    lexemes = []
    for word in words:
        lexemes.append(word)
        stem = stems.get(word, "")
        if stem and stem != word:
            lexemes.append(STEM + stem)
    return lexemes


def term_keys(lexeme: str) -> tuple[str, ...]:
    """Return by what a slip finds a word; stems and marks are counted, and found by nobody."""
    return () if lexeme[0] in "~#=" else keys_of(lexeme)


def describe_name(handle: str, name: str) -> tuple[str, tuple[str, ...]]:
    """Return the tsvector (as text) and the keys of a name.

    A Han name is found by its characters and by each two that stand together.
    """
    whole = fold(handle)
    first, second = name_words(handle), name_words(name)
    keys = {key for word in {*first, *second} for key in keys_of(word)}
    return vector([("A", [whole, *first]), ("B", second)]), tuple(sorted(keys))


def name_words(name: str) -> list[str]:
    """Return the words by which a name is found: Latin words, Han characters and pairs of them."""
    words: list[str] = []
    for run, han in split_runs(fold(name)):
        if han:
            words += [*run, *(run[at : at + 2] for at in range(len(run) - 1))]
        else:
            words.append(run)
    return words


def _count_terms(change: Counter[str]) -> None:
    more = sorted(word for word, count in change.items() if count > 0)
    less = sorted(word for word, count in change.items() if count < 0)
    if more:
        keys = [" ".join(term_keys(word)) for word in more]
        _do(_MORE_TERMS, [more, [change[word] for word in more], keys])
    if less:
        gone = {"words": less, "less": [-change[word] for word in less]}
        _do(_GONE_TERMS, gone)
        _do(_FEWER_TERMS, gone)


def _do(statement: str, values: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _fetch(statement: str, values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
