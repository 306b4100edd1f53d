"""Properties of Hot's formula that docs/algorithms/hot.md promises."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from meadow.feed.ranking import (
    Counts,
    Floats,
    Weights,
    best_first,
    community_rate,
    least_shown_first,
    score,
)

WEIGHTS = Weights(
    like=1.0,
    save=2.0,
    comment=3.0,
    read=0.2,
    half_life_hours=24.0,
    prior_impressions=50.0,
    base_rate=0.1,
    base_impressions=1000.0,
)
whole = st.integers(min_value=0, max_value=1_000_000)
hours = st.floats(min_value=0, max_value=10_000, allow_nan=False)


def one(
    likes: float = 0,
    saves: float = 0,
    comments: float = 0,
    reads: float = 0,
    impressions: float = 0,
    age: float = 0,
) -> Counts:
    def column(value: float) -> Floats:
        return np.array([value], np.float64)

    return Counts(
        likes=column(likes),
        saves=column(saves),
        comments=column(comments),
        reads=column(reads),
        impressions=column(impressions),
        age_hours=column(age),
    )


def score_one(counts: Counts, rate: float = 0.1) -> float:
    return float(score(counts, WEIGHTS, rate)[0])


@given(whole, whole, whole, whole, whole, st.floats(min_value=0, max_value=240))
def test_one_more_act_never_lowers_a_note(
    likes: int, saves: int, comments: int, reads: int, impressions: int, age: float
) -> None:
    before = score_one(one(likes, saves, comments, reads, impressions, age))

    for more in ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)):
        after = score_one(
            one(
                likes + more[0],
                saves + more[1],
                comments + more[2],
                reads + more[3],
                impressions,
                age,
            )
        )
        assert after > before


@given(whole, whole, hours, st.floats(min_value=0.1, max_value=100))
def test_age_never_lifts_a_note(likes: int, impressions: int, age: float, later: float) -> None:
    young = score_one(one(likes=likes, impressions=impressions, age=age))
    old = score_one(one(likes=likes, impressions=impressions, age=age + later))

    assert old <= young


def test_a_half_life_halves_the_score() -> None:
    now = score_one(one(likes=30, impressions=400))
    day_later = score_one(one(likes=30, impressions=400, age=24))

    assert day_later == now / 2


def test_an_unknown_note_scores_the_communitys_rate() -> None:
    assert score_one(one(), rate=0.25) == 0.25


@given(whole, st.integers(min_value=1, max_value=1_000_000), st.floats(0.001, 1.0))
def test_the_smoothed_rate_lies_between_the_prior_and_the_notes_own_rate(
    likes: int, impressions: int, rate: float
) -> None:
    own = likes / impressions

    smoothed = score_one(one(likes=likes, impressions=impressions), rate=rate)

    assert min(own, rate) * (1 - 1e-9) <= smoothed <= max(own, rate) * (1 + 1e-9)


def test_three_lucky_likes_do_not_beat_a_proven_note() -> None:
    lucky = score_one(one(likes=3, impressions=3), rate=0.02)
    proven = score_one(one(likes=300, impressions=2000), rate=0.02)

    assert lucky < proven


def test_a_community_without_impressions_has_the_base_rate() -> None:
    assert community_rate(one(), WEIGHTS) == 0.1


def test_the_community_rate_follows_what_readers_do() -> None:
    rate = community_rate(one(likes=200, impressions=9000), WEIGHTS)

    assert rate == (200 + 100) / 10_000


def test_a_note_from_the_future_gains_nothing() -> None:
    assert score_one(one(likes=5, age=-48)) == score_one(one(likes=5))


def test_best_first_breaks_ties_by_the_newer_note() -> None:
    order = best_first(np.array([1.0, 3.0, 3.0, 2.0]), np.array([10, 11, 12, 13]), 3)

    assert order.tolist() == [2, 1, 3]


def test_least_shown_first_prefers_the_younger_among_equals() -> None:
    order = least_shown_first(np.array([5.0, 0.0, 0.0]), np.array([1.0, 9.0, 2.0]), 2)

    assert order.tolist() == [2, 1]
