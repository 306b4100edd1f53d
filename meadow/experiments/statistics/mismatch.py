"""Whether the arms have the sizes they were given: the first sign that something is wrong."""

import numpy as np

from meadow.experiments.statistics.intervals import Array
from meadow.experiments.statistics.special import log_gamma


def mismatch_p(people: Array, shares: Array) -> float:
    """Return an always-valid p-value against the arms' `people` coming from their `shares`.

    One over the evidence of a Dirichlet-multinomial mixture around the shares, a martingale while
    they hold: Lindon and Malek (2022), "Anytime-valid inference for multinomial count data",
    NeurIPS. At most alpha at any time with probability at most alpha, exactly.
    """
    people, shares = np.asarray(people, float), np.asarray(shares, float)
    prior = len(shares) * shares
    evidence = float(
        log_gamma(prior.sum())
        - log_gamma(prior.sum() + people.sum())
        + np.sum(log_gamma(prior + people) - log_gamma(prior))
        - np.sum(people * np.log(shares))
    )
    return float(np.exp(-max(evidence, 0.0)))
