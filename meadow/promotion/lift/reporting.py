"""What an order added, with an always-valid interval, or how much more it takes to say."""

import math
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from meadow.experiments.assignment import BUCKETS
from meadow.experiments.statistics.boundaries import empirical_bernstein_radius
from meadow.experiments.statistics.differences import bounded_difference_interval
from meadow.experiments.statistics.intervals import ALPHA
from meadow.experiments.statistics.mismatch import mismatch_p
from meadow.experiments.statistics.streams import Contrast

Floats = NDArray[np.float64]
Share = TypeVar("Share", float, Floats)

# The share that is held out of every order, and the largest; in 10,000.
USUAL_SHARE: Final = 1_000
LARGEST_SHARE: Final = 5_000
SHARE_STEP: Final = 100
# With this chance an order that adds the smallest worthwhile effect is seen to have done so at its end.
POWER_Z: Final = 0.8416  # 80 %
# Beyond this many more people we say "very many" and give no figure.
MOST_PEOPLE: Final = 100_000_000
# Arms of the wrong size: an order whose draw or logging is broken, and no figure is given.
BROKEN: Final = 0.01

Verdict = Literal["added", "took_away", "not_enough_data", "broken"]


@dataclass(frozen=True, slots=True)
class Lift:
    """One outcome of one order, at one look.

    Differences are of rates, boosted less held out; `added` is how many of the boosted people whose
    window has ended would not have done it. `more_impressions` is about how many it still takes, where the
    verdict is not_enough_data; None then means very many.
    """

    verdict: Verdict
    people_boosted: int
    people_held_out: int
    rate_boosted: float
    rate_held_out: float
    difference: float
    low: float
    high: float
    added: float
    added_low: float
    added_high: float
    more_impressions: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """How an order is measured: the share held out, in 10,000, and whether it will be enough."""

    share: int
    is_enough: bool


def report_lift(
    state: Contrast,
    *,
    share_held_out: int,
    impressions_each: float,
    smallest_effect: float,
    alpha: float = ALPHA,
) -> Lift:
    """Return what an order added so far; may be asked at any moment, as often as anybody likes.

    `impressions_each` are those served, a person of either arm. `smallest_effect` is the least
    difference of rates worth knowing: what is further needed is told for the effect seen, but for
    no smaller one. The interval is exact at every size: see docs/algorithms/lift.md.
    """
    boosted_share = 1 - share_held_out / BUCKETS
    told = bounded_difference_interval(state, share=boosted_share, alpha=alpha)
    boosted, held_out = float(state.people_treated), float(state.people_control)
    low, high, difference = float(told.low), float(told.high), float(told.estimate)
    sizes, shares = np.array([held_out, boosted]), np.array([1 - boosted_share, boosted_share])
    people = boosted + held_out
    verdict: Verdict = "not_enough_data"
    if people and mismatch_p(sizes, shares) < BROKEN:
        verdict = "broken"
    elif low > 0:
        verdict = "added"
    elif high < 0:
        verdict = "took_away"
    more = None
    if verdict == "not_enough_data" and people:
        effect = max(abs(difference), smallest_effect)
        spread = float(state.surprise) / people
        extra = people_needed(spread=spread, effect=effect, share=boosted_share, alpha=alpha)
        if extra is not None:
            more = math.ceil(max(extra - people, 1) * impressions_each)
    return Lift(
        verdict=verdict,
        people_boosted=int(boosted),
        people_held_out=int(held_out),
        rate_boosted=float(state.total_treated) / boosted if boosted else 0.0,
        rate_held_out=float(state.total_control) / held_out if held_out else 0.0,
        difference=difference,
        low=low,
        high=high,
        added=difference * boosted,
        added_low=low * boosted,
        added_high=high * boosted,
        more_impressions=more,
    )


def people_needed(
    *, spread: float, effect: float, share: float, alpha: float = ALPHA, sure: float = 0.0
) -> int | None:
    """Return how many people in all the interval needs to exclude zero, or None: MOST_PEOPLE or more.

    `spread` is the mean squared residual of a score (`spread_of` before there are data), `effect`
    the difference of rates, `share` the boosted one; `sure` asks for that many standard errors more
    than the middle of what may come (POWER_Z for a chance of 80 %).
    """

    def is_enough(people: int) -> bool:
        width = _width(people, spread=spread, share=share, alpha=alpha, sure=sure)
        return float(width) <= effect

    if effect <= 0 or not is_enough(MOST_PEOPLE):
        return None
    low, high = 0, MOST_PEOPLE
    while high - low > max(1, high // 1000):
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def _width(
    people: Floats | float,
    *,
    spread: Floats | float,
    share: Floats | float,
    alpha: float,
    sure: float,
) -> Floats:
    v = np.asarray(spread * people, np.float64)
    scale = 1 / np.minimum(share, 1 - share)
    # In units of the scale, which may differ from share to share.
    radius = empirical_bernstein_radius(v / scale**2, scale=1.0, alpha=alpha) * scale
    return np.asarray((radius + sure * np.sqrt(v)) / people, np.float64)


def spread_of(*, rate: float, effect: float, share: Share) -> Share:
    """Return the spread of scores to expect where the held-out do it at `rate`, before any data."""
    boosted = min(rate + effect, 1.0)
    return boosted * (1 - boosted) / share + rate * (1 - rate) / (1 - share)


def plan_holdout(
    *, impressions: int, impressions_each: float, rate: float, smallest_effect: float
) -> Plan:
    """Return the share to hold out of an order of so many impressions, `impressions_each` a person.

    The usual share where that has a chance of 80 % to show `smallest_effect` over `rate` by the end
    of the order, else the smallest that has; the usual one too where none has, since holding out
    more would cost reach and still say nothing.
    """
    shares = np.arange(USUAL_SHARE, LARGEST_SHARE + 1, SHARE_STEP)
    boosted: Floats = 1 - shares / BUCKETS
    people = impressions / impressions_each / boosted
    spread = spread_of(rate=rate, effect=smallest_effect, share=boosted)
    width = _width(people, spread=spread, share=boosted, alpha=ALPHA, sure=POWER_Z)
    enough = np.flatnonzero(width <= smallest_effect)
    if len(enough):
        return Plan(share=int(shares[enough[0]]), is_enough=True)
    return Plan(share=USUAL_SHARE, is_enough=False)
