"""Notes that answer a question, best first: candidates joined with the truth, and ranked.

The index only finds: the join decides what this reader may see.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from meadow.core.pagination import InvalidCursor, decode_cursor, encode_cursor
from meadow.search.asking import Filters, Question
from meadow.search.models import SearchRule, Term
from meadow.search.queries.candidates import candidates_for
from meadow.search.queries.rules import newest_rule
from meadow.search.truth import LISTED_NOTE, SHOWN_NOTE

PAGE_LENGTH: Final = 20
# What changed after a search began waits for the next one: so nothing comes twice while one scrolls.
# A change that commits late carries the time at which it began.
SETTLING: Final = dt.timedelta(seconds=10)
_SCORES: Final = {
    "best": (
        "i.prior + %(relevance)s"
        " * ln(0.02 + ts_rank(%(weights)s::float4[], i.words, %(query)s::tsquery))"
    ),
    "newest": "extract(epoch FROM i.published_at)::float8",
}
_RANKED: Final = f"""
WITH seen AS MATERIALIZED (
    SELECT i.note_id, round(({{score}})::numeric, 6)::float8 AS score, i.changed_at
    FROM unnest(%(ids)s::bigint[]) found (id)
    JOIN search_indexednote i ON i.note_id = found.id
    JOIN notes_note n ON n.id = i.note_id
    JOIN accounts_person p ON p.id = n.author_id
    WHERE {SHOWN_NOTE} AND p.is_active
)
SELECT note_id, score, (SELECT count(*) FROM seen) FROM seen
WHERE %(before)s::float8 IS NULL
   OR ((score, note_id) < (%(before)s, %(before_id)s) AND changed_at < %(as_of)s)
ORDER BY score DESC, note_id DESC LIMIT %(length)s
"""  # noqa: S608 - fixed parts
_TOPICS: Final = f"""
SELECT t.slug, t.name FROM notes_notetopic nt
JOIN notes_topic t ON t.id = nt.topic_id JOIN notes_note n ON n.id = nt.note_id
WHERE nt.note_id = ANY(%s) AND {LISTED_NOTE}
GROUP BY t.id HAVING count(*) > 1 ORDER BY count(*) DESC, t.slug LIMIT %s
"""  # noqa: S608 - fixed parts
_BODIES: Final = f"""
SELECT n.id, n.body FROM notes_note n WHERE n.id = ANY(%s) AND {LISTED_NOTE}
"""  # noqa: S608 - fixed parts


@dataclass(frozen=True)
class FoundNotes:
    """A page of notes by id; `total` counts all that were ranked, `start` is the first one's place.

    `candidates` are the ids of what was ranked.
    """

    note_ids: list[int]
    total: int
    start: int
    next_cursor: str
    candidates: list[int]


NOTHING: Final = FoundNotes(note_ids=[], total=0, start=0, next_cursor="", candidates=[])


def find_notes(
    question: Question,
    *,
    filters: Filters,
    viewer_id: int | None,
    now: dt.datetime,
    cursor: str = "",
    any_word: bool = False,
    length: int = PAGE_LENGTH,
    rule: SearchRule | None = None,
) -> FoundNotes:
    """Return a page of the notes that have every word of a question, or `any_word`. Raises InvalidCursor.

    By the newest rule, for whom did not read it already.

    No note comes twice while one follows cursors.
    """
    if not question.words:
        return NOTHING
    place = _read_cursor(cursor) if cursor else None
    rule = rule or newest_rule()
    query = (question.any_word if any_word else question.all_words)(filters=filters)
    since_at = dt.datetime.fromisoformat(place["t"]) if place else now
    ids = candidates_for(
        question,
        query=query,
        filters=filters,
        rule=rule,
        since=filters.since(since_at),
        any_word=any_word,
    )
    if not ids:
        return NOTHING
    ranked = _fetch(
        _RANKED.format(score=_SCORES[filters.sort]),
        {
            "ids": ids,
            "query": query,
            "viewer": viewer_id or 0,
            "relevance": rule.relevance_weight,
            "weights": [rule.body_weight, 0.0, rule.topic_weight, rule.title_weight],
            "before": place["s"] if place else None,
            "before_id": place["i"] if place else 0,
            "as_of": since_at - SETTLING,
            "length": length + 1,
        },
    )
    start = place["n"] if place else 0
    shown = ranked[:length]
    more = ""
    if len(ranked) > length:
        note_id, score, _ = shown[-1]
        more = encode_cursor(
            {"s": score, "i": note_id, "n": start + length, "t": since_at.isoformat()}
        )
    return FoundNotes(
        note_ids=[row[0] for row in shown],
        total=ranked[0][2] if ranked else 0,
        start=start,
        next_cursor=more,
        candidates=ids,
    )


def topics_among(note_ids: list[int], *, most: int) -> list[tuple[str, str]]:
    """Return slug and name of the topics that several of these notes are under, most used first."""
    return [(slug, name) for slug, name in _fetch(_TOPICS, [note_ids, most])]


def bodies_of(note_ids: list[int]) -> dict[int, str]:
    """Return the words of notes, for excerpts."""
    return dict(_fetch(_BODIES, [note_ids]))


def count_of(words: tuple[str, ...]) -> dict[str, int]:
    """Return in how many notes each word stands, for those that stand in any."""
    return dict(Term.objects.filter(word__in=words).values_list("word", "notes"))


def _read_cursor(cursor: str) -> dict[str, Any]:
    place = decode_cursor(cursor)
    try:
        read = {"s": float(place["s"]), "i": int(place["i"]), "n": int(place["n"])}
        return read | {"t": dt.datetime.fromisoformat(place["t"]).isoformat()}
    except (KeyError, TypeError, ValueError) as broken:
        raise InvalidCursor from broken


def _fetch(statement: str, values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
