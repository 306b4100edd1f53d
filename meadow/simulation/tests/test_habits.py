"""Habits add to the odds of a card exactly what they say, and nothing where all are zero."""

import datetime as dt
import math

import numpy as np

from meadow.simulation.days import Shelf, live_day, new_memory
from meadow.simulation.habits import HOUR_MS, Habits, Mood
from meadow.simulation.recipe import Recipe
from meadow.simulation.world import make_world

WORLD = make_world(Recipe(creators=40, fans=400, days=4, seed=9, start=dt.date(2026, 3, 1)))
NONE = Habits(followed=0, new=0, burst=0, shown=0, same_author=0, same_topic=0)


def test_without_any_habit_the_world_is_the_one_that_is_simulated() -> None:
    shelf = Shelf.of(WORLD)
    plain = live_day(WORLD, shelf, new_memory(WORLD), 0)
    moody = live_day(WORLD, shelf, new_memory(WORLD), 0, mood=Mood.of(WORLD, NONE))

    assert np.array_equal(plain.at_ms, moody.at_ms)
    assert np.array_equal(plain.kind, moody.kind)


def test_each_habit_adds_its_share() -> None:
    mood = Mood.of(WORLD, Habits(burst=0))
    follower, author = int(WORLD.follows.follower[0]), int(WORLD.follows.followed[0])
    mine = np.flatnonzero(WORLD.notes.author == author)
    note = int(mine[0]) if len(mine) else 0
    stranger = WORLD.people.members  # a guest follows nobody
    when = WORLD.notes.at_ms[[note]] + 24 * HOUR_MS

    def pull(person: int) -> float:
        return float(mood.pull(np.array([person]), np.array([note]), when)[0])

    assert math.isclose(pull(stranger), 0.25)
    if len(mine):
        assert math.isclose(pull(follower), 0.65)
    mood.remember(np.array([stranger] * 2), np.array([note] * 2), mood.follows)
    assert math.isclose(pull(stranger), 0.25 - 0.6)


def test_a_topic_is_talked_of_for_two_days_and_a_page_of_one_author_bores() -> None:
    mood = Mood.of(WORLD, Habits())
    notes = np.arange(len(WORLD.notes.author))
    begun = [mood.bursts(np.full(len(notes), day), notes) for day in range(3)]
    topics = [set(WORLD.notes.topic[one].tolist()) for one in begun]
    page = np.zeros(10, np.int64)

    assert all(len(one) <= 2 for one in topics)
    assert begun[1].any()
    assert np.allclose(mood.boredom(page), [-0.4 * min(place, 8) for place in range(10)])
