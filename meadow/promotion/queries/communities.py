"""What the audiences are built of: who is here, who said yes, and what they are known by.

Every statement but the first asks for people with a yes alone, and answers with one row a value: its
people as packed ids, so that a segment is made without a row of Python a person.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import orjson
from django.db import connection
from numpy.typing import NDArray
from pyroaring import BitMap

from meadow.analytics.histories import list_active_hours, list_reads
from meadow.core.columns import read_columns
from meadow.promotion.audiences.definition import Dimension
from meadow.promotion.queries.audiences import ADULT_YEARS

Ids = NDArray[np.int64]

# What an act says of somebody's taste, as the feed weighs it; a read is the unit.
READ, ACT = 1, 3
# An interest is worth a like, or three reads, and somebody has at most so many, the strongest.
LEAST_INTEREST: Final = 3
MOST_INTERESTS: Final = 30
# An hour in which somebody was here on so many days since `hours_since`.
LEAST_DAYS: Final = 2
MOST_READS: Final = 500

# Whom a detector took for a machine, by what facts say of their pseudonym, and nobody took it back.
_PRESENT: Final = """
SELECT string_agg(int8send(p.id), '') FROM accounts_person p
WHERE p.is_active
  AND NOT (p.suspended_at IS NOT NULL AND (p.suspended_until IS NULL OR p.suspended_until > %(now)s))
  AND NOT EXISTS (
    SELECT 1 FROM integrity_case k LEFT JOIN integrity_takeback b ON b.case_id = k.id
    WHERE b.id IS NULL AND k.signed_in AND k.decided_at > %(since)s
      AND k.subject = encode(sha256(convert_to(p.pseudonym, 'UTF8')), 'hex'))
GROUP BY p.id >> 20
"""
_CONSENTING: Final = """
SELECT string_agg(int8send(p.id), '') FROM promotion_adchoice c
JOIN accounts_person p ON p.id = c.person_id
WHERE c.by_interest AND (p.birth_year IS NULL OR %(year)s - p.birth_year > %(adult)s)
GROUP BY p.id >> 20
"""
_YES: Final = "JOIN promotion_adchoice c ON c.by_interest AND c.person_id ="
# The age that somebody has reached for certain, whatever their birthday.
_AGES: Final = f"""
SELECT CASE WHEN age < 25 THEN '18-24' WHEN age < 35 THEN '25-34' WHEN age < 45 THEN '35-44'
            WHEN age < 55 THEN '45-54' ELSE '55-' END, string_agg(int8send(id), '')
FROM (SELECT p.id, %(year)s - p.birth_year - 1 AS age FROM accounts_person p {_YES} p.id) told
WHERE age >= %(adult)s GROUP BY 1
"""  # noqa: S608 - fixed parts, here and below
_GENDERS: Final = f"""
SELECT p.gender, string_agg(int8send(p.id), '') FROM accounts_person p {_YES} p.id
WHERE p.gender <> '' GROUP BY 1
"""  # noqa: S608
_REGIONS: Final = f"""
SELECT p.region, string_agg(int8send(p.id), '') FROM accounts_person p {_YES} p.id
WHERE p.region <> '' GROUP BY 1
"""  # noqa: S608
_FANS: Final = f"""
SELECT a.public_id, string_agg(int8send(f.follower_id), '')
FROM accounts_follow f {_YES} f.follower_id JOIN accounts_person a ON a.id = f.followed_id
GROUP BY 1
"""  # noqa: S608
_ACTS: Final = f"""
SELECT x.note_id, x.person_id FROM notes_like x {_YES} x.person_id WHERE x.created_at > %(since)s
UNION ALL
SELECT x.note_id, x.person_id FROM notes_save x {_YES} x.person_id WHERE x.created_at > %(since)s
UNION ALL
SELECT x.note_id, x.author_id FROM notes_comment x {_YES} x.author_id
WHERE x.created_at > %(since)s AND x.stands
"""  # noqa: S608
_ENGAGED: Final = f"""
SELECT a.public_id, string_agg(int8send(e.person_id), '')
FROM (SELECT DISTINCT n.author_id, x.person_id FROM ({_ACTS}) x JOIN notes_note n ON n.id = x.note_id
      WHERE n.author_id <> x.person_id) e
JOIN accounts_person a ON a.id = e.author_id GROUP BY 1
"""  # noqa: S608
_SEGMENTS: Final[dict[Dimension, str]] = {
    "age": _AGES,
    "gender": _GENDERS,
    "region": _REGIONS,
    "fans_of": _FANS,
    "engaged_with": _ENGAGED,
}
_ACTS_OF_SOME: Final = """
SELECT note_id, person_id FROM notes_like WHERE person_id = ANY(%(people)s) AND created_at > %(since)s
UNION ALL
SELECT note_id, person_id FROM notes_save WHERE person_id = ANY(%(people)s) AND created_at > %(since)s
UNION ALL
SELECT note_id, author_id FROM notes_comment
WHERE author_id = ANY(%(people)s) AND created_at > %(since)s AND stands
"""
_TOPICS_OF_NOTES: Final = """
SELECT note_id, topic_id FROM notes_notetopic WHERE note_id = ANY(%(notes)s)
"""
_ORDERED: Final = """
SELECT audience FROM promotion_order
WHERE state = ANY(%(states)s) AND audience::text ~ '"(list|look_alike)"'
"""
_SAVED: Final = """
SELECT definition FROM promotion_savedaudience WHERE definition::text ~ '"(list|look_alike)"'
"""
_TOPIC_NAMES: Final = "SELECT id, slug FROM notes_topic WHERE id = ANY(%s)"
_PSEUDONYMS: Final = "SELECT id, pseudonym FROM accounts_person WHERE id = ANY(%s) ORDER BY id"


@dataclass(frozen=True, slots=True)
class Habits:
    """What some people do: one row a person and topic, and one a person and hour of the day (UTC)."""

    topic_people: Ids
    topics: Ids
    strength: Ids
    hour_people: Ids
    hours: Ids


def read_present(*, now: dt.datetime, since: dt.datetime) -> BitMap:
    """Return who is here: active, not suspended, and not taken for a machine since a moment."""
    return _read_people(_PRESENT, {"now": now, "since": since})


def read_consenting(*, now: dt.datetime) -> BitMap:
    """Return who said yes to promoted notes by what they do and is 18, by the year they told."""
    return _read_people(_CONSENTING, {"year": now.year, "adult": ADULT_YEARS})


def read_segments(*, now: dt.datetime, since: dt.datetime) -> Iterator[tuple[Dimension, str, Ids]]:
    """Yield who has which value of what people told, whom they follow and engaged with."""
    params = {"year": now.year, "adult": ADULT_YEARS, "since": since}
    for dimension, statement in _SEGMENTS.items():
        for value, packed in _stream(statement, params):
            yield dimension, value, _unpack(packed)


def read_habits(people: Sequence[int], *, since: dt.datetime, hours_since: dt.datetime) -> Habits:
    """Return topics and hours of some people, ascending by person. Raises EngineUnavailable.

    `strength` counts ACT for a like, save or comment under a topic and READ for a read.
    """
    ids, pseudonyms = _read_pseudonyms(people)
    note, person = read_columns(_ACTS_OF_SOME, {"people": list(people), "since": since}, columns=2)
    reads = list_reads(pseudonyms=pseudonyms, since=since, most_each=MOST_READS)
    hours = list_active_hours(pseudonyms=pseudonyms, since=hours_since)
    often = hours.days >= LEAST_DAYS
    topic_people, topics, strength = _by_topic(
        note=np.concatenate([note, reads.note_id]),
        person=np.concatenate([person, ids[reads.person]]),
        strength=np.repeat([ACT, READ], [len(note), len(reads.note_id)]),
    )
    return Habits(
        topic_people=topic_people,
        topics=topics,
        strength=strength,
        hour_people=ids[hours.person[often]],
        hours=hours.hour[often],
    )


def strongest(habits: Habits) -> tuple[Ids, Ids]:
    """Return people and topics of the interests among their habits: strong enough, not too many."""
    order = np.lexsort((habits.topics, -habits.strength, habits.topic_people))
    person, strength = habits.topic_people[order], habits.strength[order]
    starts = np.flatnonzero(np.r_[True, person[1:] != person[:-1]])[: len(person)]
    rank = np.arange(len(person)) - np.repeat(starts, np.diff(np.r_[starts, len(person)]))
    kept = (strength >= LEAST_INTEREST) & (rank < MOST_INTERESTS)
    return person[kept], habits.topics[order][kept]


def read_audiences_with_lists(*, states: Sequence[str], kept: bool = True) -> Iterator[Any]:
    """Yield the audiences, as JSON, that name a list: of orders in these states, and those `kept`."""
    for statement in (_ORDERED, _SAVED) if kept else (_ORDERED,):
        for (data,) in _stream(statement, {"states": list(states)}):
            yield orjson.loads(data) if isinstance(data, str) else data


def name_topics(topic_ids: Sequence[int]) -> dict[int, str]:
    """Return what topics are called, by id."""
    with connection.cursor() as cursor:
        cursor.execute(_TOPIC_NAMES, [list(topic_ids)])
        return dict(cursor.fetchall())


def _by_topic(*, note: Ids, person: Ids, strength: Ids) -> tuple[Ids, Ids, Ids]:
    """Return people, topics and the sum of the strength, one row a person and topic."""
    wanted = np.unique(note)
    notes, topics = read_columns(_TOPICS_OF_NOTES, {"notes": wanted.tolist()}, columns=2)
    first = np.searchsorted(notes, note, side="left")
    many = np.searchsorted(notes, note, side="right") - first
    # Each act once for each topic of its note: the places of the topics, one stretch an act.
    ends = np.cumsum(many)
    places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - ends + many, many)
    # One number a pair: to sort rows of two takes many times as long.
    ids, row = np.unique(person, return_inverse=True)
    most = int(topics.max(initial=0)) + 1
    pairs = np.repeat(row, many) * most + topics[places]
    found, number = np.unique(pairs, return_inverse=True)
    sums = np.bincount(number, weights=np.repeat(strength, many), minlength=len(found))
    return ids[found // most], found % most, sums.astype(np.int64)


def _read_pseudonyms(people: Sequence[int]) -> tuple[Ids, list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(_PSEUDONYMS, [list(people)])
        rows = cursor.fetchall()
    return np.array([row[0] for row in rows], np.int64), [row[1] for row in rows]


def _read_people(statement: str, params: dict[str, Any]) -> BitMap:
    found = BitMap()
    for (packed,) in _stream(statement, params):
        found |= BitMap(_unpack(packed))
    found.run_optimize()
    return found


def _stream(statement: str, params: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield rows a few at a time: the server keeps the rest."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, params)
        while rows := cursor.fetchmany(100):
            yield from rows


def _unpack(packed: bytes) -> Ids:
    return np.frombuffer(packed, ">i8").astype(np.int64)
