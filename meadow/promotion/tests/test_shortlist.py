"""A decision in two parts is the decision: whoever turns out to be able, as far as the list reaches."""

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from meadow.promotion.auction import (
    Entry,
    Field,
    Reader,
    decide,
    decide_by_all,
    settle,
    shortlist,
)
from meadow.promotion.auction.shortlist import WITH_HELD_OUT

SIZE = 8
RESERVE = 300


def world(seed: int, count: int, held: int) -> tuple[Field, Reader]:
    luck = np.random.default_rng(seed)
    live = Field()
    for place in range(count):
        high = float(luck.integers(1, 40)) * 10_000
        live.enter(
            place=place,
            entry=Entry(
                number=10_000 + place,
                author=int(luck.integers(1, 20)),
                topic=int(luck.integers(0, 3)),
                rate=float(luck.choice([0.01, 0.03])),
                quality=int(luck.integers(5, 15)) * 100,
                low=0.0,
                high=high,
                share=float(luck.choice([0.2, 1.0])),
                money=int(luck.choice([0, 2_000, 10**6])),
            ),
        )
    who = Reader(
        person=1,
        seed=int(luck.integers(0, 2**62)),
        affinity=luck.random(3) * 2,
        held_out=lambda asked: np.asarray(asked % 10 < held, bool),
    )
    return live, who


worlds = st.builds(world, st.integers(0, 2**32), st.integers(0, 900), st.sampled_from([0, 1, 5]))


@settings(max_examples=40, deadline=None)
@given(worlds, st.integers(0, 2**32))
def test_with_everybody_able_it_is_the_decision(made: tuple[Field, Reader], seed: int) -> None:
    live, who = made
    candidates = np.flatnonzero(np.random.default_rng(seed).random(len(live.bound)) < 0.7)
    candidates = candidates.astype(np.uint32)
    asked: dict[str, Any] = {
        "live": live,
        "candidates": candidates,
        "reader": who,
        "reserve": RESERVE,
    }

    listed = shortlist(**asked, size=SIZE)
    found = settle(listed=listed, able={each.number for each in listed}, reserve=RESERVE)

    whole, quick = decide_by_all(**asked), decide(**asked)
    assert (found.winner.number if found.winner else None) == whole.number == quick.number
    assert found.price == whole.price
    assert (found.runner_up.number if found.runner_up else None) == whole.runner_up
    if len(listed) < WITH_HELD_OUT * SIZE:
        assert {each.number for each in found.ghosts} == set(whole.ghosts)


@settings(max_examples=60, deadline=None)
@given(worlds, st.data())
def test_with_some_able_it_is_the_decision_among_them_as_far_as_the_list_reaches(
    made: tuple[Field, Reader], data: st.DataObject
) -> None:
    live, who = made
    everybody = np.arange(len(live.bound), dtype=np.uint32)
    listed = shortlist(live=live, candidates=everybody, reader=who, reserve=RESERVE, size=SIZE)
    numbers = [each.number for each in listed]
    gone = set(data.draw(st.lists(st.sampled_from(numbers), max_size=10))) if numbers else set()

    found = settle(listed=listed, able=set(numbers) - gone, reserve=RESERVE)

    among = everybody[~np.isin(live.columns["number"], list(gone))]
    whole = decide_by_all(live=live, candidates=among, reader=who, reserve=RESERVE)
    shown = [each for each in listed if not each.held_out]
    able = [each for each in shown if each.number not in gone]
    if len(able) >= 2 or len(shown) < SIZE:
        assert (found.winner.number if found.winner else None) == whole.number
        assert found.price == whole.price
        assert {each.number for each in found.ghosts} == set(whole.ghosts)
    elif able:
        assert found.winner is not None
        assert (found.winner.number, found.price) == (whole.number, RESERVE)
        assert whole.price >= RESERVE


def fixed(*bids: int, held: tuple[int, ...] = ()) -> tuple[Field, Reader]:
    live = Field()
    for place, bid in enumerate(bids):
        live.enter(
            place=place,
            entry=Entry(100 + place, author=50, topic=0, rate=1.0, low=bid, high=bid, money=10**6),
        )
    who = Reader(
        person=1,
        seed=7,
        affinity=np.ones(1),
        held_out=lambda asked: np.asarray(np.isin(asked, held), bool),
    )
    return live, who


def places(count: int) -> NDArray[np.uint32]:
    return np.arange(count, dtype=np.uint32)


def test_held_out_or_not_an_order_wins_against_its_equals_as_often() -> None:
    bids = (5_000,) * 4
    wins: dict[tuple[int, ...], int] = {}
    for held in ((), (101,)):
        for seed in range(400):
            live, who = fixed(*bids, held=held)
            who = replace(who, seed=seed)
            listed = shortlist(live=live, candidates=places(4), reader=who, reserve=1, size=SIZE)
            found = settle(listed=listed, able={100, 101, 102, 103}, reserve=1)
            whole = decide_by_all(live=live, candidates=places(4), reader=who, reserve=1)
            shown = (found.winner.number,) if found.winner else ()
            ghosts = tuple(each.number for each in found.ghosts)
            assert (shown, ghosts) == ((whole.number,), whole.ghosts)
            wins[held] = wins.get(held, 0) + (101 in (shown if not held else ghosts))

    # The lots of the requests are the same: so are the showings that the two arms stand for.
    assert wins[()] == wins[(101,)]
    assert 70 < wins[()] < 130


def test_where_nobody_may_be_shown_all_held_out_are_ghosts() -> None:
    live, who = fixed(9_000, 8_000, 7_000, held=(100, 102))
    listed = shortlist(live=live, candidates=places(3), reader=who, reserve=1, size=SIZE)

    found = settle(listed=listed, able={100, 102}, reserve=1)

    assert (found.winner, found.price) == (None, 0)
    assert [each.number for each in found.ghosts] == [100, 102]


def test_the_draw_is_asked_for_no_more_than_it_takes() -> None:
    live, who = fixed(*range(1_000, 1_060))
    asked: list[int] = []

    def held_out(numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        asked.extend(numbers.tolist())
        return np.zeros(len(numbers), bool)

    who = Reader(person=1, seed=7, affinity=np.ones(1), held_out=held_out)

    listed = shortlist(live=live, candidates=places(60), reader=who, reserve=1, size=SIZE)

    assert [each.number for each in listed] == list(range(159, 151, -1))
    assert len(asked) == SIZE
