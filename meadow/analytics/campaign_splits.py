"""What one campaign was delivered, split: by hour, by surface, by why it is invalid, by who was reached."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from meadow.analytics.questions import Bindings, ask
from meadow.analytics.tokens import SERVED_ARM

By = Literal["hour", "surface", "reason"]
MOST_PARTS: Final = 24 * 200
# So many people are told one by one, the last ones first; who they are is for PostgreSQL to say.
MOST_PEOPLE: Final = 20_000
_LABELS: Final[dict[By, str]] = {
    "hour": "toString(toUnixTimestamp(toStartOfHour(at)))",
    "surface": "toString(surface)",
    "reason": "toString(reason)",
}
_SPLIT: Final = """
SELECT {label} AS label,
       countIf(kind = 'impression'),
       countIf(kind = 'impression' AND {valid}),
       countIf(kind = 'impression' AND provenance = 'invalid'),
       sumIf(price, kind = 'impression' AND {valid}),
       sumIf(price, kind = 'impression' AND provenance = 'invalid'),
       countIf(kind = 'open' AND {valid}),
       uniqExactIf((person, toDate(at)), kind = 'read' AND {valid})
FROM facts_judged
WHERE {campaign} {narrow}
GROUP BY label ORDER BY label LIMIT {most}
"""
_REACHED: Final = """
SELECT person, toUnixTimestamp64Milli(min(at)) AS first, countIf(kind = 'impression'),
       countIf(kind = 'open'), countIf(kind = 'read') > 0
FROM facts_judged
WHERE {campaign} AND {valid} AND person != ''
GROUP BY person HAVING countIf(kind = 'impression') > 0
ORDER BY first DESC, person LIMIT {most}
"""
_VALID: Final = "signed_in AND provenance = 'paid'"


@dataclass(frozen=True, slots=True)
class Campaign:
    """Whose facts are asked for: a campaign, and the note that it shows."""

    id: int
    author_id: int
    note_id: int

    def facts(self, bind: Bindings) -> str:
        """Return the condition on facts of its showings."""
        return (
            f"author_id = {bind.add(self.author_id, 'Int64')}"
            f" AND note_id = {bind.add(self.note_id, 'Int64')}"
            f" AND campaign_id = {bind.add(self.id, 'Int64')} AND arm = {SERVED_ARM}"
        )


@dataclass(frozen=True, slots=True)
class Part:
    """One hour (its start), surface or reason: impressions as they came, valid, invalid, and what they cost.

    `price` is of the valid ones, `spared` of the invalid ones, in millionths of the unit.
    """

    label: str
    raw: int
    impressions: int
    invalid: int
    price: int
    spared: int
    opens: int
    reads: int

    @property
    def hour(self) -> dt.datetime:
        """When the hour began, of a part by hour."""
        return dt.datetime.fromtimestamp(int(self.label), dt.UTC)


@dataclass(frozen=True, slots=True)
class Reached:
    """Somebody who was shown it: by pseudonym, when first, how often, and whether they read it."""

    person: str
    first_at: dt.datetime
    impressions: int
    opens: int
    has_read: bool


def split_delivered(*, campaign: Campaign, by: By) -> list[Part]:
    """Return a campaign's delivery by hour, surface or, of its invalid showings, reason.

    Raises EngineUnavailable.
    """
    bind = Bindings()
    sql = _SPLIT.format(
        label=_LABELS[by],
        valid=_VALID,
        campaign=campaign.facts(bind),
        narrow="AND kind = 'impression' AND provenance = 'invalid'" if by == "reason" else "",
        most=MOST_PARTS,
    )
    return [Part(str(label), *map(int, counts)) for label, *counts in ask(sql, bind)]


def list_reached(*, campaign: Campaign) -> Sequence[Reached]:
    """Return who was validly shown a campaign's note, the latest newcomers first; MOST_PEOPLE at most.

    Raises EngineUnavailable.
    """
    bind = Bindings()
    sql = _REACHED.format(campaign=campaign.facts(bind), valid=_VALID, most=MOST_PEOPLE)
    return [
        Reached(
            str(person), dt.datetime.fromtimestamp(first / 1000, dt.UTC), shown, opens, bool(read)
        )
        for person, first, shown, opens, read in ask(sql, bind)
    ]
