"""Watched every minute, the interval keeps its word; a fixed-sample one, watched as often, does not."""

from dataclasses import dataclass

import numpy as np
import pytest

from meadow.experiments.statistics.differences import bounded_difference_interval
from meadow.experiments.statistics.intervals import Array, Flags, Intervals
from meadow.experiments.statistics.streams import Contrast
from meadow.promotion.lift.simulating import Looks, fixed_sample_intervals, watch_orders

ORDERS = 1_000


@dataclass(frozen=True)
class Found:
    """Over all orders: how often zero (and the truth) was excluded at one look or more."""

    lost_zero: float
    lost_truth: float
    control_lost_zero: float
    found: float
    bias: float
    error: float


def watch(*, rate: float, effect: float, share: float = 0.1) -> Found:
    chance = np.random.default_rng(20261123)
    lost_zero, lost_truth, control, found, ends = [], [], [], [], []
    for _ in range(10):
        looks = watch_orders(
            chance, orders=ORDERS // 10, people=6_000, rate=rate, effect=effect, held_out=share
        )
        told = looks.intervals
        lost_zero.append(told.excludes(0.0).any(axis=-1))
        lost_truth.append(told.excludes(looks.truth).any(axis=-1))
        control.append(fixed_sample_intervals(looks).excludes(0.0).any(axis=-1))
        found.append(told.low[:, -1] > 0)
        ends.append(told.estimate[:, -1])
    last = np.concatenate(ends)
    return Found(
        lost_zero=float(np.mean(lost_zero)),
        lost_truth=float(np.mean(lost_truth)),
        control_lost_zero=float(np.mean(control)),
        found=float(np.mean(found)),
        bias=float(last.mean() - effect),
        error=float(last.std() / np.sqrt(len(last))),
    )


@pytest.mark.slow
def test_a_thousand_orders_that_add_nothing_are_cleared_whenever_one_looks() -> None:
    found = watch(rate=0.08, effect=0.0)

    assert found.lost_zero <= 0.05
    assert found.control_lost_zero > 0.1
    assert abs(found.bias) < 4 * found.error


@pytest.mark.slow
def test_what_an_order_added_is_recovered() -> None:
    found = watch(rate=0.08, effect=0.05)

    assert found.lost_truth <= 0.05
    assert found.found > 0.4
    assert abs(found.bias) < 4 * found.error


def test_a_look_counts_whose_window_is_over_and_nobody_else() -> None:
    chance = np.random.default_rng(1)

    looks: Looks = watch_orders(chance, orders=3, people=500, rate=0.1, effect=0.0, held_out=0.1)

    people = looks.state.people_control + looks.state.people_treated
    assert (np.diff(people, axis=-1) >= 0).all()
    assert (people[:, 0] < 10).all()
    assert (people[:, -1] == 500).all()
    again: Intervals = bounded_difference_interval(looks.state, share=0.9)
    assert np.array_equal(again.low, looks.intervals.low)


def test_looking_changes_no_observation() -> None:
    # In one piece, or a person at a time as windows end: the same state.
    chance = np.random.default_rng(2)
    did: Array = (chance.random(200) < 0.2).astype(float)
    boosted: Flags = chance.random(200) < 0.9

    whole = Contrast.none().plus(did, boosted, share=0.9)
    piece = Contrast.none()
    for place in range(200):
        piece = piece.plus(did[place : place + 1], boosted[place : place + 1], share=0.9)

    assert float(whole.scores) == pytest.approx(float(piece.scores), rel=1e-12)
    assert float(whole.surprise) == pytest.approx(float(piece.surprise), rel=1e-12)
