"""Always-valid intervals for what one arm adds over another."""

import numpy as np

from meadow.experiments.statistics.boundaries import (
    empirical_bernstein_radius,
    normal_mixture_factor,
)
from meadow.experiments.statistics.intervals import ALPHA, Intervals, around
from meadow.experiments.statistics.single import (
    asymptotic,
    is_enough,
    mean_and_error,
    ratio_and_error,
)
from meadow.experiments.statistics.streams import Contrast, Moments, PairMoments


def bounded_difference_interval(
    state: Contrast, *, share: float, alpha: float = ALPHA
) -> Intervals:
    """Return bounds of treated minus control, for rates and for means of values from 0 to 1.

    Exact at every sample size, for people assigned at random with chance `share`: the mean score
    of the contrast plus and minus the empirical-Bernstein boundary, whose largest residual is one
    over the smaller chance. Nothing is assumed of how people come, change, or differ.
    """
    people = state.people_control + state.people_treated
    both = (state.people_control > 0) & (state.people_treated > 0)
    seen = np.maximum(people, 1.0)
    scale = 1 / min(share, 1 - share)
    radius = empirical_bernstein_radius(state.surprise, scale=scale, alpha=alpha)
    return around(
        estimate=state.scores / seen,
        radius=radius / seen,
        enough=both,
        floor=-1.0,
        ceiling=1.0,
    )


def mean_difference_interval(
    control: Moments, treated: Moments, *, alpha: float = ALPHA
) -> Intervals:
    """Return bounds of the difference of two means without known bounds, enough people in each.

    Asymptotic: Waudby-Smith et al. (2024), section 3, for the difference of means in a randomised
    experiment, whose squared error is the sum of both arms'.
    """
    mean_control, error_control = mean_and_error(control)
    mean_treated, error_treated = mean_and_error(treated)
    people = control.people + treated.people
    return asymptotic(
        estimate=mean_treated - mean_control,
        error=np.hypot(error_control, error_treated),
        factor=normal_mixture_factor(people, alpha=alpha),
        enough=is_enough(control) & is_enough(treated),
    )


def ratio_difference_interval(
    control: PairMoments, treated: PairMoments, *, alpha: float = ALPHA
) -> Intervals:
    """Return bounds of the difference of two ratios, by the delta method; see ratio_interval."""
    ratio_control, error_control, sure_control = ratio_and_error(control, alpha=alpha)
    ratio_treated, error_treated, sure_treated = ratio_and_error(treated, alpha=alpha)
    return asymptotic(
        estimate=ratio_treated - ratio_control,
        error=np.hypot(error_control, error_treated),
        factor=normal_mixture_factor(control.people + treated.people, alpha=alpha),
        enough=sure_control & sure_treated,
    )
