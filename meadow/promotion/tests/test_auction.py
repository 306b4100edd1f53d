"""The winner pays what it must and no more; who may not be shown never wins."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from meadow.promotion.auction import Entry, Field, Outcome, Reader, Why, decide, decide_by_all

RESERVE = 500
entries = st.builds(
    Entry,
    number=st.just(0),
    author=st.integers(1, 6),
    topic=st.integers(0, 2),
    rate=st.sampled_from([0.01, 0.02, 0.05]),
    quality=st.sampled_from([500, 1000, 1300]),
    cap=st.integers(0, 2),
    low=st.sampled_from([0.0, 20_000.0]),
    high=st.sampled_from([20_000.0, 100_000.0, 333_333.0]),
    share=st.sampled_from([0.0, 0.5, 1.0]),
    money=st.sampled_from([0, 900, 10_000]),
)


def field_of(rows: list[Entry]) -> Field:
    live = Field()
    for place, entry in enumerate(rows):
        live.enter(place=place, entry=entry)
    return live


def numbered(rows: list[Entry]) -> list[Entry]:
    return [replace(entry, number=100 + place) for place, entry in enumerate(rows)]


def simple(*bids: int, quality: int = 1000) -> list[Entry]:
    """Return campaigns that bid so many micro units for one impression."""
    return numbered(
        [
            Entry(
                0,
                author=50 + place,
                topic=0,
                rate=1.0,
                quality=quality,
                low=bid,
                high=bid,
                money=10**6,
            )
            for place, bid in enumerate(bids)
        ]
    )


def reader(**given: object) -> Reader:
    return replace(Reader(person=1, seed=77, affinity=np.ones(3)), **given)  # type: ignore[arg-type]


def run(rows: list[Entry], who: Reader, *, reserve: int = RESERVE) -> Outcome:
    live = field_of(rows)
    candidates = np.arange(len(rows), dtype=np.uint32)
    return decide(live=live, candidates=candidates, reader=who, reserve=reserve)


def held(*numbers: int) -> object:
    return lambda asked: np.isin(asked, numbers)


@settings(max_examples=60, deadline=None)
@given(st.lists(entries, max_size=40), st.integers(0, 2**64 - 1), st.data())
def test_the_price_is_between_reserve_and_bid_and_beats_the_runner_up(
    rows: list[Entry], seed: int, data: st.DataObject
) -> None:
    rows = numbered(rows)
    numbers = [entry.number for entry in rows] or [0]
    who = reader(
        seed=seed,
        affinity=np.array([0.5, 1.0, 2.0]),
        blocked=frozenset({2}),
        seen=dict.fromkeys(data.draw(st.lists(st.sampled_from(numbers), max_size=5)), 1),
        held_out=held(*data.draw(st.lists(st.sampled_from(numbers), max_size=5))),
    )

    outcome = run(rows, who)

    if outcome.place is None:
        return
    won = rows[outcome.place]
    assert RESERVE <= outcome.price <= outcome.bid <= won.money
    assert won.author not in (1, 2)
    assert not won.cap or who.seen.get(won.number, 0) < won.cap
    assert outcome.number not in outcome.ghosts
    if outcome.runner_up is not None:
        alone = run([rows[outcome.runner_up - 100]], who)
        second = alone.bid * rows[outcome.runner_up - 100].quality
        assert outcome.price * won.quality >= second


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.integers(200, 1500), st.sampled_from([0, 300, 20_000]))
def test_the_index_answers_as_weighing_all_does(seed: int, count: int, reserve: int) -> None:
    luck = np.random.default_rng(seed)
    live, who = made(luck, count)
    candidates = np.flatnonzero(luck.random(count) < 0.7).astype(np.uint32)

    found = decide(live=live, candidates=candidates, reader=who, reserve=reserve)
    all_weighed = decide_by_all(live=live, candidates=candidates, reader=who, reserve=reserve)

    same = ("place", "number", "price", "bid", "runner_up", "matched")
    assert [getattr(found, name) for name in same] == [getattr(all_weighed, name) for name in same]
    assert set(found.ghosts) == set(all_weighed.ghosts)


def made(luck: np.random.Generator, count: int) -> tuple[Field, Reader]:
    rows = [
        Entry(
            number=10_000 + place,
            author=int(luck.integers(1, 20)),
            topic=int(luck.integers(0, 3)),
            rate=float(luck.choice([0.01, 0.03])),
            quality=int(luck.integers(5, 15)) * 100,
            cap=1,
            low=0.0,
            high=float(luck.integers(1, 40)) * 10_000,
            share=float(luck.choice([0.2, 1.0])),
            money=int(luck.choice([0, 2_000, 10**6])),
        )
        for place in range(count)
    ]
    who = Reader(
        person=1,
        seed=int(luck.integers(0, 2**62)),
        affinity=luck.random(3) * 2,
        blocked=frozenset({3, 4, 5}),
        seen={10_000 + int(each): 1 for each in luck.integers(0, count, 50)},
        held_out=_tenth,
    )
    return field_of(rows), who


def _tenth(numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.asarray(numbers % 10 == 3, bool)


def test_the_second_price_is_paid_and_the_reserve_where_nobody_else_bids() -> None:
    assert run(simple(4_000, 9_000, 7_000), reader()).price == 7_000
    assert run(simple(9_000), reader()).price == RESERVE
    assert run(simple(RESERVE - 1), reader()).place is None


def test_better_quality_wins_and_pays_less() -> None:
    rows = [*simple(6_000), *simple(0, 8_000)[1:]]
    better = [replace(rows[0], quality=2_000), rows[1]]

    outcome = run(better, reader())

    assert (outcome.number, outcome.price) == (100, 4_000)


@given(st.lists(st.integers(RESERVE, 50_000), min_size=1, max_size=8), st.integers(1, 60_000))
@settings(max_examples=60, deadline=None)
def test_bidding_ones_worth_is_best(others: list[int], other_bid: int) -> None:
    worth = 20_000

    def gain(bid: int) -> int:
        outcome = run(simple(bid, *others), reader())
        return worth - outcome.price if outcome.number == 100 else 0

    assert gain(worth) >= gain(other_bid)


@given(st.lists(st.integers(RESERVE, 50_000), min_size=2, max_size=8), st.integers(1, 9_999))
@settings(max_examples=40, deadline=None)
def test_who_bids_more_keeps_the_win_at_the_same_price(bids: list[int], more: int) -> None:
    before = run(simple(*bids), reader())
    assert before.place is not None
    raised = list(bids)
    raised[before.place] += more

    after = run(simple(*raised), reader())

    assert (after.place, after.price) == (before.place, before.price)


def test_who_may_not_be_shown_gives_way_and_is_counted() -> None:
    rows = simple(9_000, 8_000, 7_000, 6_000, 5_000, 100)
    rows[0] = replace(rows[0], author=1)
    rows[1] = replace(rows[1], author=9)
    rows[2] = replace(rows[2], cap=2)
    who = reader(blocked=frozenset({9}), seen={102: 2}, held_out=held(103))

    outcome = run(rows, who)

    assert (outcome.number, outcome.price, outcome.runner_up) == (104, RESERVE, None)
    assert outcome.out == dict.fromkeys(
        (Why.BELOW_RESERVE, Why.OWN, Why.BLOCKED, Why.CAPPED, Why.HELD_OUT), 1
    )
    assert outcome.ghosts == (103,)


def test_a_held_out_campaign_that_would_have_lost_is_no_ghost() -> None:
    outcome = run(simple(9_000, 6_000), reader(held_out=held(101)))

    assert (outcome.number, outcome.ghosts) == (100, ())


def test_equals_win_equally_often() -> None:
    live = field_of(simple(5_000, 5_000, 5_000))
    places = np.arange(3, dtype=np.uint32)
    wins = np.zeros(3, int)
    for seed in range(1_500):
        outcome = decide(live=live, candidates=places, reader=reader(seed=seed), reserve=RESERVE)
        wins[outcome.place or 0] += 1

    assert wins.min() > 430


def test_nobody_bids_beyond_what_was_lent() -> None:
    live = field_of(simple(5_000, 3_000))
    places = np.arange(2, dtype=np.uint32)
    live.spend(place=0, amount=10**6 - 4_000)
    first = decide(live=live, candidates=places, reader=reader(), reserve=RESERVE)

    live.spend(place=0, amount=first.price)
    second = decide(live=live, candidates=places, reader=reader(), reserve=RESERVE)

    assert (first.number, first.bid, first.price) == (100, 4_000, 3_000)
    assert (second.number, second.price) == (101, 1_000)


def test_a_campaign_that_left_does_not_win_and_a_snapshot_says_the_same() -> None:
    live = field_of(simple(9_000, 6_000))
    live.leave(place=0)
    copy = Field.unpack(live.pack())
    places = np.arange(2, dtype=np.uint32)

    found = [
        decide(live=each, candidates=places, reader=reader(), reserve=RESERVE)
        for each in (live, copy)
    ]

    assert found[0] == found[1]
    assert (found[0].number, copy.version) == (101, live.version)


@pytest.mark.parametrize(
    "wrong",
    [{"rate": 1.1}, {"quality": 0}, {"low": 2.0, "high": 1.0}, {"share": 2.0}, {"money": -1}],
)
def test_what_no_auction_can_compare_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="out of its range"):
        Field().enter(place=0, entry=replace(simple(5)[0], **wrong))  # type: ignore[arg-type]
