"""Boundaries that noise crosses with probability at most alpha over the whole of time.

Each rests on Ville's inequality: a non-negative supermartingale that starts at 1 ever reaches
1/alpha with probability at most alpha. An average of such processes is one again, so we average
over tilts `lambda` instead of choosing one.
"""

import math
from typing import Final

import numpy as np

from meadow.experiments.statistics.intervals import Array

# The tilts: from the largest that is of use (below 1) down by a constant ratio. The best tilt for a
# variance v is about sqrt(2 ln(2/alpha) / v), so these serve v from below 10 to above 10^7.
LARGEST_TILT: Final = 0.9
TILT_RATIO: Final = 1.5
TILTS: Final = 18
# Newton's steps come down from above, so a boundary is never too narrow; three leave under 0.1 %.
NEWTON_STEPS: Final = 3
# People at whom the asymptotic boundary is narrowest, relative to a fixed-sample one.
TUNED_AT: Final = 5000


def empirical_bernstein_radius(surprise: Array, *, scale: float, alpha: float) -> Array:
    """Return u such that |sum of (X_i - mean_i)| < u at every time with probability 1 - alpha.

    `surprise` is V, the sum of (X_i - P_i)^2, where P_i predicts X_i from what came before and
    |X_i - P_i| <= `scale`. For 0 <= l < 1, exp(l sum(X_i - mean_i) - psi(l) V), with
    psi(l) = -ln(1 - l) - l (units of `scale`), is a supermartingale: Howard, Ramdas, McAuliffe
    and Sekhon (2021), "Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals
    of Statistics 49(2), Theorem 4, from Fan, Grama and Liu (2015), inequality (4.11). We mix over
    a geometric grid of l (their section 3.5), each side of the interval with alpha / 2.
    """
    v = np.asarray(surprise, dtype=np.float64) / scale**2
    goal = math.log(2 / alpha)
    tilts = [LARGEST_TILT / TILT_RATIO**step for step in range(TILTS)]
    costs = [-math.log1p(-tilt) - tilt for tilt in tilts]
    weight = -math.log(TILTS)
    # Any single tilt already gives a valid boundary; start from the best of them.
    radius = np.full(v.shape, np.inf)
    for tilt, cost in zip(tilts, costs, strict=True):
        np.minimum(radius, (goal - weight + cost * v) / tilt, out=radius)
    for _ in range(NEWTON_STEPS):
        total, slope = np.zeros_like(v), np.zeros_like(v)
        for tilt, cost in zip(tilts, costs, strict=True):
            term = np.exp(weight + tilt * radius - cost * v)
            total += term
            slope += tilt * term
        radius = radius - (np.log(total) - goal) * total / slope
    return radius * scale


def normal_mixture_factor(people: Array, *, alpha: float) -> Array:
    """Return how many standard errors wide each side is after `people`, at every time at once.

    Robbins' normal mixture: sqrt((1 + 1/(n r)) (ln(1 + n r) + 2 ln(1/alpha))), where r is tuned
    to be narrowest at TUNED_AT. Robbins (1970), "Statistical methods related to the law of the
    iterated logarithm", Annals of Mathematical Statistics 41(5); used with an estimated variance
    it is the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas
    (2024), "Time-uniform central limit theory and asymptotic confidence sequences", Annals of
    Statistics 52(6), Theorem 2.2, with their approximation of the best r.
    """
    doubt = -2 * math.log(alpha)
    r = (doubt + math.log(doubt + 1)) / TUNED_AT
    with np.errstate(divide="ignore"):
        grown = np.asarray(people, dtype=np.float64) * r
        return np.sqrt((1 + 1 / grown) * (np.log1p(grown) + doubt))
