"""How people respond to what they are shown: histories of notes, showings that were paid for, who comes when.

What counts as a response is what reports of campaigns count (campaigns.py), each given to the last
showing before it, so that responses are those of one showing and add up to a report's.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from meadow.analytics.questions import Bindings, ask, ask_columns
from meadow.analytics.tokens import SERVED_ARM

INTERACTIONS: Final = ("like", "save", "comment", "share")
# A community's habits are taken from so many notes at most, whole authors by lot.
MOST_NOTES: Final = 200_000
# So many notes are asked about at once.
NOTES_A_QUESTION: Final = 200


@dataclass(frozen=True)
class Histories:
    """One row a note: what it was shown and brought without pay; `note_id` 0 is its author.

    `follows` are the author's, and stand in that row alone.
    """

    author_id: NDArray[np.int64]
    note_id: NDArray[np.int64]
    impressions: NDArray[np.int64]
    reads: NDArray[np.int64]
    interactions: NDArray[np.int64]
    follows: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Showings:
    """How often one campaign was shown, validly, and how many responses those showings brought.

    `by_class` is {class of match: (shown, responses)}, and adds up to both.
    """

    shown: int
    responses: int
    by_class: Mapping[int, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PagesHour:
    """How often people met one place of Hot's pages in an hour, and how many they were."""

    hour: dt.datetime
    pages: int
    people: int


_HISTORIES: Final = """
SELECT author_id, note_id,
       toInt64(sumIf(facts, kind = 'impression')) AS shown,
       toInt64(sumIf(facts, kind = 'read')) AS read,
       toInt64(sumIf(facts, kind IN {interactions})) AS acted,
       toInt64(sumIf(facts, kind = 'follow')) AS followed
FROM rollup FINAL
WHERE provenance = 'organic' AND day >= {since} AND {authors}
GROUP BY author_id, note_id
HAVING shown + read + acted + followed > 0
ORDER BY cityHash64(author_id), author_id, note_id
LIMIT {most}
"""
_PAID: Final = (
    "campaign_id != 0 AND arm = {served} AND signed_in AND provenance = 'paid'"
    " AND at >= {since} AND at < {upto}"
)
_SHOWN: Final = """
SELECT campaign_id, match_class, count() FROM facts_judged
WHERE ({notes}) AND kind = 'impression' AND {paid}
GROUP BY campaign_id, match_class
"""
# Of each person's acts of one sort the first counts, as in a report: {once}.
_RESPONSES: Final = """
SELECT latest.1 AS campaign_id, latest.2 AS match_class, count() FROM (
    SELECT did.moment AS moment, shown.at AS shown_at, shown.latest AS latest
    FROM (
        SELECT person, {key}, min(at) AS moment FROM facts_judged
        WHERE ({subjects}) AND signed_in AND {which}
        GROUP BY person, {key}, {once}
    ) AS did
    ASOF INNER JOIN (
        SELECT person, {key}, at, max((campaign_id, match_class)) AS latest FROM facts_judged
        WHERE ({notes}) AND kind = 'impression' AND {paid}
        GROUP BY person, {key}, at
    ) AS shown
    ON did.person = shown.person AND did.{key} = shown.{key} AND did.moment >= shown.at
)
WHERE shown_at < {until} AND moment < shown_at + toIntervalSecond({within})
GROUP BY campaign_id, match_class
"""
_READ: Final = "kind = 'read' AND campaign_id != 0 AND arm = {served} AND provenance = 'paid'"
_ACTED: Final = "kind IN {interactions} AND provenance != 'invalid'"
_FOLLOWED: Final = "kind = 'follow' AND provenance != 'invalid'"
# Key: what a response shares with its showing; subjects: whose facts it is among; which; once what.
_GOALS: Final[Mapping[str, tuple[str, bool, str, str]]] = {
    "reads": ("campaign_id", True, _READ, "toDate(at)"),
    "interactions": (
        "note_id",
        True,
        _ACTED,
        "if(kind IN ('like', 'save'), kind, id)",
    ),
    "follows": ("author_id", False, _FOLLOWED, "kind"),
}
_MET: Final = (
    "kind = 'impression' AND surface = 'hot' AND signed_in AND provenance != 'invalid'"
    " AND person != '' AND slot % {every} = {place}"
    " AND received_at >= {since} AND at >= {since} AND at < {until}"
)


def read_histories(*, since: dt.date, author_ids: Sequence[int] | None = None) -> Histories:
    """Return what notes were shown and brought from `since` on without pay; of all authors, or of some.

    Raises EngineUnavailable.
    """
    bind = Bindings()
    authors = "1"
    if author_ids is not None:
        authors = f"author_id IN {bind.add(sorted(set(author_ids)), 'Array(Int64)')}"
    sql = _HISTORIES.format(
        interactions=bind.words(INTERACTIONS),
        since=bind.add(since, "Date"),
        authors=authors,
        most=MOST_NOTES,
    )
    return Histories(*(np.asarray(column, np.int64) for column in ask_columns(sql, bind)))


def count_showings(
    *,
    notes: Sequence[tuple[int, int]],
    goal: str,
    since: dt.datetime,
    until: dt.datetime,
    window: dt.timedelta,
) -> dict[int, Showings]:
    """Return by campaign the valid showings from `since` to `until` of these (author, note).

    Their responses are those within `window`, each given to the last showing before it. Raises
    EngineUnavailable.
    """
    found: dict[int, Showings] = {}
    for start in range(0, len(notes), NOTES_A_QUESTION):
        some = notes[start : start + NOTES_A_QUESTION]
        found |= _count_showings(some, goal, since=since, until=until, window=window)
    return found


def _count_showings(
    notes: Sequence[tuple[int, int]],
    goal: str,
    *,
    since: dt.datetime,
    until: dt.datetime,
    window: dt.timedelta,
) -> dict[int, Showings]:
    key, of_note, which, once = _GOALS[goal]
    bind = Bindings()
    served = bind.add(SERVED_ARM, "UInt16")
    authors = [(author, 0) for author in sorted({author for author, _note in notes})]
    named = _name(notes, bind)
    shown_sql = _SHOWN.format(notes=named, paid=_paid(since, until, bind))
    responses_sql = _RESPONSES.format(
        key=key,
        subjects=named if of_note else _name(authors, bind),
        which=which.format(served=served, interactions=bind.words(INTERACTIONS)),
        once=once,
        notes=named,
        # Showings after `until` too: what followed one of them is not given to an earlier one.
        paid=_paid(since, until + window, bind),
        until=_moment(until, bind),
        within=bind.add(int(window.total_seconds()), "UInt32"),
    )
    shown = _by_class(shown_sql, bind)
    brought = _by_class(responses_sql, bind) if shown else {}
    found = {}
    for campaign, counts in shown.items():
        came = brought.get(campaign, {})
        by_class = {one: (counts.get(one, 0), came.get(one, 0)) for one in sorted({*counts, *came})}
        found[campaign] = Showings(sum(counts.values()), sum(came.values()), by_class)
    return found


def _by_class(sql: str, bind: Bindings) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = {}
    for campaign, match_class, count in ask(sql, bind):
        found.setdefault(int(campaign), {})[int(match_class)] = int(count)
    return found


def read_pages_by_hour(
    *, since: dt.datetime, until: dt.datetime, every: int, place: int
) -> list[PagesHour]:
    """Return how often signed-in people met the card at `place` of each `every` on Hot, by hour.

    Raises EngineUnavailable.
    """
    bind = Bindings()
    met = _met(since, until, every, place, bind)
    sql = (
        "SELECT toUnixTimestamp(toStartOfHour(at)) AS hour, count(), uniqExact(person)"  # noqa: S608
        f" FROM facts WHERE {met} GROUP BY hour ORDER BY hour"
    )
    return [
        PagesHour(dt.datetime.fromtimestamp(int(hour), dt.UTC), int(pages), int(people))
        for hour, pages, people in ask(sql, bind)
    ]


def count_people_within(
    *, since: dt.datetime, until: dt.datetime, every: int, place: int, hours: Sequence[int]
) -> dict[int, int]:
    """Return how many people came in each stretch of so many hours, summed over the stretches.

    Counted back from `until`, whole stretches alone: somebody who comes in three of them counts three
    times. Raises EngineUnavailable.
    """
    found: dict[int, int] = {}
    for each in hours:
        whole = int((until - since) / dt.timedelta(hours=each))
        if not whole:
            continue
        bind = Bindings()
        met = _met(until - whole * dt.timedelta(hours=each), until, every, place, bind)
        end, seconds = bind.add(int(until.timestamp()), "Int64"), bind.add(each * 3600, "Int64")
        sql = (
            "SELECT uniqExact((person, intDiv(:end - 1 - toUnixTimestamp(at), :seconds)))"  # noqa: S608
            f" FROM facts WHERE {met}"
        )
        sql = sql.replace(":end", end).replace(":seconds", seconds)
        found[each] = int(ask(sql, bind)[0][0])
    return found


def _met(since: dt.datetime, until: dt.datetime, every: int, place: int, bind: Bindings) -> str:
    return _MET.format(
        every=bind.add(every, "UInt16"),
        place=bind.add(place, "UInt16"),
        since=_moment(since, bind),
        until=_moment(until, bind),
    )


def _paid(since: dt.datetime, upto: dt.datetime, bind: Bindings) -> str:
    return _PAID.format(
        served=bind.add(SERVED_ARM, "UInt16"),
        since=_moment(since, bind),
        upto=_moment(upto, bind),
    )


def _name(notes: Sequence[tuple[int, int]], bind: Bindings) -> str:
    """Return the condition that a fact is of one of these (author, note), along the order of the table."""
    return " OR ".join(
        f"author_id = {bind.add(author, 'Int64')} AND note_id = {bind.add(note, 'Int64')}"
        for author, note in notes
    )


def _moment(at: dt.datetime, bind: Bindings) -> str:
    return f"fromUnixTimestamp64Milli({bind.add(int(at.timestamp() * 1000), 'Int64')}, 'UTC')"
