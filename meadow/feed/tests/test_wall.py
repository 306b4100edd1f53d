"""Properties of a walk down a wall: nothing twice, a bounded share explored, authors apart."""

import datetime as dt
from itertools import islice, pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from meadow.feed.wall import (
    Arrival,
    Pick,
    Position,
    RankedWall,
    Shuffle,
    make_wall,
    spread_authors,
    walk,
)

seeds = st.integers(min_value=0, max_value=2**32 - 1)


def wall_of(ranked: list[int], pool: list[int], every: int = 5) -> RankedWall:
    return make_wall(
        version=7,
        explore_every=every,
        newcomer_minutes=10,
        note_ids=np.array(ranked, np.int64),
        author_ids=np.array([note % 7 for note in ranked], np.int64),
        pool_ids=np.array(pool, np.int64),
        pool_author_ids=np.array([note % 7 for note in pool], np.int64),
    )


def arrival(mark: int, note_id: int) -> Arrival:
    return Arrival(
        mark=mark,
        note_id=note_id,
        author_id=note_id % 7,
        published_at=dt.datetime(2026, 5, 1, tzinfo=dt.UTC),
    )


def pick(note_id: int, author_id: int) -> Pick:
    return Pick(note_id, author_id, exploring=False, ranked=0, explored=0, slot=0)


@st.composite
def walls(draw: st.DrawFn) -> tuple[RankedWall, list[Arrival]]:
    ranked = draw(st.lists(st.integers(1, 60), unique=True, max_size=50))
    pool = draw(st.lists(st.integers(1, 90), unique=True, max_size=40))
    fresh = draw(st.lists(st.integers(1, 120), unique=True, max_size=10))
    every = draw(st.integers(2, 7))
    arrivals = [arrival(mark + 1, note) for mark, note in enumerate(fresh)]
    return wall_of(ranked, pool, every), arrivals


@given(walls(), seeds)
def test_a_whole_walk_shows_every_note_exactly_once(
    made: tuple[RankedWall, list[Arrival]], seed: int
) -> None:
    wall, arrivals = made

    seen = [p.note_id for p in walk(wall, Position(7, seed, 0, 99), arrivals)]

    expected = {*wall.note_ids, *wall.pool_ids, *(a.note_id for a in arrivals)}
    assert len(seen) == len(set(seen))
    assert set(seen) == expected


@given(walls(), seeds, st.integers(1, 9))
def test_pages_by_cursor_equal_one_long_walk(
    made: tuple[RankedWall, list[Arrival]], seed: int, size: int
) -> None:
    wall, arrivals = made
    whole = [p.note_id for p in walk(wall, Position(7, seed, 0, 99), arrivals)]

    paged: list[int] = []
    position = Position(7, seed, 0, 99)
    while picks := list(islice(walk(wall, position, arrivals), size)):
        paged += [p.note_id for p in picks]
        position = picks[-1].after(position, last_author=0)

    assert paged == whole


@given(seeds)
def test_every_fifth_slot_and_no_other_explores(seed: int) -> None:
    wall = wall_of(list(range(1, 201)), list(range(1001, 1101)))

    picks = list(islice(walk(wall, Position(7, seed), []), 100))

    assert [p.exploring for p in picks] == [slot % 5 == 4 for slot in range(100)]
    assert [p.note_id > 1000 for p in picks] == [p.exploring for p in picks]


def test_ranked_notes_keep_their_order() -> None:
    wall = wall_of([9, 4, 6, 2, 8], [])

    assert [p.note_id for p in walk(wall, Position(7, 3), [])] == [9, 4, 6, 2, 8]


def test_arrivals_are_explored_before_the_pool() -> None:
    wall = wall_of(list(range(1, 50)), [501, 502, 503])
    arrivals = [arrival(11, 900), arrival(12, 901), arrival(13, 902)]

    picks = [p for p in islice(walk(wall, Position(7, 5, 11, 13), arrivals), 15) if p.exploring]

    assert {p.note_id for p in picks[:2]} == {901, 902}
    assert picks[2].note_id > 500


def test_a_later_arrival_does_not_change_a_session_under_way() -> None:
    wall = wall_of(list(range(1, 50)), [501, 502, 503])
    before = [p.note_id for p in walk(wall, Position(7, 5, 0, 2), [arrival(1, 900)])]

    after = [
        p.note_id for p in walk(wall, Position(7, 5, 0, 2), [arrival(1, 900), arrival(3, 901)])
    ]

    assert after == before


@given(seeds, st.integers(1, 400))
def test_a_shuffle_is_a_permutation_and_knows_its_inverse(seed: int, size: int) -> None:
    shuffle = Shuffle(seed=seed, size=size)

    order = [shuffle.at(place) for place in range(size)]

    assert sorted(order) == list(range(size))
    assert [shuffle.place_of(item) for item in order] == list(range(size))


def test_seeds_give_every_note_about_the_same_chance_to_be_first() -> None:
    firsts = [Shuffle(seed=seed, size=10).at(0) for seed in range(10_000)]

    counts = np.bincount(firsts, minlength=10)

    assert counts.min() > 850
    assert counts.max() < 1150


@settings(max_examples=200)
@given(st.lists(st.integers(1, 4), max_size=12), st.integers(0, 4))
def test_authors_are_apart_wherever_some_order_allows_it(authors: list[int], last: int) -> None:
    picks = [pick(note, author) for note, author in enumerate(authors)]

    spread = spread_authors(picks, last_author=last)

    row = [last, *(p.author_id for p in spread)]
    touching = sum(a == b for a, b in pairwise(row))
    assert sorted(p.note_id for p in spread) == list(range(len(authors)))
    assert (touching == 0) == can_be_apart(authors, last)


def can_be_apart(authors: list[int], last: int) -> bool:
    """Say by exhaustive search whether some order has no author twice in a row."""

    def search(left: tuple[int, ...], before: int) -> bool:
        if not left:
            return True
        return any(
            search(tuple(sorted_without(left, author)), author)
            for author in set(left)
            if author != before
        )

    return search(tuple(sorted(authors)), last)


def sorted_without(left: tuple[int, ...], author: int) -> list[int]:
    rest = list(left)
    rest.remove(author)
    return rest


def test_a_page_without_neighbours_keeps_its_order() -> None:
    picks = [pick(1, 5), pick(2, 6), pick(3, 5), pick(4, 7)]

    assert spread_authors(picks, last_author=7) == picks
