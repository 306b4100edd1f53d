"""What campaigns were delivered, and what became of people they met or would have met.

Everything of a campaign is a fact of its own note, also a place where it would have stood, so that
each question reads that note's facts and no others.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from meadow.analytics.facts import GHOST
from meadow.analytics.questions import AS_OF, Bindings, ask, ask_columns
from meadow.analytics.tokens import HELD_OUT_ARM, SERVED_ARM

MICRO: Final = 1_000_000
# What somebody does to a note or its author within this time after they were shown it by a campaign
# came from that campaign; the last one shown has it.
CREDIT_WINDOW: Final = dt.timedelta(hours=24)
# So many notes are asked about at once.
NOTES_A_QUESTION: Final = 200


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one campaign was delivered: everything that was stored up to `as_of`, perhaps more.

    Signed-out showings are raw alone. `people` were shown it, `reads` counts each of them once a day,
    `price` adds up what the valid impressions cost, in millionths of the currency's unit.
    `interactions` (likes and saves once a person, comments, shares) and `follows` (once a person) are
    those within CREDIT_WINDOW of a valid showing. `ghosts` are people held out who would have been shown it.
    """

    as_of: dt.datetime
    campaign_id: int
    raw_impressions: int
    impressions: int
    invalid: int
    price: int
    people: int
    opens: int
    reads: int
    clicks: int
    ghosts: int
    interactions: int
    follows: int


@dataclass(frozen=True)
class Met:
    """One row a person who met a campaign or would have, the first first.

    `held_out` is 1 for those who would have, `first_ms` when (ms since 1970); `reads` and `follows`
    say whether they read the note or followed its author within the window from then on.
    """

    held_out: NDArray[np.int64]
    first_ms: NDArray[np.int64]
    reads: NDArray[np.int64]
    follows: NDArray[np.int64]


_VALID: Final = "signed_in AND provenance = 'paid'"
_DELIVERED: Final = """
SELECT {as_of} AS counted,
       campaign_id,
       countIf(kind = 'impression' AND arm = {served}) AS shown,
       countIf(kind = 'impression' AND {valid}) AS valid,
       countIf(kind = 'impression' AND arm = {served} AND provenance = 'invalid') AS invalid,
       sumIf(price, kind = 'impression' AND {valid}) AS price,
       uniqExactIf(person, kind = 'impression' AND {valid}) AS people,
       countIf(kind = 'open' AND {valid}) AS opens,
       uniqExactIf((person, toDate(at)), kind = 'read' AND {valid}) AS reads,
       countIf(kind = 'click' AND {valid}) AS clicks,
       uniqExactIf(person, kind = '{ghost}' AND arm = {held_out} AND signed_in
                   AND provenance != 'invalid') AS ghosts
FROM facts_judged
WHERE ({notes}) AND campaign_id != 0
GROUP BY campaign_id ORDER BY campaign_id
"""
# A follow names no note: of two campaigns of one author the one shown last has it, whichever is asked for.
_CREDITED: Final = """
SELECT campaign_id,
       uniqExactIf((person, kind), kind IN ('like', 'save'))
           + countIf(kind IN ('comment', 'share')) AS interactions,
       uniqExactIf(person, kind = 'follow') AS follows
FROM (
    SELECT did.kind AS kind, did.person AS person, did.at AS at, shown.at AS shown_at,
           shown.latest AS campaign_id
    FROM (
        SELECT kind, person, at, author_id, note_id FROM facts_judged
        WHERE ({subjects}) AND signed_in AND provenance != 'invalid' AND kind IN {kinds}
    ) AS did
    ASOF INNER JOIN (
        SELECT person, author_id, {joined} at, max(campaign_id) AS latest FROM facts_judged
        WHERE ({shown}) AND campaign_id != 0 AND kind = 'impression' AND {valid}
        GROUP BY person, author_id, {joined} at
    ) AS shown
    ON did.person = shown.person AND did.author_id = shown.author_id {on} AND did.at >= shown.at
)
WHERE at < shown_at + toIntervalSecond({within})
GROUP BY campaign_id
"""
INTERACTIONS: Final = ("like", "save", "comment", "share")
# Whoever is found in both arms (their pseudonym changed its meaning, or somebody tampered) is in neither.
_MET: Final = """
SELECT toInt64(met.which = {held_out}) AS held_out, met.first AS first_ms,
       toInt64(countIf(did.kind = 'read' AND {in_time}) > 0) AS reads,
       toInt64(countIf(did.kind = 'follow' AND {in_time}) > 0) AS follows
FROM (
    SELECT person, any(arm) AS which, toInt64(toUnixTimestamp64Milli(min(at))) AS first
    FROM facts_judged
    WHERE author_id = {author} AND note_id = {note} AND campaign_id = {campaign} AND signed_in
      AND (kind = 'impression' AND arm = {served} OR kind = '{ghost}' AND arm = {held_out})
      AND provenance != 'invalid' AND received_at < addMilliseconds(at, {late})
    GROUP BY person
    HAVING uniqExact(arm) = 1 AND first <= {until}
) AS met
LEFT JOIN (
    SELECT person, kind, toInt64(toUnixTimestamp64Milli(at)) AS ms,
           toInt64(toUnixTimestamp64Milli(received_at)) AS received
    FROM facts_judged
    WHERE author_id = {author} AND note_id IN (0, {note}) AND signed_in AND provenance != 'invalid'
      AND (kind = 'read' AND note_id = {note} OR kind = 'follow')
) AS did ON did.person = met.person
GROUP BY met.person, met.which, met.first ORDER BY met.first, met.person
"""


def count_delivered(*, notes: Sequence[tuple[int, int]]) -> list[Delivered]:
    """Return what each campaign on these (author, note) was delivered in all; none that was not.

    Late verdicts are in it. Raises EngineUnavailable.
    """
    found: list[Delivered] = []
    for start in range(0, len(notes), NOTES_A_QUESTION):
        some = notes[start : start + NOTES_A_QUESTION]
        bind = Bindings()
        sql = _DELIVERED.format(
            as_of=AS_OF,
            valid=_VALID,
            notes=name_notes(some, bind),
            served=SERVED_ARM,
            held_out=HELD_OUT_ARM,
            ghost=GHOST,
        )
        rows = [[int(value) for value in row] for row in ask(sql, bind)]
        credited = _count_credited(some) if rows else {}
        for counted, campaign, *counts in rows:
            as_of = dt.datetime.fromtimestamp(counted / MICRO, dt.UTC)
            counts += credited.get(campaign, (0, 0))
            found.append(Delivered(as_of, campaign, *counts))
    return sorted(found, key=lambda one: one.campaign_id)


def name_notes(notes: Sequence[tuple[int, int]], bind: Bindings) -> str:
    """Return the condition that a fact is of one of these (author, note)."""
    # Spelled out one by one: a list of pairs would not be read along the order of the table.
    return " OR ".join(
        f"author_id = {bind.add(author, 'Int64')} AND note_id = {bind.add(note, 'Int64')}"
        for author, note in notes
    )


def _count_credited(notes: Sequence[tuple[int, int]]) -> dict[int, tuple[int, int]]:
    """Return the interactions and follows that came from each campaign on these (author, note)."""
    found: dict[int, tuple[int, int]] = {}
    authors = sorted({author for author, _note in notes})
    follows = [(author, 0) for author in authors]
    for subjects, kinds, is_of_note in ((notes, INTERACTIONS, True), (follows, ("follow",), False)):
        bind = Bindings()
        by_author = " OR ".join(f"author_id = {bind.add(author, 'Int64')}" for author in authors)
        sql = _CREDITED.format(
            valid=_VALID,
            subjects=name_notes(subjects, bind),
            kinds=bind.words(kinds),
            shown=name_notes(notes, bind) if is_of_note else by_author,
            joined="note_id," if is_of_note else "",
            on="AND did.note_id = shown.note_id" if is_of_note else "",
            within=bind.add(int(CREDIT_WINDOW.total_seconds()), "UInt32"),
        )
        for campaign, *counts in (map(int, row) for row in ask(sql, bind)):
            before = found.get(campaign, (0, 0))
            found[campaign] = (before[0] + counts[0], before[1] + counts[1])
    return found


def list_met(
    *,
    campaign_id: int,
    author_id: int,
    note_id: int,
    window: dt.timedelta,
    late: dt.timedelta,
    now: dt.datetime,
) -> Met:
    """Return who met a campaign or would have, and what they did within `window` from then on.

    Those alone whose window, and `late` for facts that are under way, are over: an outcome that can
    still come would favour those who were quick. What arrived later than that never counts, so that
    an answer once given stays (but for late verdicts). Raises EngineUnavailable.
    """
    bind = Bindings()
    within, waited = (round(time.total_seconds() * 1000) for time in (window, late))
    length = bind.add(within, "Int64")
    closing = bind.add(within + waited, "Int64")
    sql = _MET.format(
        author=bind.add(author_id, "Int64"),
        note=bind.add(note_id, "Int64"),
        campaign=bind.add(campaign_id, "Int64"),
        in_time=f"did.ms >= met.first AND did.ms < met.first + {length}"
        f" AND did.received < met.first + {closing}",
        late=bind.add(waited, "Int64"),
        until=bind.add(int(now.timestamp() * 1000) - within - waited, "Int64"),
        served=SERVED_ARM,
        held_out=HELD_OUT_ARM,
        ghost=GHOST,
    )
    return Met(*(np.asarray(column, np.int64) for column in ask_columns(sql, bind)))


def list_moved(*, since: dt.datetime) -> set[int]:
    """Return the authors of whom anything was stored after a moment, late verdicts too.

    Raises EngineUnavailable.
    """
    bind = Bindings()
    after = (
        f"fromUnixTimestamp64Micro({bind.add(round(since.timestamp() * MICRO), 'Int64')}, 'UTC')"
    )
    sql = (
        f"SELECT author_id FROM facts WHERE inserted_at > {after} GROUP BY author_id"  # noqa: S608
        f" UNION DISTINCT SELECT author_id FROM verdicts WHERE inserted_at > {after}"
        " GROUP BY author_id"
    )
    return {int(author) for (author,) in ask(sql, bind)}
