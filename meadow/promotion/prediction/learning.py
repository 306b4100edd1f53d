"""What a community is known to do: its usual rate, how far notes differ, how predictions are corrected."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from meadow.promotion.pacing import Calibrator
from meadow.promotion.prediction.affinities import Affinity, restore_affinity

Floats = NDArray[np.float64]

# How long after a showing a response to it may come. A read comes with the token of its card, at once
# or never; the rest is what a report gives to a showing within a day.
WINDOWS: Final = {
    "reads": dt.timedelta(hours=1),
    "interactions": dt.timedelta(hours=24),
    "follows": dt.timedelta(hours=24),
}
# Responses a showing where a community has taught nothing, and how many showings this counts as: four
# responses of each goal.
SHIPPED: Final = {"reads": (0.08, 50.0), "interactions": (0.03, 133.0), "follows": (0.005, 800.0)}
LEAST_BASE: Final = 1e-5
MOST_BASE: Final = 0.9
# How few and how many showings a belief about a note may count as.
LEAST_PRIOR, MOST_PRIOR = 20.0, 20_000.0


@dataclass(frozen=True)
class Belief:
    """What is believed of one goal: `base` responses a showing, which counts as `prior` showings.

    `facts` is how many responses taught the calibrator, `middle` what it takes for a usual prediction.
    `affinity` is by how much more or less some classes of readers respond.
    """

    base: float
    prior: float
    facts: float = 0.0
    middle: float = 0.01
    calibrator: Calibrator = field(default_factory=Calibrator)
    affinity: Affinity = field(default_factory=Affinity)


def shipped_belief(goal: str) -> Belief:
    """Return what is believed of a goal before anything is learnt."""
    base, prior = SHIPPED[goal]
    return Belief(base=base, prior=prior, middle=base, calibrator=Calibrator(middle=base))


def restore_belief(
    *,
    base: float,
    prior: float,
    facts: float,
    calibrator: dict[str, Any],
    affinity: Mapping[str, Any],
) -> Belief:
    """Return a belief that was kept."""
    middle = float(calibrator["middle"])
    restored = Calibrator(middle=middle)
    restored.restore(calibrator)
    return Belief(
        base=base,
        prior=prior,
        facts=facts,
        middle=middle,
        calibrator=restored,
        affinity=restore_affinity(affinity),
    )


def teach(belief: Belief, *, raw: float, shown: float, responses: int) -> None:
    """Let the calibrator learn what so many showings brought that were expected to bring `raw` each.

    `shown` counts a showing as often as its reader's class responds, beside somebody usual.
    """
    belief.calibrator.learn([raw], [min(responses / shown, 1.0)], stand_for=[shown])


def estimate_base(shown: Floats, responses: Floats, *, goal: str) -> float:
    """Return a community's responses a showing; the shipped rate counts as its showings."""
    base, prior = SHIPPED[goal]
    rate = (float(responses.sum()) + base * prior) / (float(shown.sum()) + prior)
    return min(max(rate, LEAST_BASE), MOST_BASE)


def estimate_prior(shown: Floats, responses: Floats, *, base: float, goal: str) -> float:
    """Return how many showings the community's rate counts as beside a note's own: base / spread.

    `spread` is how far notes' true rates lie around `base`, by the method of moments: what they differ
    by less what chance makes them differ. The shipped figure counts as ten notes.
    """
    few = 10.0
    shipped_base, shipped_prior = SHIPPED[goal]
    known = shown > 0
    n, r = shown[known], responses[known]
    total = float(n.sum())
    scale = total - float((n * n).sum()) / total if total else 0.0
    # Relative: variance over base squared, the same whatever the rate.
    usual = 1.0 / (shipped_base * shipped_prior)
    if scale <= 0 or len(n) < 2:
        relative = usual
    else:
        beyond = float((n * (r / n - base) ** 2).sum()) - base * (len(n) - 1)
        found = max(beyond / scale / base**2, 0.0)
        relative = (len(n) * found + few * usual) / (len(n) + few)
    return float(np.clip(1.0 / (base * relative), LEAST_PRIOR, MOST_PRIOR))
