"""A simulated day: every note that is published gets its 100 showings, while slots last."""

from itertools import islice

import numpy as np

from meadow.feed.ranking import least_shown_first
from meadow.feed.wall import Position, make_wall, walk

BELOW, EVERY, PAGE = 100, 5, 20


def live_a_day(*, new: int, old: int, pages: int, rankings: int, seed: int) -> np.ndarray:
    """Return how often each new note was shown: published through the first half of the day, read all day."""
    rng = np.random.default_rng(seed)
    shown = np.concatenate([np.full(old, 1000.0), np.zeros(new)])
    born = np.concatenate([np.zeros(old), np.sort(rng.integers(0, rankings // 2, new))])
    ids = np.arange(1, old + new + 1)
    for minute in range(rankings):
        here = np.flatnonzero(born <= minute)
        little = here[shown[here] < BELOW]
        pool = little[least_shown_first(shown[little], minute - born[little], 1000)]
        ranked = here[shown[here] >= BELOW]
        wall = make_wall(
            version=1,
            explore_every=EVERY,
            newcomer_minutes=10,
            note_ids=ids[ranked],
            author_ids=ids[ranked],
            pool_ids=ids[pool],
            pool_author_ids=ids[pool],
        )
        for _ in range(pages // rankings):
            position = Position(1, int(rng.integers(0, 2**32)))
            for pick in islice(walk(wall, position, []), PAGE):
                shown[pick.note_id - 1] += 1
    return shown[old:]


def test_every_new_note_reaches_its_guaranteed_showings_on_a_day_with_room_for_them() -> None:
    # 40 notes x 100 showings need 4,000 of the 4,800 places that explore on 1,200 pages of 20.
    shown = live_a_day(new=40, old=200, pages=1200, rankings=120, seed=1)

    assert shown.min() >= BELOW


def test_without_the_places_that_explore_new_notes_are_not_shown(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("meadow.feed.tests.test_exploration.EVERY", 10_000)

    shown = live_a_day(new=40, old=200, pages=1200, rankings=120, seed=1)

    assert shown.max() == 0


def test_a_day_without_room_shares_what_there_is_evenly() -> None:
    shown = live_a_day(new=100, old=200, pages=600, rankings=60, seed=2)

    # The first minute has nothing to explore; from then on every fifth place is used.
    assert 0.95 <= shown.sum() / (600 * PAGE / EVERY) <= 1
    assert shown.std() < shown.mean()
