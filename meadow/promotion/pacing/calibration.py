"""Predicted responses brought to what is observed, by a logistic line learnt as responses come."""

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# In responses: how much the belief "predictions are right as they are" weighs, and over how many it is
# forgotten.
LEVEL_PRIOR: Final = 40.0
SLOPE_PRIOR: Final = 200.0
MEMORY: Final = 1000.0
LEAST_SLOPE: Final = 0.2
EDGE: Final = 1e-7
# Outcomes are kept by prediction, in bins of an eighth of a unit of log odds.
PER_UNIT: Final = 8
BINS: Final = 2 * 17 * PER_UNIT
NEWTON_STEPS: Final = 4


class Calibrator:
    """`logit(calibrated) = logit(p) + a + b (logit(p) - middle)`, the most likely a and b, shrunk to 0.

    `learn` after `apply`, never before, so that nothing is judged by its own future. The order of
    predictions stays.
    """

    def __init__(self, *, middle: float = 0.01) -> None:
        """`middle` is a usual prediction: about there, level and slope do not pull on each other."""
        self._middle = float(_logit(middle))
        # By bin of the prediction: outcomes, responses, and the sum of the predictions' log odds.
        self._table: Floats = np.zeros((3, BINS))
        self._belief: Floats = np.zeros(2)

    def apply(self, predicted: ArrayLike) -> Floats:
        """Return calibrated probabilities, shape as `predicted`."""
        return self._line(_logit(predicted))

    def learn(
        self, predicted: ArrayLike, responded: ArrayLike, *, stand_for: ArrayLike = 1.0
    ) -> None:
        """Take in outcomes (0 or 1, or the mean of several) whose time to respond is over.

        Each may stand for several, or for a part of one.
        """
        raw = _logit(predicted).ravel()
        if not raw.size:
            return
        place = np.clip((raw * PER_UNIT).astype(np.intp) + BINS // 2, 0, BINS - 1)
        known = self._table[1].sum()
        if known > MEMORY:
            self._table *= MEMORY / known
        many = np.broadcast_to(np.asarray(stand_for, np.float64), raw.shape)
        outcome = np.asarray(responded, np.float64).ravel()
        for row, each in zip(self._table, (many, many * outcome, many * raw), strict=True):
            row += np.bincount(place, each, BINS)
        self._fit()

    def _line(self, raw: Floats) -> Floats:
        level, slope = self._belief
        odds = raw + level + slope * (raw - self._middle)
        return np.asarray(1.0 / (1.0 + np.exp(-odds)), np.float64)

    def _fit(self) -> None:
        """Move to the most likely line by Newton's method, from where it was."""
        used = self._table[0] > 0
        count, responses, summed = self._table[:, used]
        raw = summed / count
        columns = np.stack([np.ones_like(raw), raw - self._middle])
        prior = np.array([LEVEL_PRIOR, SLOPE_PRIOR])
        for _ in range(NEWTON_STEPS):
            chance = self._line(raw)
            pull = columns @ (responses - count * chance) - prior * self._belief
            curve = (columns * (count * chance * (1.0 - chance))) @ columns.T + np.diag(prior)
            self._belief = self._belief + np.clip(np.linalg.solve(curve, pull), -1.0, 1.0)
            self._belief[1] = max(self._belief[1], LEAST_SLOPE - 1.0)

    def plot(self) -> list[tuple[float, float, float, float]]:
        """Return (mean prediction, calibrated, observed rate, outcomes) of each bin that has any."""
        used = self._table[0] > 0
        count, responses, summed = self._table[:, used]
        raw = summed / count
        given = 1.0 / (1.0 + np.exp(-raw))
        columns = (given, self._line(raw), responses / count, count)
        return list(zip(*(column.tolist() for column in columns), strict=True))

    def state(self) -> dict[str, Any]:
        """Return everything as JSON."""
        used = np.flatnonzero(self._table[0])
        return {
            "bins": used.tolist(),
            "table": self._table[:, used].tolist(),
            "belief": self._belief.tolist(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what `state` returned."""
        self._table[:] = 0.0
        self._table[:, np.array(state["bins"], np.intp)] = state["table"]
        self._belief = np.array(state["belief"], np.float64)


def _logit(probability: ArrayLike) -> Floats:
    clipped = np.clip(np.asarray(probability, np.float64), EDGE, 1.0 - EDGE)
    return np.asarray(np.log(clipped) - np.log1p(-clipped), np.float64)
