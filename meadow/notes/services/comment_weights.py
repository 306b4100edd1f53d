"""The weights of the best comments as data in versions: which held when, and setting new ones."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from meadow.core.errors import InvalidInput
from meadow.core.transactions import savepoint, transaction
from meadow.integrity.errors import WeightsChangedMeanwhile
from meadow.notes.errors import CommentWeightsUnusable
from meadow.notes.models import CommentWeights

MOST_VERSIONS: Final = 50
LONGEST_NOTE: Final = 300
NOTE_NEEDED: Final = _("Say why they change, in at most 300 characters.")
# The least and the most of each number.
LIMITS: Final[Mapping[str, tuple[float, float]]] = {
    "doubling_hours": (1, 8760),
    "replier_points": (0, 100),
    "author_like_points": (0, 100),
}


@dataclass(frozen=True, slots=True)
class CommentWeightsVersion:
    """One version: its numbers, since when, who set it and why (nobody: as Meadow ships)."""

    version: int
    numbers: Mapping[str, float]
    since: dt.datetime
    note: str
    operator_id: int | None


def list_weights() -> Sequence[CommentWeightsVersion]:
    """Return the newest versions, the one in force first."""
    return [
        CommentWeightsVersion(
            version=row.version,
            numbers={name: getattr(row, name) for name in LIMITS},
            since=row.created_at,
            note=row.note,
            operator_id=row.operator_id,
        )
        for row in CommentWeights.objects.order_by("-version")[:MOST_VERSIONS]
    ]


def change_comment_weights(
    *, numbers: Mapping[str, float], note: str, seen: int, operator_id: int, now: dt.datetime
) -> None:
    """Set the weights for every order of comments made from now on.

    `numbers` names all of LIMITS; `seen` is the version that was looked at. Raises CommentWeightsUnusable,
    WeightsChangedMeanwhile, InvalidInput without a note.
    """
    said = " ".join(note.split())
    if not 1 <= len(said) <= LONGEST_NOTE:
        raise InvalidInput(fields={"note": [str(NOTE_NEEDED)]})
    if set(numbers) != set(LIMITS):
        raise CommentWeightsUnusable
    for name, (least, most) in LIMITS.items():
        if not least <= numbers[name] <= most:
            raise CommentWeightsUnusable
    with transaction():
        newest = CommentWeights.objects.order_by("-version").values_list("version", flat=True)
        if (newest.first() or 0) != seen:
            raise WeightsChangedMeanwhile
        try:
            with savepoint():
                CommentWeights.objects.create(
                    version=seen + 1,
                    note=said,
                    operator_id=operator_id,
                    created_at=now,
                    **numbers,
                )
        except IntegrityError as first:
            raise WeightsChangedMeanwhile from first
