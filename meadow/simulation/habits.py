"""What readers do for other reasons than taste and quality; the worlds of `meadow simulate` have none of it.

How strong each is, is assumed: no public source that Meadow draws from tells. A ranker's features have
something to find here, so that leaving one out can cost; docs/algorithms/ranking.md says what that shows
and what not.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from meadow.simulation.recipe import DAY_MS, HABITS
from meadow.simulation.world import TOPICS, Floats, Ints, World

HOUR_MS: Final = 3_600_000
DAYS_REMEMBERED: Final = 3
MOST_SHOWN: Final = 5
LOOK_BACK: Final = 8


@dataclass(frozen=True)
class Habits:
    """What is added to the odds of opening a card, in logarithms."""

    followed: float = (
        0.4  # by somebody one follows, wherever it is met: as much as on the Follow page
    )
    new: float = 0.5  # just published; half of it is left after `new_hours`
    new_hours: float = 24.0
    burst: float = 0.8  # under the topic that everybody talks of, for `burst_days`
    burst_days: int = 2
    shown: float = -0.3  # for each time it was shown to the same person in the last three days
    same_author: float = -0.3  # for each of the eight cards before by its author
    same_topic: float = -0.1  # for each of the eight cards before under its topic


@dataclass
class Mood:
    """The habits of a world while it is lived: who follows whom by now, and what was shown lately."""

    world: World
    habits: Habits
    follows: Ints  # person x creators + creator, sorted
    lately: list[Ints]  # of each of the last days, sorted: person x notes + note

    @classmethod
    def of(cls, world: World, habits: Habits) -> "Mood":
        """Return the mood of the first morning."""
        follows = world.follows.follower * world.people.creators + world.follows.followed
        return cls(world=world, habits=habits, follows=np.sort(follows), lately=[])

    def pull(self, person: Ints, note: Ints, at_ms: Ints) -> Floats:
        """Return what habits add to the odds of each of these cards, what stands before it left out."""
        notes, recipe, habits = self.world.notes, self.world.recipe, self.habits
        age = np.maximum(at_ms - notes.at_ms[note], 0) / HOUR_MS
        day = (at_ms - recipe.start_ms) // DAY_MS
        follows = _holds(self.follows, person * self.world.people.creators + notes.author[note])
        keys = person * len(notes.author) + note
        shown = sum((_times(one, keys) for one in self.lately), np.zeros(len(keys)))
        return np.asarray(
            habits.followed * follows
            + habits.new * np.exp2(-age / habits.new_hours)
            + habits.burst * self.bursts(day, note)
            + habits.shown * np.minimum(shown, MOST_SHOWN),
            dtype=np.float64,
        )

    def bursts(self, day: Ints, note: Ints) -> NDArray[np.bool_]:
        """Return which notes are under a topic that everybody talks of on these days: one begins each day."""
        recipe, notes = self.world.recipe, self.world.notes
        begun = recipe.rng(HABITS).integers(0, TOPICS, recipe.days + 1)
        talked = np.zeros((recipe.days + 1, TOPICS), dtype=bool)
        for later in range(self.habits.burst_days):
            days = np.arange(later, recipe.days + 1)
            talked[days, begun[days - later]] = True
        return np.asarray(talked[day, notes.topic[note]], dtype=bool)

    def remember(self, person: Ints, note: Ints, follows: Ints) -> None:
        """End a day: these cards were shown on it, and these are all follows by now."""
        keys = np.sort(person * len(self.world.notes.author) + note)
        self.lately = [*self.lately, keys][-DAYS_REMEMBERED:]
        self.follows = np.sort(follows)

    def boredom(self, page: Ints) -> Floats:
        """Return what the cards before each card of a page add to its odds."""
        notes = self.world.notes
        place = np.arange(len(page))
        apart = place[:, None] - place[None, :]
        before = (apart > 0) & (apart <= LOOK_BACK)
        author, topic = notes.author[page], notes.topic[page]
        same_author = (before & (author[:, None] == author[None, :])).sum(axis=1)
        same_topic = (before & (topic[:, None] == topic[None, :])).sum(axis=1)
        return np.asarray(
            self.habits.same_author * same_author + self.habits.same_topic * same_topic, np.float64
        )


def _times(keys: Ints, wanted: Ints) -> Floats:
    """Return how often each of `wanted` is among `keys`, which are sorted."""
    low, high = (np.searchsorted(keys, wanted, side=side) for side in ("left", "right"))
    return np.asarray(high - low, dtype=np.float64)


def _holds(keys: Ints, wanted: Ints) -> NDArray[np.bool_]:
    return _times(keys, wanted) > 0
