"""The weights of the queue as data in versions: which held when, and setting new ones."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from meadow.core.errors import InvalidInput
from meadow.core.transactions import savepoint, transaction
from meadow.integrity.errors import WeightsChangedMeanwhile, WeightsUnusable
from meadow.integrity.models import QueueTerms
from meadow.integrity.moderation.weighing import FIRST_TERMS, Terms, terms_in_force

MOST_VERSIONS: Final = 50
LONGEST_NOTE: Final = 300
NOTE_NEEDED: Final = _("Say why they change, in at most 300 characters.")
# The least and the most of each number; a severity lies within the first pair.
SEVERITY: Final = (0, 1000)
LIMITS: Final[Mapping[str, tuple[int, int]]] = {
    "people": (0, 100),
    "reach": (0, 100),
    "urgent_from": (1, 1000),
    "claim_minutes": (1, 240),
    "appeal_days": (14, 730),
}


@dataclass(frozen=True, slots=True)
class WeightsVersion:
    """One version: its weights, since when, who set it and why (nobody: as Meadow ships)."""

    terms: Terms
    since: dt.datetime
    note: str
    operator_id: int | None


def list_versions() -> Sequence[WeightsVersion]:
    """Return the newest versions, the one in force first."""
    rows = QueueTerms.objects.order_by("-version")[:MOST_VERSIONS]
    return [
        WeightsVersion(
            terms=Terms(version=row.version, **row.parameters),
            since=row.created_at,
            note=row.note,
            operator_id=row.operator_id,
        )
        for row in rows
    ]


def change_weights(
    *,
    severity: Mapping[str, int],
    numbers: Mapping[str, float],
    note: str,
    seen: int,
    operator_id: int,
    now: dt.datetime,
) -> Terms:
    """Set the weights from now on; what waits is weighed by them within ten minutes.

    `severity` names every reason, `numbers` all of LIMITS; `seen` is the version that was looked at.
    Raises WeightsUnusable, WeightsChangedMeanwhile, InvalidInput without a note.
    """
    said = " ".join(note.split())
    if not 1 <= len(said) <= LONGEST_NOTE:
        raise InvalidInput(fields={"note": [str(NOTE_NEEDED)]})
    parameters = {"severity": dict(severity), **numbers}
    _check(parameters)
    with transaction():
        if terms_in_force().version != seen:
            raise WeightsChangedMeanwhile
        try:
            with savepoint():
                QueueTerms.objects.create(
                    version=seen + 1,
                    parameters=parameters,
                    created_at=now,
                    note=said,
                    operator_id=operator_id,
                )
        except IntegrityError as first:
            raise WeightsChangedMeanwhile from first
    return terms_in_force()


def _check(parameters: Mapping[str, Any]) -> None:
    severity = parameters["severity"]
    if set(severity) != set(FIRST_TERMS["severity"]) or set(parameters) != set(FIRST_TERMS):
        raise WeightsUnusable
    if not all(SEVERITY[0] <= one <= SEVERITY[1] for one in severity.values()):
        raise WeightsUnusable
    for name, (least, most) in LIMITS.items():
        if not least <= parameters[name] <= most:
            raise WeightsUnusable
