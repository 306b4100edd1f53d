"""Which notes are ranked for a question: the best few hundred that fit, by the cheapest way to them.

Ranking every note that has a common word would read hundreds of thousands of rows. How many notes a
question fits is estimated from how many each of its words stands in, and that decides the way:

1. `rare_below` at most: the inverted index gives all of them, and the best by prior are kept. Where it
   gives more, since the words go together, the next two follow.
2. So many that walking down the priors meets enough of them soon: they are walked.
3. Between the two: the inverted index of the `TOP` best notes alone.

Where these bring too few, since the words shun each other, the whole inverted index is asked after
all, and stopped after `walked_notes`.
"""

import datetime as dt
from math import prod
from typing import Any, Final

from django.db import connection

from meadow.search.asking import VIDEO, Filters, Question
from meadow.search.models import SearchRule
from meadow.search.text import reading_of
from meadow.search.truth import LISTED_NOTE

# So many of the best notes have an inverted index of their own: fewer pages, and the right ones.
TOP: Final = 100_000
# A walk must meet the candidates among so many notes, or another way is cheaper.
WALK_WITHIN: Final = 8_000
# Fewer than this, and the way may have missed what is there.
ENOUGH: Final = 60
# Phrases are looked for in the texts of so many notes that have their words.
PHRASES_AMONG: Final = 2_000
PHRASES_AT_ONCE: Final = 400
# The intersection of two lists is as long to make as the shorter is, however little it holds.
LISTS_TOGETHER: Final = 100_000

_ORDERS: Final = {"best": "prior", "newest": "published_at"}
_SINCE: Final = "(%(since)s::timestamptz IS NULL OR published_at >= %(since)s)"
_INVERTED: Final = f"""
SELECT note_id, count(*) OVER () FROM (
    SELECT note_id, prior, published_at, words FROM search_indexednote
    WHERE words @@ %(query)s::tsquery AND {{top}} AND {_SINCE} LIMIT {{looked_at}}
) found ORDER BY {{order}} + {{bonus}} DESC, note_id DESC LIMIT %(most)s
"""  # noqa: S608 - fixed parts
_WALK: Final = f"""
SELECT note_id, 0 FROM (
    SELECT note_id, words FROM search_indexednote
    WHERE {_SINCE} ORDER BY {{order}} DESC LIMIT %(walked)s
) passed WHERE words @@ %(query)s::tsquery LIMIT %(most)s
"""  # noqa: S608 - fixed parts
_BONUS: Final = "CASE WHEN words @@ %(title)s::tsquery THEN %(bonus)s ELSE 0 END"
# The last row says how many notes there are, near enough.
_COUNTS: Final = """
SELECT word, notes FROM search_term WHERE word = ANY(%s)
UNION ALL SELECT '', reltuples::int FROM pg_class WHERE oid = 'search_indexednote'::regclass
"""
_TEXTS: Final = f"""
SELECT n.id, n.title, n.body FROM notes_note n WHERE n.id = ANY(%s) AND {LISTED_NOTE}
"""  # noqa: S608 - fixed parts


def candidates_for(
    question: Question,
    *,
    query: str,
    filters: Filters,
    rule: SearchRule,
    since: dt.datetime | None,
    any_word: bool,
) -> list[int]:
    """Return the notes to rank: at most `rule.candidates`, whoever may see them."""
    values = {
        "query": query,
        "title": question.in_title(),
        "bonus": rule.title_bonus,
        "since": since,
        "walked": rule.walked_notes,
        "most": PHRASES_AMONG if question.phrases else rule.candidates,
    }
    found = _find(question, filters=filters, rule=rule, values=values, any_word=any_word)
    return _with_phrases(found, question.phrases, rule.candidates) if question.phrases else found


def _find(
    question: Question,
    *,
    filters: Filters,
    rule: SearchRule,
    values: dict[str, Any],
    any_word: bool,
) -> list[int]:
    shortest, expected, notes = _expect(question, filters=filters, any_word=any_word)
    by_time = filters.sort == "newest" or values["since"] is not None
    order = _ORDERS[filters.sort]
    bonus = _BONUS if filters.sort == "best" else "interval '0'"
    inverted = {"order": order, "bonus": bonus, "looked_at": rule.walked_notes}
    if expected <= rule.rare_below and shortest <= LISTS_TOGETHER:
        rare = inverted | {"looked_at": rule.rare_below + 1}
        found, looked_at = _ids(_INVERTED.format(top="true", **rare), values)
        if looked_at <= rule.rare_below:
            return found
    if by_time or expected * WALK_WITHIN >= rule.candidates * notes:
        found, _ = _ids(_WALK.format(order="published_at" if by_time else "prior"), values)
    else:
        found, _ = _ids(_INVERTED.format(top="is_top", **inverted), values)
    if len(found) >= min(rule.candidates, ENOUGH):
        return found
    return _ids(_INVERTED.format(top="true", **inverted), values)[0]


def _expect(question: Question, *, filters: Filters, any_word: bool) -> tuple[float, float, int]:
    """Return the length of the shortest list, how many notes probably fit, and how many there are."""
    marks = [f"#{filters.topic}"] if filters.topic else []
    marks += [VIDEO] if filters.kind == "video" else []
    asked = sorted({one for lexemes in question.lexemes for one in lexemes} | set(marks))
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [asked])
        counts: dict[str, int] = dict(cursor.fetchall())
    each = [max(counts.get(one, 0) for one in lexemes) for lexemes in question.lexemes]
    notes = max(counts[""], *each, 1)
    narrowed = [counts.get(mark, 0) for mark in marks]
    if any_word:
        each = [min(notes, sum(each))]
    together = notes * prod(one / notes for one in [*each, *narrowed])
    return min([*each, *narrowed]), together, notes


def _with_phrases(ids: list[int], phrases: tuple[str, ...], most: int) -> list[int]:
    """Return those of the notes that say every phrase, in the same order."""
    kept: list[int] = []
    for start in range(0, len(ids), PHRASES_AT_ONCE):
        part = ids[start : start + PHRASES_AT_ONCE]
        with connection.cursor() as cursor:
            cursor.execute(_TEXTS, [part])
            texts = {row[0]: (reading_of(row[1]), reading_of(row[2])) for row in cursor.fetchall()}
        kept += [
            one
            for one in part
            if one in texts and all(any(said in text for text in texts[one]) for said in phrases)
        ]
        if len(kept) >= most:
            break
    return kept[:most]


def _ids(statement: str, values: dict[str, Any]) -> tuple[list[int], int]:
    """Return the notes, and how many the inverted index gave before the best were kept."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    return [row[0] for row in rows], int(rows[0][1]) if rows else 0
