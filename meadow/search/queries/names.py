"""People and topics by name: from the beginning of a word on, and from a slip where nothing else fits."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from django.db import connection

from meadow.accounts.queries import PersonCard, following_ids, get_people
from meadow.notes.records import TopicCard
from meadow.search.text import (
    distance,
    fold,
    is_han,
    keys_of,
    quote,
    slips_allowed,
    split_runs,
)
from meadow.search.truth import LISTED_NOTE, SHOWN_PERSON

MOST_WORDS: Final = 6
# So many names are looked at, however many begin alike; the most followed of them are shown.
MOST_NAMES: Final = 2000
# One page, and no second: who is not among these is found by one word more.
MOST_SHOWN: Final = 60
# Whom a writer may mean is offered from two letters on: with one it is everybody.
MENTION_FROM: Final = 2
MOST_MENTIONS: Final = 6
_PEOPLE: Final = f"""
SELECT p.id, p.handle, p.name, p.follower_count FROM (
    SELECT subject_id FROM search_indexedname WHERE kind = 'person' AND {{match}} LIMIT %(most)s
) i JOIN accounts_person p ON p.id = i.subject_id
WHERE {SHOWN_PERSON}
"""  # noqa: S608 - fixed parts
# A word that stands in notes for a few only is nobody else's to know.
_TOPICS: Final = f"""
SELECT t.id, t.slug, t.name, t.note_count FROM (
    SELECT subject_id FROM search_indexedname WHERE kind = 'topic' AND {{match}} LIMIT %(most)s
) i JOIN notes_topic t ON t.id = i.subject_id
WHERE EXISTS (SELECT FROM notes_notetopic nt JOIN notes_note n ON n.id = nt.note_id
              WHERE nt.topic_id = t.id AND {LISTED_NOTE})
"""  # noqa: S608 - fixed parts
_BY_WORDS: Final = "words @@ %(query)s::tsquery"
_BY_KEYS: Final = "keys && %(keys)s::text[]"


def find_people(*, text: str, viewer_id: int | None, most: int = MOST_SHOWN) -> list[PersonCard]:
    """Return the people whom a text names: the exact handle first, then the most followed."""
    ids = [row[0] for row in _find(_PEOPLE, text, viewer_id)[:most]]
    people = get_people(ids, viewer_id)
    return [people[pk] for pk in ids if pk in people]


def find_mentionable(*, text: str, writer_id: int) -> list[PersonCard]:
    """Return whom somebody may mean who typed `@text` so far: the exact handle, then whom they follow.

    At most 6, from two letters on. Whom a block or a verdict hides from the writer is never among them.
    """
    if len(text) < MENTION_FROM:
        return []
    rows = _find(_PEOPLE, text, writer_id, first=following_ids(writer_id))
    ids = [row[0] for row in rows if row[0] != writer_id][:MOST_MENTIONS]
    people = get_people(ids, writer_id)
    return [people[pk] for pk in ids if pk in people]


def find_topics(*, text: str, most: int = MOST_SHOWN) -> list[TopicCard]:
    """Return the topics that a text names: the exact one first, then those with most notes."""
    rows = _find(_TOPICS, text.removeprefix("#"), None)[:most]
    return [TopicCard(*row) for row in rows]


def name_query(text: str) -> str:
    """Return the tsquery of names with every word of a text, the last one from its beginning on."""
    words: list[str] = []
    for run, han in split_runs(fold(text)):
        if han and len(run) > 1:
            words += [quote(run[at : at + 2]) for at in range(len(run) - 1)]
        else:
            words.append(quote(run) + ("" if han else ":*"))
    return " & ".join(words[:MOST_WORDS])


def _find(
    statement: str, text: str, viewer_id: int | None, *, first: Collection[int] = ()
) -> list[tuple[Any, ...]]:
    """Return the rows that fit, the exact name first, then those of `first`, then the most followed."""
    query, wanted = name_query(text), fold(text).strip().removeprefix("@")
    if not query:
        return []
    values = {"query": query, "most": MOST_NAMES, "viewer": viewer_id or 0}
    rows = _fetch(statement.format(match=_BY_WORDS), values)
    if not rows:
        runs = [run for run, _ in split_runs(fold(text)) if slips_allowed(run)][:MOST_WORDS]
        keys = sorted({key for run in runs for key in keys_of(run)})
        near = _fetch(statement.format(match=_BY_KEYS), values | {"keys": keys}) if keys else []
        rows = [row for row in near if _is_near(runs, f"{row[1]} {row[2]}")]
    return sorted(
        rows,
        key=lambda row: (
            wanted not in (fold(row[1]), fold(row[2])),
            row[0] not in first,
            -row[3],
            row[0],
        ),
    )[:MOST_SHOWN]


def _is_near(asked: Sequence[str], name: str) -> bool:
    """Whether every word asked for is a slip or two away from a word of the name."""
    words = [run for run, _ in split_runs(fold(name))]
    return all(
        any(
            is_han(word) == is_han(one)
            and distance(one, word, most=slips_allowed(one)) <= slips_allowed(one)
            for word in words
        )
        for one in asked
    )


def _fetch(statement: str, values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
