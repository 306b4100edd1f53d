"""What is remembered of a stream of people: sufficient statistics, updated as people finish.

The last axis of `values` is time; axes before it are independent streams. `path` returns the state
after each value, `plus` only the last: one batch or many, the state at a moment is the same.
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from meadow.experiments.statistics.intervals import Array, Flags

# A prediction starts as if one person with half the largest value had been seen.
FIRST_GUESS = 0.5


@dataclass(frozen=True, slots=True)
class _State:
    """A set of running sums, an array each."""

    @classmethod
    def none(cls) -> Self:
        """Return the state before anybody."""
        return cls(**{one.name: np.zeros(()) for one in fields(cls)})

    def last(self) -> Self:
        """Return the state at the end of a path."""
        return type(self)(**{one.name: getattr(self, one.name)[..., -1] for one in fields(self)})


def _running(start: Array, values: Array | Flags) -> Array:
    """Return `start` plus the running sum of `values`."""
    sums: Array = np.asarray(start)[..., None] + np.cumsum(values, axis=-1, dtype=np.float64)
    return sums


def _largest(start: Array, values: Array) -> Array:
    """Return the running largest of `start` and `values`."""
    peaks: Array = np.maximum(np.asarray(start)[..., None], np.maximum.accumulate(values, axis=-1))
    return peaks


@dataclass(frozen=True, slots=True)
class Moments(_State):
    """People, the sum of their values and of the squares: for means without a known bound.

    `largest` is the largest square, which tells whether one person decides everything.
    """

    people: Array
    total: Array
    squares: Array
    largest: Array

    def path(self, values: Array) -> "Moments":
        """Return the state after each of `values`."""
        return Moments(
            people=_running(self.people, np.ones_like(values)),
            total=_running(self.total, values),
            squares=_running(self.squares, values * values),
            largest=_largest(self.largest, values * values),
        )

    def plus(self, values: Array) -> "Moments":
        """Return the state after all of `values`."""
        return self.path(values).last() if values.shape[-1] else self


@dataclass(frozen=True, slots=True)
class PairMoments(_State):
    """The same of two values a person: a numerator `y` and a denominator `x` of a ratio."""

    people: Array
    y: Array
    x: Array
    yy: Array
    xy: Array
    xx: Array
    largest_yy: Array
    largest_xx: Array

    def path(self, y: Array, x: Array) -> "PairMoments":
        """Return the state after each pair."""
        return PairMoments(
            people=_running(self.people, np.ones_like(y)),
            y=_running(self.y, y),
            x=_running(self.x, x),
            yy=_running(self.yy, y * y),
            xy=_running(self.xy, x * y),
            xx=_running(self.xx, x * x),
            largest_yy=_largest(self.largest_yy, y * y),
            largest_xx=_largest(self.largest_xx, x * x),
        )

    def plus(self, y: Array, x: Array) -> "PairMoments":
        """Return the state after all pairs."""
        return self.path(y, x).last() if y.shape[-1] else self


@dataclass(frozen=True, slots=True)
class BoundedMoments(_State):
    """People with values from 0 to 1, their sum, and how far each was from what was predicted."""

    people: Array
    total: Array
    surprise: Array

    def path(self, values: Array) -> "BoundedMoments":
        """Return the state after each of `values`; each is predicted by the mean before it."""
        people = _running(self.people, np.ones_like(values))
        total = _running(self.total, values)
        predicted = (total - values + FIRST_GUESS) / people
        return BoundedMoments(
            people=people,
            total=total,
            surprise=_running(self.surprise, (values - predicted) ** 2),
        )

    def plus(self, values: Array) -> "BoundedMoments":
        """Return the state after all of `values`."""
        return self.path(values).last() if values.shape[-1] else self


@dataclass(frozen=True, slots=True)
class Contrast(_State):
    """Two arms as one stream of scores whose mean is the difference between them.

    A person of value X, seen when m1 and m0 predict the arms, scores m1 - m0 + (X - m1)/share in
    the treated arm and m1 - m0 - (X - m0)/(1 - share) in the other (`share`: the chance of being
    treated). Whatever the predictions, a score's expectation is the difference: Howard et al.
    (2021), section 4.2; Robins, Rotnitzky and Zhao (1994) for the augmented weighting.
    """

    people_control: Array
    people_treated: Array
    total_control: Array
    total_treated: Array
    scores: Array
    surprise: Array

    def path(self, values: Array, treated: Flags, *, share: float) -> "Contrast":
        """Return the state after each person, in the order in which they finished."""
        people_treated = _running(self.people_treated, treated)
        people_control = _running(self.people_control, ~treated)
        total_treated = _running(self.total_treated, np.where(treated, values, 0.0))
        total_control = _running(self.total_control, np.where(treated, 0.0, values))
        before_treated = total_treated - np.where(treated, values, 0.0)
        before_control = total_control - np.where(treated, 0.0, values)
        guess_treated = (before_treated + FIRST_GUESS) / (people_treated - treated + 1)
        guess_control = (before_control + FIRST_GUESS) / (people_control - ~treated + 1)
        residual = np.where(
            treated,
            (values - guess_treated) / share,
            (guess_control - values) / (1 - share),
        )
        return Contrast(
            people_control=people_control,
            people_treated=people_treated,
            total_control=total_control,
            total_treated=total_treated,
            scores=_running(self.scores, guess_treated - guess_control + residual),
            surprise=_running(self.surprise, residual**2),
        )

    def plus(self, values: Array, treated: Flags, *, share: float) -> "Contrast":
        """Return the state after all of them."""
        return self.path(values, treated, share=share).last() if values.shape[-1] else self
