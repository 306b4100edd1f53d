"""A simulated day by the shipped rule: every new note gets its 100 showings, while slots last."""

from itertools import islice
from typing import Any

import numpy as np

from meadow.feed.ranking import Counts, best_first, community_rate, explorable, score
from meadow.feed.rules import HOT, hot_weights
from meadow.feed.wall import Position, make_wall, walk

BELOW, EVERY, PAGE = int(HOT["explore_below"]), int(HOT["explore_every"]), 20
OLD, READERS, MINUTES = 200, 300, 120


def live_a_day(*, new: int, pages: int, seed: int, every: int = EVERY) -> Any:
    """Return how often each new note was shown. They are published through the first half of the day;
    nobody is shown a note twice, and nobody likes the new ones, so that the ranking alone never lifts them.
    """
    weights = hot_weights()
    rng = np.random.default_rng(seed)
    count = OLD + new
    shown = np.concatenate([np.full(OLD, 1000.0), np.zeros(new)])
    likes = np.concatenate([np.full(OLD, 400.0), np.zeros(new)])
    born = np.concatenate([np.full(OLD, -600), np.sort(rng.integers(0, MINUTES // 2, new))])
    ids, nothing = np.arange(1, count + 1), np.zeros(count)
    seen: list[set[int]] = [set() for _ in range(READERS)]
    for minute in range(MINUTES):
        here = np.flatnonzero(born <= minute)
        age = (minute - born[here]) / 60
        counts = Counts(likes[here], nothing[here], nothing[here], nothing[here], shown[here], age)
        rate = community_rate(counts, weights)
        ranked = here[best_first(score(counts, weights, rate), ids[here], count)]
        days, size = int(HOT["explore_days"]), int(HOT["pool_size"])
        pool = here[explorable(counts, below=BELOW, days=days, size=size)]
        wall = make_wall(
            version=1,
            explore_every=every,
            newcomer_minutes=10,
            note_ids=ids[ranked],
            author_ids=ids[ranked],
            pool_ids=ids[pool],
            pool_author_ids=ids[pool],
        )
        for _ in range(pages // MINUTES):
            reader = seen[int(rng.integers(READERS))]
            start = Position(1, int(rng.integers(0, 2**32)))
            for pick in islice(walk(wall, start, [], skip=reader), PAGE):
                shown[pick.note_id - 1] += 1
                reader.add(pick.note_id)
    return shown[OLD:]


def test_every_new_note_reaches_its_guaranteed_showings_on_a_day_with_room_for_them() -> None:
    # 40 notes x 100 showings need 4,000 of the 4,800 places that explore on 1,200 pages of 20.
    shown = live_a_day(new=40, pages=1200, seed=1)

    assert shown.min() >= BELOW


def test_control_without_the_places_that_explore_no_new_note_gets_there() -> None:
    shown = live_a_day(new=40, pages=1200, seed=1, every=10_000)

    assert shown.max() < BELOW / 2


def test_a_day_without_room_shares_what_there_is_evenly() -> None:
    shown = live_a_day(new=100, pages=600, seed=2)

    # Every fifth place explores; the ranking brings those some more who have seen its best.
    assert shown.sum() >= 0.95 * 600 * PAGE / EVERY
    assert 25 <= shown.min() <= shown.max() < BELOW
