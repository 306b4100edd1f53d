"""Nobody is singled out: not by one answer, not by comparing all that a buyer may get."""

import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from meadow.promotion.audiences.alternatives import Alternative
from meadow.promotion.audiences.counting import count_people
from meadow.promotion.audiences.definition import Term, from_json
from meadow.promotion.audiences.errors import TooManySizes
from meadow.promotion.audiences.floor import (
    ENOUGH,
    FLOOR,
    LARGEST_NOISE,
    MOST_ANSWERS,
    SPREAD,
    draw_noise,
    estimate_size,
    noise_weights,
    shown,
)
from meadow.promotion.audiences.index import AudienceIndex
from meadow.promotion.audiences.testing import BookInMemory

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
TEA = {"in": "interest", "values": ["tea"]}
LIST = {"in": "list", "values": ["l1"]}


def world(**people: range) -> AudienceIndex:
    index = AudienceIndex(BitMap(range(20_000)), BitMap(range(20_000)))
    for name, each in people.items():
        dimension = "list" if name.startswith("l") else "interest"
        index.fill(dimension=dimension, value=name, people=each)  # type: ignore[arg-type]
    return index


@settings(max_examples=60, deadline=None)
@given(
    *(st.integers(0, 3_000) for _ in range(4)),
    st.sampled_from(
        [
            TEA,
            {"all": [TEA, LIST]},
            {"any": [TEA, {"all": [LIST, {"in": "interest", "values": ["walks"]}]}]},
            {"all": [TEA, {"not": LIST}]},
            {"all": [TEA, {"not": {"in": "look_alike", "values": ["l1:3"]}}]},
        ]
    ),
)
def test_what_passes_is_never_under_the_floor_in_any_part(
    tea: int, shift: int, listed: int, walks: int, data: object
) -> None:
    index = world(tea=range(tea), l1=range(shift, shift + listed), walks=range(walks))
    definition = from_json(data)

    told = estimate_size(index, definition=definition, buyer="b", book=BookInMemory(), now=NOW)

    if told.enough:
        assert told.about is not None
        assert count_people(index, definition=definition) >= FLOOR
        if "l1" in str(data):
            assert listed >= FLOOR
        if isinstance(data, dict) and "any" in data:
            parts = [from_json(one) for one in data["any"]]
            assert all(count_people(index, definition=one) >= FLOOR for one in parts)
    else:
        assert (told.about, told.low, told.high) == (None, None, None)


def test_noise_is_what_it_is_proved_to_be() -> None:
    # Rényi divergences of the noise from itself moved by one person: at most alpha / (2 SPREAD^2),
    # as of a discrete Gaussian, where both can happen; and how often only one can.
    weights = np.array(noise_weights(), dtype=np.float64)
    chances = weights / weights.sum()
    here, moved = chances[1:], chances[:-1]

    for alpha in (1.5, 2, 8, 32, 100):
        bound = alpha / (2 * SPREAD**2)
        for one, other in ((here, moved), (moved, here)):
            each = np.exp(alpha * np.log(one) + (1 - alpha) * np.log(other))
            loss = math.log(float(each.sum())) / (alpha - 1)
            assert loss <= bound
    assert chances[0] < 2e-8
    assert len(chances) == 2 * LARGEST_NOISE + 1
    drawn = [draw_noise() for _ in range(2_000)]
    assert max(map(abs, drawn)) <= LARGEST_NOISE
    assert 80 < np.std(drawn) < 120


def test_all_answers_together_hardly_tell_whether_one_person_is_there() -> None:
    # A buyer spends a whole budget on two audiences that differ by one person, asked in a thousand
    # ways each (a different exclusion each time, say), and guesses from the mean difference.
    chance = np.random.default_rng(20261123)
    weights = np.array(noise_weights(), dtype=np.float64)
    noise = chance.choice(
        np.arange(-LARGEST_NOISE, LARGEST_NOISE + 1),
        p=weights / weights.sum(),
        size=(600, MOST_ANSWERS),
    )
    there = chance.integers(0, 2, 600)
    with_them = 1_500 + there[:, None] + noise[:, : MOST_ANSWERS // 2]
    without = 1_500 + noise[:, MOST_ANSWERS // 2 :]

    right = ((with_them.mean(axis=1) - without.mean(axis=1) > 0.5) == there).mean()

    assert right < 0.6


def test_control_a_floor_on_exact_figures_tells_it_with_one_answer() -> None:
    # A list of 999 accounts of one's own and one other: the floor itself is the answer.
    guesses = []
    for there in (True, False):
        index = world(l1=range(FLOOR), tea=range(FLOOR if there else FLOOR - 1))
        both = count_people(index, definition=from_json({"all": [LIST, TEA]}))
        guesses.append((both >= FLOOR) == there)

    assert guesses == [True, True]


def test_an_answer_stands_for_a_day_whatever_people_do_and_however_it_is_asked() -> None:
    index, book = world(tea=range(5_000)), BookInMemory()
    definition = from_json(TEA)
    told = estimate_size(index, definition=definition, buyer="b", book=book, now=NOW)

    index.fill(dimension="interest", value="tea", people=range(9_000))
    written_otherwise = from_json({"not": {"not": {"all": [TEA, TEA]}}})
    later = NOW + dt.timedelta(hours=23)
    again = estimate_size(index, definition=written_otherwise, buyer="b", book=book, now=later)
    tomorrow = NOW + dt.timedelta(hours=25)
    fresh = estimate_size(index, definition=definition, buyer="b", book=book, now=tomorrow)

    assert again == told
    assert len(book.answers) == 2
    assert fresh.about in range(8_500, 9_501)
    assert told.about in range(4_500, 5_501, 100)


def test_a_buyers_answers_come_to_an_end_and_there_is_room_again() -> None:
    index, book = world(tea=range(5_000)), BookInMemory()
    for number in range(MOST_ANSWERS):
        at = NOW - dt.timedelta(days=2) + dt.timedelta(seconds=number)
        book.keep(buyer="b", question=f"q{number}", answer=2_000, at=at)

    with pytest.raises(TooManySizes) as refused:
        estimate_size(index, definition=from_json(TEA), buyer="b", book=book, now=NOW)

    assert refused.value.params == {"again_at": "2026-12-21 12:00", "days": 29}
    assert len(book.answers) == MOST_ANSWERS
    estimate_size(index, definition=from_json(TEA), buyer="other", book=book, now=NOW)
    in_time = NOW + dt.timedelta(days=28, seconds=1)
    estimate_size(index, definition=from_json(TEA), buyer="b", book=book, now=in_time)


def test_a_buyer_learns_which_part_is_too_small() -> None:
    index = world(tea=range(5_000), l1=range(10), walks=range(3_000, 3_020))
    walks = {"in": "interest", "values": ["walks"]}
    both = {
        "any": [{"all": [TEA, {"not": LIST}]}, {"all": [walks, {"in": "age", "values": ["55-"]}]}]
    }

    told = estimate_size(
        index, definition=from_json(both), buyer="b", book=BookInMemory(), now=NOW, draw=lambda: 0
    )

    assert told.too_small == (
        Alternative(wants=(Term("age", ("55-",)), Term("interest", ("walks",)))),
        Term("list", ("l1",)),
    )
    assert not told.enough


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (0, 0),
        (1_549, 1_500),
        (1_550, 1_600),
        (9_960, 10_000),
        (14_600, 15_000),
        (1_234_567, 1_200_000),
    ],
)
def test_sizes_are_shown_to_two_figures(size: int, told: int) -> None:
    assert shown(size) == told
    assert ENOUGH == 1_500
