"""The logarithms of the gamma and beta functions, for arrays."""

from typing import Final

import numpy as np

from meadow.experiments.statistics.intervals import Array

# Stirling's series needs a large argument: smaller ones are shifted up by the recurrence.
SHIFT: Final = 8
HALF_LOG_TWO_PI: Final = 0.9189385332046727
# B(2k) / (2k (2k-1)): Abramowitz and Stegun, Handbook of Mathematical Functions, 6.1.41.
STIRLING: Final = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)


def log_gamma(x: Array) -> Array:
    """Return ln Γ(x) for positive x, to about 14 digits (Abramowitz and Stegun, 6.1.15, 6.1.41)."""
    product = np.ones_like(x)
    for step in range(SHIFT):
        product = product * (x + step)
    z = x + SHIFT
    inverse = 1 / z
    square = inverse * inverse
    tail = np.zeros_like(z)
    for coefficient in reversed(STIRLING):
        tail = tail * square + coefficient
    return (z - 0.5) * np.log(z) - z + HALF_LOG_TWO_PI + tail * inverse - np.log(product)


def log_beta(a: Array, b: Array) -> Array:
    """Return ln B(a, b) for positive a and b."""
    return log_gamma(a) + log_gamma(b) - log_gamma(a + b)
