"""Factors of classes of match are found where they are there, stay 1 where not, and calibrate every class."""

import json
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from meadow.promotion.pacing import Calibrator
from meadow.promotion.prediction import Affinity, Belief, Count, Record, expect, teach
from meadow.promotion.prediction.affinities import (
    COUNT,
    LEAST_FACTOR,
    MOST_FACTOR,
    restore_affinity,
    row_of,
)

Floats = NDArray[np.float64]
ORDERS, TOPICS = 24, 6
ALIKE = np.ones(COUNT)


def strata(luck: np.random.Generator, truth: Floats, shares: Floats, many: int) -> list[Floats]:
    """Return showings and responses of orders whose rates differ, of one time."""
    rates = luck.gamma(4.0, 0.08 / 4.0, len(shares))
    shown = np.array([luck.multinomial(many, share) for share in shares], float)
    return [shown, luck.poisson(shown * rates[:, None] * truth).astype(float)]


def test_nothing_learnt_means_that_all_respond_alike() -> None:
    assert Affinity().factors == (1.0, 1.0, 1.0, 1.0)
    assert Affinity().mean == 1.0
    assert restore_affinity({}).factors == (1.0, 1.0, 1.0, 1.0)
    assert Affinity().exposure((5, 3, 0, 2)) == 10.0


def test_a_first_lot_is_learnt_as_the_formula_says() -> None:
    # Of 40 responses 30 come from half of the showings. Curve: 40 x 1/2 x 1/2; pull: 30 - 20.
    found = Affinity().learn(np.array([[100.0, 0, 0, 100]]), np.array([[10.0, 0, 0, 30]]))

    assert found.factors == pytest.approx((1.0, 1.0, 1.0, np.exp(10 / (10 + 20))))
    assert found.mean == pytest.approx((1 + found.factors[3]) / 2)


def test_a_factor_moves_no_sooner_than_it_is_certain_to_have() -> None:
    # A lot: curve 5, pull 2. One is off by 2 / 25 in logarithms, of which 1 / sqrt(25) is uncertain; three
    # are by 6 / 35, of which 1 / sqrt(35) is.
    lot = np.array([[100.0, 0, 0, 100]]), np.array([[8.0, 0, 0, 12]])
    known = Affinity().learn(*lot)
    first = known.factors
    for _ in range(9):
        known = known.learn(*lot)

    assert first == (1.0, 1.0, 1.0, 1.0)
    assert known.factors[3] == pytest.approx(np.exp(6 / 35))


@pytest.mark.parametrize("seed", range(4))
def test_orders_whose_rates_are_wrong_or_whose_readers_are_all_alike_teach_no_wrong_factor(
    seed: int,
) -> None:
    # Twenty of thirty orders are for people of the last two classes alone.
    luck = np.random.default_rng(seed)
    truth = np.array([1.0, 0.6, 1.8, 2.5])
    shares = np.tile([0.5, 0.3, 0.15, 0.05], (30, 1))
    shares[10:] = [0.0, 0.0, 0.5, 0.5]
    known = Affinity()

    for _ in range(150):
        known = known.learn(*strata(luck, truth, shares, 600))

    # Among the last 50,000 responses those orders that tell the second class have some 2,000 of it: a
    # standard error of 2.5 %, and somewhat more of the rarest.
    assert known.factors == pytest.approx(tuple(truth), rel=0.12)


@pytest.mark.parametrize("seed", range(4))
def test_where_there_is_no_difference_factors_stay_within_a_few_percent_of_1(seed: int) -> None:
    luck = np.random.default_rng(seed)
    shares = np.tile([0.5, 0.3, 0.15, 0.05], (20, 1))
    known = Affinity()

    for _ in range(100):
        known = known.learn(*strata(luck, ALIKE, shares, 300))
        # Few responses are held against the belief that all are alike.
        assert max(abs(np.log(known.factors))) < 0.5

    # Of 40,000 responses 2,000 are of the rarest class: a standard error of 2.3 %.
    assert known.factors == pytest.approx((1, 1, 1, 1), abs=0.09)
    assert known.factors[1] == pytest.approx(1, abs=0.06)


@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, 500), min_size=COUNT, max_size=COUNT),
            st.lists(st.floats(0, 1), min_size=COUNT, max_size=COUNT),
        ),
        max_size=8,
    )
)
def test_whatever_comes_factors_are_bounded_the_first_is_1_and_all_is_kept(
    lots: list[tuple[list[int], list[float]]],
) -> None:
    known = Affinity()
    for shown, shares in lots:
        counts = np.array([shown], float)
        known = known.learn(counts, np.floor(counts * shares))

    assert known.factors[0] == 1.0
    assert all(LEAST_FACTOR <= each <= MOST_FACTOR for each in known.factors)
    assert restore_affinity(json.loads(json.dumps(known.state()))).factors == known.factors


def test_a_class_of_a_later_release_is_held_for_the_first() -> None:
    assert row_of({0: (5, 1), 2: (3, 2), 9: (4, 0)}) == ((9, 0, 3, 0), (1, 0, 2, 0))


@dataclass
class Shown:
    """What a world showed, brought and was expected to bring, by class; `paid` in prices."""

    shown: Floats = field(default_factory=lambda: np.zeros(COUNT))
    brought: Floats = field(default_factory=lambda: np.zeros(COUNT))
    expected: Floats = field(default_factory=lambda: np.zeros(COUNT))
    paid: float = 0.0


def play(seed: int, truth: Floats, *, learns: bool, rounds: int, pages: int = 4_000) -> Shown:
    """Return what the later half of the rounds came to.

    Orders bid luck x rate x factor; the highest is shown and pays the second. Half of the readers are not
    known; the others have one or two interests, and each note one or two topics.
    """
    luck = np.random.default_rng(seed)
    rates = luck.gamma(9.0, 0.1 / 9.0, ORDERS)
    topics = luck.random((ORDERS, TOPICS)) < 2 / TOPICS
    belief = Belief(base=0.1, prior=60.0, middle=0.1, calibrator=Calibrator(middle=0.1))
    paid = np.zeros((ORDERS, COUNT, 2))
    raw = rates * np.exp(luck.normal(0, 0.2, ORDERS)) / 0.6
    later = Shown()

    for turn in range(rounds):
        interests = luck.random((pages, TOPICS)) < 2 / TOPICS
        shared = np.minimum(interests.astype(int) @ topics.T.astype(int), COUNT - 2) + 1
        real = shared.copy()
        shared[luck.random(pages) < 0.5] = 0
        factors = np.array(belief.affinity.factors)
        worth = paid[:, :, 0] @ factors, paid[:, :, 1].sum(axis=1)
        known = [Count(*each) for each in zip(*worth, strict=True)]
        rate = np.array(
            [
                expect(Record(note=Count(400, 400 * one), paid=count), belief).rate
                for one, count in zip(raw, known, strict=True)
            ]
        )
        bid = luck.exponential(1.0, (pages, ORDERS)) * rate * factors[shared]
        winner = bid.argmax(axis=1)
        rows = np.arange(pages)
        won = shared[rows, winner]
        chance = np.minimum(rates[winner] * truth[real[rows, winner]], 1.0)
        answered = luck.random(pages) < chance
        shown, brought = (
            np.bincount(winner * COUNT + won, weights, ORDERS * COUNT).reshape(ORDERS, COUNT)
            for weights in (None, answered)
        )
        if turn >= rounds // 2:
            later.shown += shown.sum(axis=0)
            later.brought += brought.sum(axis=0)
            later.expected += (shown * rate[:, None] * factors).sum(axis=0)
            later.paid += float(np.partition(bid, -2, axis=1)[:, -2].sum())
        for one in np.flatnonzero(shown.sum(axis=1)).tolist():
            exposure = belief.affinity.exposure(tuple(shown[one]))
            teach(belief, raw=raw[one], shown=exposure, responses=int(brought[one].sum()))
        if learns:
            belief = replace(
                belief, affinity=belief.affinity.learn(shown.astype(float), brought.astype(float))
            )
        paid[:, :, 0] += shown
        paid[:, :, 1] += brought
    return later


@pytest.mark.parametrize("seed", range(2))
def test_every_class_is_calibrated_though_who_wins_is_who_was_expected_to_respond(
    seed: int,
) -> None:
    threefold = np.array([1.0, 0.5, 1.5, 1.5])

    found = play(seed, threefold, learns=True, rounds=400, pages=6_000)
    blind = play(seed, threefold, learns=False, rounds=400, pages=6_000)

    # Some 160,000 responses, 4,000 at least in each class: chance moves a quotient by 1.6 % at most.
    assert found.brought.min() > 4_000
    assert found.expected / found.brought == pytest.approx(ALIKE, abs=0.05)
    # Told apart by nothing, readers with nothing in common are expected to respond twice as often.
    assert (blind.expected / blind.brought)[1] > 1.5
    assert found.brought.sum() > 1.1 * blind.brought.sum()


@pytest.mark.parametrize("seed", range(2))
def test_where_there_is_no_difference_nothing_is_lost(seed: int) -> None:
    found = play(seed, ALIKE, learns=True, rounds=200)
    blind = play(seed, ALIKE, learns=False, rounds=200)

    assert found.expected / found.brought == pytest.approx(ALIKE, abs=0.05)
    # Some 40,000 responses each: chance moves the quotient by 0.7 %.
    assert found.brought.sum() / blind.brought.sum() == pytest.approx(1.0, abs=0.03)
