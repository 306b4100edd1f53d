"""Notes that answer a question, best first, in a bounded number of rows read.

Ranking every note that has a common word would read hundreds of thousands of rows. So candidates are
taken first, and only they are ranked:

1. When the rarest word stands in few notes (`rare_below`), the inverted index gives all of them.
2. Else notes are walked in the order of their prior, or of their time where that is what counts, at most
   `walked_notes` of them, until there are `candidates`. A common word fills that within a few thousand.
3. Too few found on the walk means that the words are rare together: then the inverted index gives
   them, stopped after `walked_notes` as well.

Then the candidates are joined with the truth, which decides what may be seen, and ranked.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from meadow.core.pagination import InvalidCursor, decode_cursor, encode_cursor
from meadow.search.asking import Filters, Question
from meadow.search.models import SearchRule, Term
from meadow.search.queries.rules import newest_rule
from meadow.search.truth import LISTED_NOTE, SHOWN_NOTE

PAGE_LENGTH: Final = 20
# What changed after a search began waits for the next one: so nothing comes twice while one scrolls.
# A change that commits late carries the time at which it began.
SETTLING: Final = dt.timedelta(seconds=10)
_ORDERS: Final = {"best": "prior", "newest": "published_at"}
_RARE: Final = """
SELECT note_id FROM (
    SELECT note_id, prior, published_at, words FROM search_indexednote
    WHERE words @@ %(query)s::tsquery AND (%(since)s::timestamptz IS NULL OR published_at >= %(since)s)
    LIMIT %(walked)s
) found ORDER BY {order} + {bonus} DESC, note_id DESC LIMIT %(most)s
"""
_WALK: Final = """
SELECT note_id FROM (
    SELECT note_id, words FROM search_indexednote
    WHERE %(since)s::timestamptz IS NULL OR published_at >= %(since)s
    ORDER BY {order} DESC LIMIT %(walked)s
) passed WHERE words @@ %(query)s::tsquery LIMIT %(most)s
"""
_BONUS: Final = "CASE WHEN words @@ %(title)s::tsquery THEN %(bonus)s ELSE 0 END"
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
) -> FoundNotes:
    """Return a page of the notes that have every word of a question, or `any_word`. Raises InvalidCursor.

    No note comes twice while one follows cursors.
    """
    if not question.words:
        return NOTHING
    place = _read_cursor(cursor) if cursor else None
    rule = newest_rule()
    query = (question.any_word if any_word else question.all_words)(filters=filters)
    since_at = dt.datetime.fromisoformat(place["t"]) if place else now
    values = {"query": query, "title": question.in_title(), "since": filters.since(since_at)}
    ids = _candidates(question, filters=filters, rule=rule, values=values, any_word=any_word)
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


def _candidates(
    question: Question,
    *,
    filters: Filters,
    rule: SearchRule,
    values: dict[str, Any],
    any_word: bool,
) -> list[int]:
    counts = count_of(question.words)
    # A word that nobody wrote as it is typed may still be found by its stem or its parts.
    known = [counts[word] for word in question.words if word in counts] or [0]
    expected = sum(known) if any_word else min(known)
    order = _ORDERS["best"] if filters.sort == "best" and not values["since"] else "published_at"
    values = values | {
        "walked": rule.walked_notes,
        "most": rule.candidates,
        "bonus": rule.title_bonus,
    }
    if expected > rule.rare_below:
        walked = [row[0] for row in _fetch(_WALK.format(order=order), values)]
        if len(walked) >= min(rule.candidates, PAGE_LENGTH * 3):
            return walked
    bonus = _BONUS if filters.sort == "best" else "interval '0'"
    order = _ORDERS[filters.sort]
    return [row[0] for row in _fetch(_RARE.format(order=order, bonus=bonus), values)]


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
