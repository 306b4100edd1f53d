"""How much more, or less, people respond to notes that go together with their interests.

A showing is of a class of match. What it is expected to bring is the order's rate times the factor of
its class. Factors are learnt from how the responses of each order divide between classes, so from
contrasts alone: whatever is wrong with an order's rate is wrong for all its classes alike, and is the
rate's to learn. See docs/algorithms/auction.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Not known or not to be used; no topic in common; one; several.
CLASSES: Final = ("unknown", "none", "one", "several")
COUNT: Final = len(CLASSES)
LEAST_FACTOR, MOST_FACTOR = 0.25, 4.0
# In responses: how much the belief "they respond alike" weighs in each class, and over how many what
# was learnt is forgotten.
PRIOR: Final = 20.0
MEMORY: Final = 50_000.0
# In logarithms: what is nearer is the same.
NEAR: Final = 0.03


@dataclass(frozen=True)
class Affinity:
    """What is known of one goal's factors: the log-likelihood's curve and pull, of `known` responses.

    Classes but the first, of which the factor is 1: curve (3, 3), pull (3). `shown` is how many
    showings of each class that rests on (4). `factors` are those that count now (4): they stay until
    what is learnt lies off them by more than is uncertain of it, for pacers learn prices by them.
    """

    factors: tuple[float, ...] = (1.0,) * COUNT
    curve: Floats = field(default_factory=lambda: np.zeros((COUNT - 1, COUNT - 1)))
    pull: Floats = field(default_factory=lambda: np.zeros(COUNT - 1))
    known: float = 0.0
    shown: Floats = field(default_factory=lambda: np.zeros(COUNT))

    @property
    def mean(self) -> float:
        """Return the mean factor of what was shown lately; 1 where nothing was."""
        total = float(self.shown.sum())
        return float(self.shown @ np.array(self.factors)) / total if total else 1.0

    def exposure(self, shown: Sequence[float]) -> float:
        """Return for how many showings to somebody whose factor is 1 these stand, by class."""
        return sum(
            count * factor for count, factor in zip(shown, self.factors, strict=True) if count
        )

    def learn(self, shown: Floats, responses: Floats) -> "Affinity":
        """Return what is known with these as well: one row a stratum (an order in a time), a column a class.

        Given how many responses a stratum brought, they divide between its classes as showings times
        factors do (a multinomial logit). One step of Newton's method from the factors that stand, kept
        as a quadratic and forgotten slowly.
        """
        factors = np.array(self.factors)
        total = responses.sum(axis=1)
        worth = shown * factors
        told = (total > 0) & (worth.sum(axis=1) > 0)
        total, worth = total[told], worth[told]
        share = (worth / worth.sum(axis=1, keepdims=True))[:, 1:]
        expected = total[:, None] * share
        curve = np.diag(expected.sum(axis=0)) - share.T @ expected
        pull = (responses[told][:, 1:] - expected).sum(axis=0) + curve @ np.log(factors[1:])
        known = self.known + float(total.sum())
        keep = min(MEMORY / known, 1.0) if known else 1.0
        curve, pull = keep * (self.curve + curve), keep * (self.pull + pull)
        return Affinity(
            factors=_settled(self.factors, curve, pull),
            curve=curve,
            pull=pull,
            known=keep * known,
            shown=keep * (self.shown + shown.sum(axis=0)),
        )

    def state(self) -> dict[str, Any]:
        """Return everything as JSON."""
        return {
            "factors": list(self.factors),
            "curve": self.curve.tolist(),
            "pull": self.pull.tolist(),
            "known": self.known,
            "shown": self.shown.tolist(),
        }


def restore_affinity(state: Mapping[str, Any]) -> Affinity:
    """Return what `state` kept; of before there were factors, nothing known."""
    if not state:
        return Affinity()
    return Affinity(
        factors=tuple(state["factors"]),
        curve=np.array(state["curve"], np.float64),
        pull=np.array(state["pull"], np.float64),
        known=float(state["known"]),
        shown=np.array(state["shown"], np.float64),
    )


def _settled(before: tuple[float, ...], curve: Floats, pull: Floats) -> tuple[float, ...]:
    """Return the most likely factors, shrunk to 1 and bounded; those of before where they are near enough."""
    uncertain = np.linalg.inv(curve + PRIOR * np.eye(COUNT - 1))
    logs = np.clip(uncertain @ pull, np.log(LEAST_FACTOR), np.log(MOST_FACTOR))
    off = np.abs(logs - np.log(before[1:]))
    if (off <= np.maximum(np.sqrt(np.diag(uncertain)), NEAR)).all():
        return before
    bounded = np.clip(np.exp(logs), LEAST_FACTOR, MOST_FACTOR)
    return (1.0, *bounded.tolist())


def row_of(by_class: Mapping[int, tuple[int, int]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return showings and responses by class; a class of a later release is not known here."""
    shown, responses = [0] * COUNT, [0] * COUNT
    for each, (many, brought) in by_class.items():
        place = each if each < COUNT else 0
        shown[place] += many
        responses[place] += brought
    return tuple(shown), tuple(responses)
