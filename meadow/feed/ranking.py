"""Hot's formula, on whole columns at once; docs/algorithms/hot.md explains it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Weights:
    """One version of the rule: what each act is worth, how fast age tells, how much to doubt."""

    like: float
    save: float
    comment: float
    read: float
    half_life_hours: float
    prior_impressions: float
    base_rate: float
    base_impressions: float


@dataclass(frozen=True)
class Counts:
    """Columns of equal length, one row a note; `age_hours` since it was published."""

    likes: Floats
    saves: Floats
    comments: Floats
    reads: Floats
    impressions: Floats
    age_hours: Floats

    def rows(self, places: Ids) -> Floats:
        """Return the figures at some places, a row a note, in the order of these columns."""
        columns = (
            *(self.likes, self.saves, self.comments),
            *(self.reads, self.impressions, self.age_hours),
        )
        return np.stack([column[places] for column in columns], axis=1)


def engagement(counts: Counts, weights: Weights) -> Floats:
    """Return each note's acts, weighted and added up."""
    return (
        weights.like * counts.likes
        + weights.save * counts.saves
        + weights.comment * counts.comments
        + weights.read * counts.reads
    )


def community_rate(counts: Counts, weights: Weights) -> float:
    """Return the engagement an impression brings here on average: the prior for a note unknown.

    A young community leans on `base_rate` as if it had seen it over `base_impressions`.
    """
    acts = float(engagement(counts, weights).sum()) + weights.base_rate * weights.base_impressions
    return acts / (float(counts.impressions.sum()) + weights.base_impressions)


def score(counts: Counts, weights: Weights, rate: float) -> Floats:
    """Return the score of each note: its smoothed engagement rate, halved every half-life.

    The smoothed rate is the posterior mean of a rate with a Gamma prior of mean `rate` worth
    `prior_impressions` impressions (Gelman et al., Bayesian Data Analysis, section 2.6).
    """
    known = counts.impressions + weights.prior_impressions
    smoothed = (engagement(counts, weights) + weights.prior_impressions * rate) / known
    decay = np.exp2(-np.maximum(counts.age_hours, 0.0) / weights.half_life_hours)
    return np.asarray(smoothed * decay, dtype=np.float64)


def best_first(scores: Floats, ids: Ids, size: int) -> NDArray[np.int64]:
    """Return the positions of the `size` best scores; equal scores go to the newer (larger) id."""
    return np.lexsort((-ids, -scores))[:size]


def least_shown_first(impressions: Floats, age_hours: Floats, size: int) -> NDArray[np.int64]:
    """Return the positions of the `size` notes shown least; among equals the youngest first."""
    return np.lexsort((age_hours, impressions))[:size]


def explorable(counts: Counts, *, below: int, days: int, size: int) -> NDArray[np.int64]:
    """Return the positions of the `size` notes to explore: shown fewer than `below` times, no older
    than `days`, those shown least first."""
    little = np.flatnonzero((counts.impressions < below) & (counts.age_hours < days * 24))
    return little[least_shown_first(counts.impressions[little], counts.age_hours[little], size)]
