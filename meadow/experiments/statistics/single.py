"""Always-valid intervals for one arm: a rate, a bounded mean, a mean, a ratio."""

import math
from typing import Final

import numpy as np

from meadow.experiments.statistics.boundaries import (
    empirical_bernstein_radius,
    normal_mixture_factor,
)
from meadow.experiments.statistics.intervals import ALPHA, Array, Flags, Intervals, around
from meadow.experiments.statistics.special import log_beta
from meadow.experiments.statistics.streams import BoundedMoments, Moments, PairMoments

# People an arm must have before the central limit theorem is leant on.
FEWEST: Final = 100
# And nobody may make up more than this part of the sum of squares: a mean that hangs on a few people
# is far from normal, however many others there are (Lindeberg's condition, as far as data show it).
LARGEST_PART: Final = 0.05
# A ratio waits until its denominator is known to within this share of itself.
LOOSEST_DENOMINATOR: Final = 0.5
NEWTON_STEPS: Final = 8
LOG_PI: Final = math.log(math.pi)


def log_rate_evidence(people: Array, successes: Array, *, rate: float | Array) -> Array:
    """Return the logarithm of the evidence against `rate`, a martingale where it is the truth.

    The beta-binomial mixture with Jeffreys' Beta(1/2, 1/2): Robbins (1970); Howard et al. (2021),
    section 3.2; it reaches 1/alpha with probability at most alpha, exactly, from the first person.
    """
    failures = people - successes
    with np.errstate(divide="ignore", invalid="ignore"):
        likelihood = np.where(successes > 0, successes * np.log(rate), 0.0)
        likelihood += np.where(failures > 0, failures * np.log1p(-np.asarray(rate)), 0.0)
    evidence: Array = log_beta(successes + 0.5, failures + 0.5) - LOG_PI - likelihood
    return evidence


def rate_interval(people: Array, successes: Array, *, alpha: float = ALPHA) -> Intervals:
    """Return bounds of the share of people who do something: all rates without enough evidence.

    Exact at every sample size.
    """
    people, successes = np.asarray(people, float), np.asarray(successes, float)
    rate = np.divide(successes, people, out=np.full(people.shape, 0.5), where=people > 0)
    # By how much the evidence may grow from its smallest, which it has at the observed rate.
    room = -math.log(alpha) - log_rate_evidence(people, successes, rate=rate)
    low = _lowest_rate(successes, people - successes, room=room)
    high = 1 - _lowest_rate(people - successes, successes, room=room)
    return Intervals(low=low, high=high, estimate=rate, known=(low > 0) | (high < 1))


def _lowest_rate(successes: Array, failures: Array, *, room: Array) -> Array:
    """Return the rate below the observed one at which the log-likelihood has fallen by `room`.

    Newton's steps on a convex function, from outside: what they return is never inside.
    """
    some = successes > 0
    hits, rest = np.where(some, successes, 1.0), np.where(some, failures, 1.0)
    people = hits + rest
    top = hits / people
    at_top = rest * np.log(np.where(rest > 0, rest / people, 1.0))
    # Outside by Pinsker's inequality, and by leaving out what the failures gain.
    low = np.maximum(top * np.exp((at_top - room) / hits), top - np.sqrt(room / (2 * people)))
    for _ in range(NEWTON_STEPS):
        fall = hits * np.log(top / low) + at_top - rest * np.log1p(-low) - room
        slope = rest / (1 - low) - hits / low
        low = np.where(slope < 0, low - fall / np.where(slope < 0, slope, 1.0), low)
    return np.where(some, low, 0.0)


def bounded_mean_interval(state: BoundedMoments, *, alpha: float = ALPHA) -> Intervals:
    """Return bounds of the mean of values from 0 to 1, exact at every sample size.

    See boundaries.empirical_bernstein_radius: the width follows the variance, not the bound.
    """
    radius = empirical_bernstein_radius(state.surprise, scale=1.0, alpha=alpha)
    seen = state.people > 0
    people = np.where(seen, state.people, 1.0)
    return around(
        estimate=np.where(seen, state.total / people, 0.5),
        radius=radius / people,
        enough=seen,
        floor=0.0,
        ceiling=1.0,
    )


def mean_interval(state: Moments, *, alpha: float = ALPHA) -> Intervals:
    """Return bounds of a mean without a known bound, when there are enough people (is_enough).

    Asymptotic: see boundaries.normal_mixture_factor.
    """
    mean, error = mean_and_error(state)
    factor = normal_mixture_factor(state.people, alpha=alpha)
    return asymptotic(estimate=mean, error=error, factor=factor, enough=is_enough(state))


def ratio_interval(state: PairMoments, *, alpha: float = ALPHA) -> Intervals:
    """Return bounds of E[y] / E[x] over people (not of the mean of their own ratios).

    The delta method: the ratio errs like the mean of (y - ratio x) / E[x]; asymptotic as above.
    It waits until the denominator's mean is known to within LOOSEST_DENOMINATOR of itself.
    """
    ratio, error, sure = ratio_and_error(state, alpha=alpha)
    factor = normal_mixture_factor(state.people, alpha=alpha)
    return asymptotic(estimate=ratio, error=error, factor=factor, enough=sure)


def asymptotic(*, estimate: Array, error: Array, factor: Array, enough: Flags) -> Intervals:
    """Return estimate plus and minus factor x error where there is enough, and some spread."""
    spread = enough & (error > 0)
    return around(
        estimate=estimate,
        radius=np.where(spread, np.where(spread, factor, 1.0) * error, np.inf),
        enough=spread,
        floor=-np.inf,
        ceiling=np.inf,
    )


def is_enough(state: Moments) -> Flags:
    """Return where there are enough people, none of whom decides everything."""
    enough: Flags = (state.people >= FEWEST) & (state.largest <= LARGEST_PART * state.squares)
    return enough


def mean_and_error(state: Moments) -> tuple[Array, Array]:
    """Return the mean and its standard error; zeros before anybody came."""
    people = np.maximum(state.people, 1.0)
    mean = state.total / people
    variance = np.maximum(state.squares / people - mean**2, 0.0)
    # A spread below what the running sums can resolve is none.
    variance = np.where(variance > 1e-12 * state.squares / people, variance, 0.0)
    return mean, np.sqrt(variance / np.maximum(state.people - 1, 1.0))


def ratio_and_error(state: PairMoments, *, alpha: float) -> tuple[Array, Array, Flags]:
    """Return the ratio, its standard error, and where the denominator is known well enough."""
    people = np.maximum(state.people, 1.0)
    bottoms = Moments(state.people, state.x, state.xx, state.largest_xx)
    denominator, denominator_error = mean_and_error(bottoms)
    factor = normal_mixture_factor(people, alpha=alpha)
    sure = is_enough(bottoms) & (state.largest_yy <= LARGEST_PART * state.yy) & (denominator > 0)
    sure &= factor * denominator_error <= LOOSEST_DENOMINATOR * denominator
    bottom = np.where(denominator > 0, denominator, 1.0)
    ratio = state.y / people / bottom
    spread = (state.yy - 2 * ratio * state.xy + ratio**2 * state.xx) / people
    scale = (state.yy + ratio**2 * state.xx) / people
    spread = np.where(spread > 1e-12 * scale, spread, 0.0)
    error = np.sqrt(spread / np.maximum(state.people - 1, 1.0)) / bottom
    return ratio, error, sure
