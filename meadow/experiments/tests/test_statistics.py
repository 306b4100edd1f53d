"""What always holds of the intervals, and exact values where they can be had another way."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meadow.experiments.statistics.boundaries import (
    LARGEST_TILT,
    TILT_RATIO,
    TILTS,
    empirical_bernstein_radius,
    normal_mixture_factor,
)
from meadow.experiments.statistics.differences import (
    bounded_difference_interval,
    mean_difference_interval,
    ratio_difference_interval,
)
from meadow.experiments.statistics.intervals import Intervals
from meadow.experiments.statistics.mismatch import mismatch_p
from meadow.experiments.statistics.single import (
    FEWEST,
    bounded_mean_interval,
    log_rate_evidence,
    mean_interval,
    rate_interval,
    ratio_interval,
)
from meadow.experiments.statistics.special import log_beta, log_gamma
from meadow.experiments.statistics.streams import BoundedMoments, Contrast, Moments, PairMoments

unit_values = st.lists(st.floats(0, 1, width=32), min_size=1, max_size=60)
person = st.tuples(st.floats(0, 1, width=32), st.booleans())
people_of_two_arms = st.lists(person, min_size=1, max_size=60)
amounts = st.lists(st.floats(0, 1e6, width=32), min_size=1, max_size=60)


def split(people: list[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([value for value, _ in people]), np.array([arm for _, arm in people])


def same(one: Intervals, other: Intervals) -> bool:
    return all(
        np.allclose(getattr(one, name), getattr(other, name), rtol=1e-9, atol=1e-12)
        for name in ("low", "high", "estimate")
    )


@given(st.floats(1e-3, 1e7))
def test_log_gamma_agrees_with_the_standard_librarys(x: float) -> None:
    assert float(log_gamma(np.asarray(x))) == pytest.approx(math.lgamma(x), rel=1e-12, abs=1e-12)


def test_log_beta_of_one_half_twice_is_log_pi() -> None:
    half = np.asarray(0.5)

    assert float(log_beta(half, half)) == pytest.approx(math.log(math.pi), abs=1e-13)


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_a_rates_bounds_are_where_the_evidence_reaches_its_goal(hits: int, misses: int) -> None:
    people, successes = np.asarray(float(hits + misses)), np.asarray(float(hits))

    interval = rate_interval(people, successes)

    assert 0 <= interval.low <= interval.estimate <= interval.high <= 1
    for bound in (interval.low, interval.high):
        if 0 < bound < 1:
            evidence = float(log_rate_evidence(people, successes, rate=bound))
            assert evidence == pytest.approx(math.log(20), abs=1e-6)
    assert (interval.low == 0) == (hits == 0)
    assert (interval.high == 1) == (misses == 0)


def test_nobody_has_no_interval() -> None:
    none = np.zeros(())

    assert not rate_interval(none, none).known
    assert not bounded_mean_interval(BoundedMoments.none()).known
    assert not mean_interval(Moments.none()).known
    assert not ratio_interval(PairMoments.none()).known
    assert not bounded_difference_interval(Contrast.none(), share=0.5).known


def test_an_unknown_interval_excludes_nothing() -> None:
    few = mean_interval(Moments.none().plus(np.arange(FEWEST - 1.0)))
    enough = mean_interval(Moments.none().plus(np.arange(FEWEST * 1.0)))

    assert not few.known
    assert (float(few.low), float(few.high)) == (-math.inf, math.inf)
    assert enough.known
    assert enough.low < 49.5 < enough.high


def test_people_who_are_all_the_same_have_no_interval_of_a_mean() -> None:
    # The spread is unknown, not zero: one different person next would move everything.
    assert not mean_interval(Moments.none().plus(np.full(5000, 0.1))).known


def test_a_ratio_waits_for_its_denominator() -> None:
    seldom = np.zeros(1000)
    seldom[:3] = 1.0

    waiting = ratio_interval(PairMoments.none().plus(seldom, seldom * 2))
    standing = ratio_interval(
        PairMoments.none().plus(np.tile([1.0, 0, 2], 400), np.full(1200, 5.0))
    )

    assert not waiting.known
    assert standing.known
    assert float(standing.estimate) == pytest.approx(0.2)


def test_the_boundary_is_where_the_mixture_reaches_its_goal() -> None:
    v = 250.0
    tilts = [LARGEST_TILT / TILT_RATIO**step for step in range(TILTS)]

    radius = float(empirical_bernstein_radius(np.asarray(v), scale=1.0, alpha=0.05))

    mixture = np.mean([math.exp(one * radius - (-math.log1p(-one) - one) * v) for one in tilts])
    assert mixture == pytest.approx(2 / 0.05, rel=1e-2)
    assert mixture >= 2 / 0.05
    assert radius / math.sqrt(v) == pytest.approx(3.70, abs=0.01)


def test_the_normal_mixture_is_narrowest_where_it_is_tuned() -> None:
    n = np.array([100.0, 1000, 5000, 25_000, 1_000_000])

    factors = normal_mixture_factor(n, alpha=0.05)

    assert factors == pytest.approx([6.694, 3.364, 3.035, 3.153, 3.657], abs=1e-3)
    assert factors.argmin() == 2


@given(unit_values)
def test_a_bounded_mean_stays_inside_zero_and_one(values: list[float]) -> None:
    interval = bounded_mean_interval(BoundedMoments.none().plus(np.array(values)))

    assert 0 <= interval.low <= interval.estimate <= interval.high <= 1


@given(unit_values, st.integers(0, 60))
def test_batches_make_no_difference(values: list[float], cut: int) -> None:
    whole, parts = np.array(values), (np.array(values[:cut]), np.array(values[cut:]))

    bounded = BoundedMoments.none().plus(parts[0]).plus(parts[1])
    moments = Moments.none().plus(parts[0]).plus(parts[1])

    assert same(
        bounded_mean_interval(bounded), bounded_mean_interval(BoundedMoments.none().plus(whole))
    )
    assert np.isclose(moments.total, Moments.none().plus(whole).total)
    assert np.isclose(moments.squares, Moments.none().plus(whole).squares)


@given(people_of_two_arms, st.integers(0, 60), st.floats(0.05, 0.95))
def test_batches_make_no_difference_between_arms(
    people: list[tuple[float, bool]], cut: int, share: float
) -> None:
    values, treated = split(people)

    parts = Contrast.none().plus(values[:cut], treated[:cut], share=share)
    parts = parts.plus(values[cut:], treated[cut:], share=share)
    whole = Contrast.none().plus(values, treated, share=share)

    assert same(
        bounded_difference_interval(parts, share=share),
        bounded_difference_interval(whole, share=share),
    )


@given(amounts, st.randoms(use_true_random=False))
def test_the_order_inside_a_batch_makes_no_difference_to_means(
    values: list[float], random: "np.random.Generator"
) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)

    one, other = (Moments.none().plus(np.array(given * 10)) for given in (values, shuffled))

    assert same(mean_interval(one), mean_interval(other))


@given(people_of_two_arms, st.floats(0.05, 0.95))
def test_swapping_the_arms_mirrors_the_difference(
    people: list[tuple[float, bool]], share: float
) -> None:
    values, treated = split(people)

    there = bounded_difference_interval(
        Contrast.none().plus(values, treated, share=share), share=share
    )
    back = bounded_difference_interval(
        Contrast.none().plus(values, ~treated, share=1 - share), share=1 - share
    )

    assert -1 <= there.low <= there.high <= 1
    assert np.isclose(there.low, -back.high, atol=1e-9)
    assert np.isclose(there.high, -back.low, atol=1e-9)


@given(amounts, amounts)
def test_swapping_the_arms_mirrors_differences_of_means_and_ratios(
    control: list[float], treated: list[float]
) -> None:
    arms = [Moments.none().plus(np.array(values * 100)) for values in (control, treated)]
    pairs = [
        PairMoments.none().plus(np.array(values * 100), np.full(len(values) * 100, 3.0))
        for values in (control, treated)
    ]

    for one, other in (
        (mean_difference_interval(*arms), mean_difference_interval(*reversed(arms))),
        (ratio_difference_interval(*pairs), ratio_difference_interval(*reversed(pairs))),
    ):
        assert one.known == other.known
        assert np.isclose(one.low, -other.high)
        assert np.isclose(one.high, -other.low)


@settings(max_examples=50)
@given(people_of_two_arms, st.floats(0.5, 0.99))
def test_more_confidence_is_a_wider_interval_around_the_narrower(
    people: list[tuple[float, bool]], confidence: float
) -> None:
    values, treated = split(people * 5)
    wide, narrow = 1 - (1 + confidence) / 2, 1 - confidence
    contrast = Contrast.none().plus(values, treated, share=0.5)
    bounded, moments = BoundedMoments.none().plus(values), Moments.none().plus(values)
    hits, count = np.asarray(float((values > 0.5).sum())), np.asarray(float(len(values)))

    pairs = [
        tuple(bounded_difference_interval(contrast, share=0.5, alpha=a) for a in (wide, narrow)),
        tuple(bounded_mean_interval(bounded, alpha=a) for a in (wide, narrow)),
        tuple(mean_interval(moments, alpha=a) for a in (wide, narrow)),
        tuple(rate_interval(count, hits, alpha=a) for a in (wide, narrow)),
    ]

    for outer, inner in pairs:
        assert outer.low <= inner.low + 1e-9
        assert inner.high <= outer.high + 1e-9


def test_the_scores_of_a_contrast_average_to_the_difference() -> None:
    rng = np.random.default_rng(5)
    treated = rng.random(200_000) < 0.2
    values = np.where(treated, rng.beta(3, 2, 200_000), rng.beta(2, 3, 200_000))

    interval = bounded_difference_interval(
        Contrast.none().plus(values, treated, share=0.2), share=0.2
    )

    assert float(interval.estimate) == pytest.approx(0.2, abs=0.003)
    assert interval.low < 0.2 < interval.high
    assert float(interval.width) < 0.012


def test_equal_arms_do_not_look_mismatched_and_a_leak_does() -> None:
    half = np.array([0.5, 0.5])

    fair = mismatch_p(np.array([5040.0, 4960.0]), half)
    leaking = mismatch_p(np.array([5300.0, 4700.0]), half)

    assert fair == 1.0
    assert leaking < 1e-5
    assert mismatch_p(np.zeros(2), half) == 1.0


@pytest.mark.slow
def test_sizes_by_chance_seldom_look_mismatched_at_any_look() -> None:
    rng = np.random.default_rng(11)
    shares = np.array([0.7, 0.2, 0.1])
    alarms = 0

    for _ in range(300):
        counts = np.cumsum(rng.multinomial(20, shares, size=100), axis=0)
        alarms += any(mismatch_p(row.astype(float), shares) < 0.05 for row in counts)

    assert alarms <= 15
