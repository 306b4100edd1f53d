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
from meadow.analytics.questions import Bindings, ask, ask_columns
from meadow.analytics.tokens import HELD_OUT_ARM, SERVED_ARM

MICRO: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one campaign was delivered, as far as the warehouse had it at `as_of`.

    Signed-out showings are raw alone. `people` were shown it, `reads` counts each of them once a day,
    `price` adds up what the valid impressions cost, in millionths of the currency's unit.
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
SELECT toInt64(toUnixTimestamp64Micro(max(inserted_at))) AS stored,
       campaign_id,
       countIf(kind = 'impression') AS shown,
       countIf(kind = 'impression' AND {valid}) AS valid,
       countIf(kind = 'impression' AND provenance = 'invalid') AS invalid,
       sumIf(price, kind = 'impression' AND {valid}) AS price,
       uniqExactIf(person, kind = 'impression' AND {valid}) AS people,
       countIf(kind = 'open' AND {valid}) AS opens,
       uniqExactIf((person, toDate(at)), kind = 'read' AND {valid}) AS reads,
       countIf(kind = 'click' AND {valid}) AS clicks
FROM facts_judged
WHERE ({notes}) AND campaign_id != 0 AND arm = {served}
GROUP BY campaign_id ORDER BY campaign_id
"""
# Whoever is found in both arms (their pseudonym changed its meaning, or somebody tampered) is in neither.
_MET: Final = """
SELECT toInt64(met.which = {held_out}) AS held_out, met.first AS first_ms,
       toInt64(countIf(did.kind = 'read' AND did.ms >= met.first AND did.ms < met.first + {window}) > 0)
           AS reads,
       toInt64(countIf(did.kind = 'follow' AND did.ms >= met.first
                       AND did.ms < met.first + {window}) > 0) AS follows
FROM (
    SELECT person, any(arm) AS which, toInt64(toUnixTimestamp64Milli(min(at))) AS first
    FROM facts_judged
    WHERE author_id = {author} AND note_id = {note} AND campaign_id = {campaign} AND signed_in
      AND (kind = 'impression' AND arm = {served} OR kind = '{ghost}' AND arm = {held_out})
      AND provenance != 'invalid'
    GROUP BY person
    HAVING uniqExact(arm) = 1 AND first < {until}
) AS met
LEFT JOIN (
    SELECT person, kind, toInt64(toUnixTimestamp64Milli(at)) AS ms
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
    if not notes:
        return []
    bind = Bindings()
    # Spelled out one by one: a list of pairs would not be read along the order of the table.
    subjects = " OR ".join(
        f"author_id = {bind.add(author, 'Int64')} AND note_id = {bind.add(note, 'Int64')}"
        for author, note in notes
    )
    sql = _DELIVERED.format(valid=_VALID, notes=subjects, served=SERVED_ARM)
    return [
        Delivered(dt.datetime.fromtimestamp(stored / MICRO, dt.UTC), *counts)
        for stored, *counts in (map(int, row) for row in ask(sql, bind))
    ]


def list_met(
    *, campaign_id: int, author_id: int, note_id: int, window: dt.timedelta, now: dt.datetime
) -> Met:
    """Return who met a campaign or would have, and what they did within `window` from then on.

    Those alone whose window is over: an outcome that can still come would favour those who were
    quick. Raises EngineUnavailable.
    """
    bind = Bindings()
    within = int(window.total_seconds() * 1000)
    sql = _MET.format(
        author=bind.add(author_id, "Int64"),
        note=bind.add(note_id, "Int64"),
        campaign=bind.add(campaign_id, "Int64"),
        window=bind.add(within, "Int64"),
        until=bind.add(int(now.timestamp() * 1000) - within, "Int64"),
        served=SERVED_ARM,
        held_out=HELD_OUT_ARM,
        ghost=GHOST,
    )
    return Met(*(np.asarray(column, np.int64) for column in ask_columns(sql, bind)))
