"""A simulated world as the feed would know it: its notes as a catalogue, its people as readers."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from meadow.feed.ranking import Counts, Weights, community_rate, engagement, score
from meadow.feed.rules import PERSONAL, hot_weights
from meadow.feed.sources import Catalogue, Reader
from meadow.simulation.days import Shelf, live_day, new_memory
from meadow.simulation.events import CODES, Events, join
from meadow.simulation.habits import Habits, Mood
from meadow.simulation.recipe import DAY_MS, Recipe
from meadow.simulation.world import World, make_world

Floats = NDArray[np.float64]
CREATORS, FANS, DAYS = 300, 4000, 21
# As the feed counts what somebody passed by (feed.services.walls.SERVED_KEPT).
SHOWN_DAYS: Final = 3
STRENGTH: Final = {"read": 1.0, "like": 3.0, "save": 3.0}


@dataclass(frozen=True)
class Lived:
    """A world at the end of its last day; `impressions` of each note, people with an account as readers."""

    world: World
    mood: Mood
    catalogue: Catalogue
    impressions: Floats
    readers: list[Reader]


def rules() -> tuple[Weights, Any]:
    """Return the numbers that ship: the newest rule of Hot and the newest personal one."""
    return hot_weights(), SimpleNamespace(**PERSONAL)


def live(habits: Habits, *, seed: int) -> Lived:
    """Live three weeks."""
    world = make_world(Recipe(CREATORS, FANS, DAYS, seed, dt.date(2026, 5, 1)))
    shelf, memory, mood = Shelf.of(world), new_memory(world), Mood.of(world, habits)
    events = join([live_day(world, shelf, memory, day, mood=mood) for day in range(DAYS)])
    hot, personal = rules()
    catalogue, impressions = catalogue_of(world, events, hot)
    readers = list(readers_of(world, events, mood, personal.history_size))
    return Lived(world, mood, catalogue, impressions, readers)


def catalogue_of(world: World, events: Events, hot: Weights) -> tuple[Catalogue, Floats]:
    """Return the notes at the end of the last day as the feed would read them; note ids are rows + 1."""
    count = len(world.notes.author)

    def of(kind: str) -> Floats:
        rows = events.note[events.kind == CODES[kind]]
        return np.bincount(rows[rows >= 0], minlength=count).astype(np.float64)

    age = (world.recipe.end_ms - world.notes.at_ms) / 3_600_000
    counts = Counts(of("like"), of("save"), of("comment"), of("read"), of("impression"), age)
    rate = community_rate(counts, hot)
    known = counts.impressions + hot.prior_impressions
    own = (engagement(counts, hot) + hot.prior_impressions * rate) / known
    places = np.arange(count)
    catalogue = Catalogue(
        note_ids=places + 1,
        author_ids=world.notes.author + 1,
        age_hours=age,
        quality=np.log(own / rate),
        hot=score(counts, hot, rate),
        topic_places=np.repeat(places, 2),
        topic_ids=np.stack([world.notes.topic, world.notes.second], axis=1).ravel() + 1,
    )
    return catalogue, counts.impressions


def readers_of(world: World, events: Events, mood: Mood, most: int) -> Iterator[Reader]:
    """Yield everybody with an account, with what they did: what they like is not told."""
    kinds = np.array([CODES[kind] for kind in STRENGTH])
    rows = events.take(np.flatnonzero(np.isin(events.kind, kinds)))
    each = np.zeros(len(CODES) + 1)
    each[kinds] = list(STRENGTH.values())
    size = len(world.notes.author)
    keys, inverse = np.unique(rows.person.astype(np.int64) * size + rows.note, return_inverse=True)
    strength = np.bincount(inverse, weights=each[rows.kind])
    last = np.zeros(len(keys), np.int64)
    np.maximum.at(last, inverse, rows.at_ms)
    lately = events.at_ms >= world.recipe.end_ms - SHOWN_DAYS * DAY_MS
    shown = events.take(np.flatnonzero((events.kind == CODES["impression"]) & lately))
    shown_keys, times = np.unique(
        shown.person.astype(np.int64) * size + shown.note, return_counts=True
    )
    nobody = np.empty(0, np.int64)
    for person in range(world.people.members):
        low, high = np.searchsorted(keys, [person * size, (person + 1) * size])
        newest = np.argsort(-last[low:high], kind="stable")[:most]
        begin, end = np.searchsorted(shown_keys, [person * size, (person + 1) * size])
        creators = world.people.creators
        first, until = np.searchsorted(mood.follows, [person * creators, (person + 1) * creators])
        yield Reader(
            person_id=person + 1,
            note_ids=keys[low:high][newest] % size + 1,
            strength=np.log1p(strength[low:high][newest]),
            follows=mood.follows[first:until] % creators + 1,
            hidden_notes=nobody,
            hidden_authors=nobody,
            less_topics=nobody,
            shown_ids=shown_keys[begin:end] % size + 1,
            shown_times=times[begin:end].astype(np.float64),
        )
