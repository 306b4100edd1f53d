"""Prediction: what a showing is expected to bring, from counts; numbers in, numbers out.

Method and guarantees: docs/algorithms/promotion-forecast.md.
"""

from meadow.promotion.prediction.affinities import Affinity, row_of
from meadow.promotion.prediction.learning import (
    WINDOWS,
    Belief,
    estimate_base,
    estimate_prior,
    restore_belief,
    shipped_belief,
    teach,
)
from meadow.promotion.prediction.smoothing import (
    Count,
    Expected,
    Record,
    expect,
    raised,
    weigh_quality,
)

__all__ = [
    "WINDOWS",
    "Affinity",
    "Belief",
    "Count",
    "Expected",
    "Record",
    "estimate_base",
    "estimate_prior",
    "expect",
    "raised",
    "restore_belief",
    "row_of",
    "shipped_belief",
    "teach",
    "weigh_quality",
]
