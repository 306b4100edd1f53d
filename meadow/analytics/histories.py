"""What some readers read, and when: for packages that may know, asked for by pseudonym."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from meadow.analytics.questions import Bindings, ask, ask_columns
from meadow.analytics.tokens import SERVED_ARM


@dataclass(frozen=True)
class ReadColumns:
    """One row a reader and note, the last read first: `person` is a place in the pseudonyms asked for."""

    person: NDArray[np.int64]
    note_id: NDArray[np.int64]
    at_ms: NDArray[np.int64]


@dataclass(frozen=True)
class HourColumns:
    """One row a reader and hour of the day (UTC) in which they were here on `days` days."""

    person: NDArray[np.int64]
    hour: NDArray[np.int64]
    days: NDArray[np.int64]


# By person and nothing else, so that the projection `by_person` answers it: what it costs depends on how
# much these readers did, not on how much everybody did.
_READS: Final = """
SELECT person, note_id, author_id, id, at, provenance FROM facts
WHERE person IN {known} AND kind = 'read' AND note_id > 0
  AND at >= fromUnixTimestamp64Milli({since}, 'UTC')
"""
# The same judgement as facts_judged, of the notes that they read alone.
_HISTORIES: Final = """
SELECT transform(person, {known}, {places}, toInt64(-1)) AS place, note_id,
       toInt64(toUnixTimestamp64Milli(max(at))) AS last
FROM (
    SELECT r.person AS person, r.note_id AS note_id, r.at AS at,
           if(v.said = '', r.provenance, v.said) AS judged
    FROM ({reads}) AS r
    LEFT JOIN (
        SELECT author_id, note_id, fact_id, argMax(provenance, (at, id)) AS said FROM verdicts
        WHERE (author_id, note_id) IN (SELECT author_id, note_id FROM ({reads}))
        GROUP BY author_id, note_id, fact_id
    ) AS v
    ON r.author_id = v.author_id AND r.note_id = v.note_id AND r.id = v.fact_id
)
WHERE judged != 'invalid'
GROUP BY person, note_id ORDER BY last DESC, note_id LIMIT {most} BY place
"""

# A reader whom a verdict takes for a machine is nobody's audience: what facts say of themselves will do.
_HOURS: Final = """
SELECT transform(person, {known}, {places}, toInt64(-1)) AS place, toInt64(toHour(at)) AS hour,
       toInt64(uniqExact(toDate(at))) AS days
FROM facts
WHERE person IN {known} AND provenance != 'invalid'
  AND at >= fromUnixTimestamp64Milli({since}, 'UTC')
GROUP BY person, hour ORDER BY place, hour
"""


def list_active_hours(*, pseudonyms: Sequence[str], since: dt.datetime) -> HourColumns:
    """Return in which hours of the day these readers were here since a moment. Raises EngineUnavailable."""
    bind = Bindings()
    sql = _HOURS.format(
        known=bind.words(pseudonyms),
        places=_places(bind, pseudonyms),
        since=bind.add(int(since.timestamp() * 1000), "Int64"),
    )
    return HourColumns(*(np.asarray(column, np.int64) for column in ask_columns(sql, bind)))


# By person, as above.
_SEEN: Final = """
SELECT uniqExact(id), uniqExactIf(id, campaign_id != 0 AND arm = {served}) FROM facts
WHERE person = {person} AND kind = 'impression' AND signed_in AND surface = {surface}
  AND at >= fromUnixTimestamp64Milli({since}, 'UTC')
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """How many cards somebody looked at, and how many of them were sponsored."""

    cards: int
    sponsored: int


def count_seen(*, pseudonym: str, surface: str, since: dt.datetime) -> Seen:
    """Return how many cards of a surface somebody looked at since a moment. Raises EngineUnavailable."""
    bind = Bindings()
    sql = _SEEN.format(
        served=SERVED_ARM,
        person=bind.add(pseudonym, "String"),
        surface=bind.add(surface, "String"),
        since=bind.add(int(since.timestamp() * 1000), "Int64"),
    )
    return Seen(*(int(value) for value in ask(sql, bind)[0]))


def list_reads(*, pseudonyms: Sequence[str], since: dt.datetime, most_each: int) -> ReadColumns:
    """Return the valid reads of these readers since a moment, `most_each` at most of each.

    Raises EngineUnavailable.
    """
    bind = Bindings()
    sql = histories_sql(bind, pseudonyms=pseudonyms, since=since, most_each=most_each)
    return ReadColumns(*(np.asarray(column, np.int64) for column in ask_columns(sql, bind)))


def histories_sql(
    bind: Bindings, *, pseudonyms: Sequence[str], since: dt.datetime, most_each: int
) -> str:
    """Return the question behind `list_reads`: fixed parts, every value bound."""
    known = bind.words(pseudonyms)
    reads = _READS.format(known=known, since=bind.add(int(since.timestamp() * 1000), "Int64"))
    return _HISTORIES.format(
        known=known,
        places=_places(bind, pseudonyms),
        reads=reads,
        most=bind.add(most_each, "UInt32"),
    )


def _places(bind: Bindings, pseudonyms: Sequence[str]) -> str:
    """Return the placeholder of where each stands: to look one up takes no walk along all of them."""
    return bind.add(list(range(len(pseudonyms))), "Array(Int64)")
