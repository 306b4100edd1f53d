"""How urgent an inquiry is: the reason, who says so and how often they were right, the reach.

priority = severity + people x log2(1 + 2 x sum of accuracy) + reach x log10(1 + reach)

A reporter's accuracy is (upheld + 1) / (answered + 2), Laplace's rule of succession, so that a new
one counts half. The weights are `QueueTerms`, in versions.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from meadow.integrity.models import QueueTerms

FIRST_TERMS: Final[dict[str, Any]] = {
    "severity": {
        "minors": 100,
        "self_harm": 90,
        "hate": 60,
        "scam": 60,
        "nudity": 50,
        "screened": 40,
        "intellectual_property": 30,
        "undisclosed_ad": 30,
        "spam": 20,
        "other": 10,
    },
    "people": 10,
    "reach": 5,
    "urgent_from": 90,
    "claim_minutes": 15,
    "appeal_days": 180,
}
SCREENED: Final = "screened"


@dataclass(frozen=True, slots=True)
class Terms:
    """The weights in force; `urgent_from` is the severity from which moderators are told at once."""

    version: int
    severity: dict[str, int]
    people: float
    reach: float
    urgent_from: int
    claim_minutes: int
    appeal_days: int


def terms_in_force() -> Terms:
    """Return the newest weights."""
    row = QueueTerms.objects.order_by("-version").first()
    if row is None:
        return Terms(version=0, **FIRST_TERMS)
    return Terms(version=row.version, **row.parameters)


def accuracy(*, upheld: int, answered: int) -> float:
    """Return how far a reporter is believed, between 0 and 1, a half for a new one."""
    return (upheld + 1) / (answered + 2)


def severity(terms: Terms, reasons: Collection[str]) -> int:
    """Return the gravest of some reasons, 0 for none."""
    return max((terms.severity.get(reason, 0) for reason in reasons), default=0)


def weigh(
    terms: Terms, *, reasons: Collection[str], accuracies: Collection[float], reach: int
) -> int:
    """Return an inquiry's priority, higher is sooner."""
    said = terms.people * math.log2(1 + 2 * math.fsum(accuracies))
    seen = terms.reach * math.log10(1 + max(0, reach))
    return round(severity(terms, reasons) + said + seen)
