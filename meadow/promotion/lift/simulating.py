"""Made orders, watched every minute: what the interval is tried on."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from meadow.experiments.statistics.differences import bounded_difference_interval
from meadow.experiments.statistics.intervals import Array, Intervals, around
from meadow.experiments.statistics.streams import Contrast

MINUTES_A_DAY: Final = 1_440
# The window and the time for late facts, in minutes.
CLOSES_AFTER: Final = MINUTES_A_DAY + 10
FEWEST_EACH: Final = 30


@dataclass(frozen=True)
class Looks:
    """Orders in rows, looks (one a minute, from the first window that ends) in columns."""

    state: Contrast
    intervals: Intervals
    truth: float


def watch_orders(
    chance: np.random.Generator,
    *,
    orders: int,
    people: int,
    rate: float,
    effect: float,
    held_out: float,
) -> Looks:
    """Return what is seen of orders that reach so many people in a day.

    People come with the day (few by night), do it at `rate` where held out and `rate + effect`
    where boosted, both up and down by half with the hour; each is drawn on their own.
    """
    # A day with two humps, as shares of a minute.
    hour = np.arange(MINUTES_A_DAY) / 60
    day = 0.15 + np.exp(-(((hour - 12.5) / 3) ** 2)) + 1.6 * np.exp(-(((hour - 21) / 2) ** 2))
    met = np.sort(chance.choice(MINUTES_A_DAY, (orders, people), p=day / day.sum()), axis=-1)
    boosted = chance.random((orders, people)) >= held_out
    level = 1 + 0.5 * np.sin(met / MINUTES_A_DAY * 2 * np.pi)
    level /= level.mean()
    did = chance.random((orders, people)) < (rate + effect * boosted) * level
    path = Contrast.none().path(did.astype(np.float64), boosted, share=1 - held_out)
    closed = met + CLOSES_AFTER
    minutes = np.arange(CLOSES_AFTER, CLOSES_AFTER + MINUTES_A_DAY)
    counts = np.stack([np.searchsorted(row, minutes, side="right") for row in closed]).astype(
        np.int64
    )
    state = _at(path, counts)
    return Looks(state, bounded_difference_interval(state, share=1 - held_out), truth=effect)


def fixed_sample_intervals(looks: Looks) -> Intervals:
    """Return 95 % intervals that are right at one look planned beforehand: the control."""
    state = looks.state
    control, treated = np.maximum(state.people_control, 1), np.maximum(state.people_treated, 1)
    p, q = state.total_control / control, state.total_treated / treated
    error = np.sqrt(p * (1 - p) / control + q * (1 - q) / treated)
    enough = (state.total_control >= FEWEST_EACH) & (state.total_treated >= FEWEST_EACH)
    return around(estimate=q - p, radius=1.96 * error, enough=enough, floor=-1.0, ceiling=1.0)


def _at(path: Contrast, counts: NDArray[np.int64]) -> Contrast:
    """Return the state after so many people, which may be none."""

    def each(values: Array) -> Array:
        first = np.zeros((*values.shape[:-1], 1))
        found: Array = np.take_along_axis(np.concatenate([first, values], axis=-1), counts, axis=-1)
        return found

    return Contrast(
        people_control=each(path.people_control),
        people_treated=each(path.people_treated),
        total_control=each(path.total_control),
        total_treated=each(path.total_treated),
        scores=each(path.scores),
        surprise=each(path.surprise),
    )
