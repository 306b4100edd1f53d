"""Who lives in a world and what is published in it, as columns; people and notes are row numbers.

People come in this order: creators, fans, bought accounts (an attack's), guests. Guests never sign in.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meadow.simulation import distributions as real
from meadow.simulation.recipe import DAY_MS, FOLLOWS, NOTES, PEOPLE, TASTES, Recipe

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
TOPICS = len(real.TOPIC_COUNTS)
# Mean visits of a person on a day, and follows of a fan: what keeps 50,000 fans near 3 million facts
# in 30 days. The shapes are the source's, only these two levels are ours.
VISITS_A_DAY = 0.115
FOLLOWS_A_FAN = 7.0
GUESTS_A_FAN = 0.1
# Taste: a Dirichlet around the community's topics; the smaller, the more one-sided a person is.
TASTE_SPREAD = 6.0


@dataclass(frozen=True)
class People:
    """Columns, one row a person; `taste` sums to 1 over topics, `visits` is a mean a day."""

    creators: int
    fans: int
    bought: int
    guests: int
    taste: Floats
    visits: Floats
    fame: Floats
    joined_ms: Ints

    @property
    def members(self) -> int:
        """How many have an account; guests follow after them."""
        return self.creators + self.fans + self.bought

    @property
    def first_bought(self) -> int:
        """The row of the first bought account."""
        return self.creators + self.fans


@dataclass(frozen=True)
class Follows:
    """Who follows whom when the world begins, sorted by follower; rows of People."""

    follower: Ints
    followed: Ints
    at_ms: Ints
    first: Ints  # of each person, the place of their first follow; one more at the end


@dataclass(frozen=True)
class Notes:
    """Columns, one row a note, in order of time."""

    author: Ints
    at_ms: Ints
    topic: Ints
    second: Ints
    quality: Floats
    need_ms: Ints


@dataclass(frozen=True)
class World:
    """A world before anything happens in it."""

    recipe: Recipe
    people: People
    follows: Follows
    notes: Notes


def make_world(recipe: Recipe) -> World:
    """Return the world of a recipe, always the same."""
    people = make_people(recipe)
    return World(
        recipe=recipe,
        people=people,
        follows=make_follows(recipe, people),
        notes=make_notes(recipe, people),
    )


def make_people(recipe: Recipe) -> People:
    """Return everybody: fame of creators, tastes, how often each comes, and since when."""
    rng = recipe.rng(PEOPLE)
    bought = max(40, recipe.fans // 50)
    guests = max(1, round(recipe.fans * GUESTS_A_FAN))
    living = recipe.creators + recipe.fans
    fame = real.spread(real.FOLLOWERS, real.even_places(recipe.creators, rng))
    bands = rng.choice(len(real.ACTIVE), size=living, p=real.share(tuple(real.ACTIVE.values())))
    # Within a band, too, a few come much more often than the rest.
    visits = np.array(list(real.VISITS.values()))[bands] * rng.lognormal(-0.5, 1.0, living)
    visits *= VISITS_A_DAY / visits.mean()
    tenure = real.spread(real.TENURE_DAYS, rng.random(living))
    joined = recipe.start_ms - (tenure * DAY_MS).astype(np.int64)
    fresh = recipe.start_ms - rng.integers(DAY_MS, 3 * DAY_MS, bought)
    popular = real.share(real.TOPIC_COUNTS)
    taste = recipe.rng(TASTES).standard_gamma(
        np.broadcast_to(popular * TASTE_SPREAD, (living + bought + guests, TOPICS))
    )
    taste += 1e-9
    taste /= taste.sum(axis=1, keepdims=True)
    return People(
        creators=recipe.creators,
        fans=recipe.fans,
        bought=bought,
        guests=guests,
        taste=taste,
        visits=np.concatenate([visits, np.zeros(bought), np.full(guests, VISITS_A_DAY * 1.2)]),
        fame=fame,
        joined_ms=np.concatenate([joined, fresh, np.full(guests, recipe.start_ms)]),
    )


def make_follows(recipe: Recipe, people: People) -> Follows:
    """Return who follows whom: as many as the source's people follow, the famous most."""
    rng = recipe.rng(FOLLOWS)
    living = recipe.creators + recipe.fans
    wanted = real.spread(real.FOLLOWING, real.even_places(living, rng))
    wanted *= FOLLOWS_A_FAN / wanted.mean()
    # Rounded by lot, so that the mean stays: a wish for 0.3 follows is one in three people.
    counts = np.floor(wanted + rng.random(living)).astype(np.int64)
    counts = np.minimum(counts, recipe.creators // 2)
    follower = np.repeat(np.arange(living), counts)
    ladder = np.cumsum(people.fame + 1)
    followed = np.searchsorted(ladder, rng.random(len(follower)) * ladder[-1], side="right")
    keys = np.unique((follower * recipe.creators + followed)[follower != followed])
    follower, followed = keys // recipe.creators, keys % recipe.creators
    since = np.maximum(people.joined_ms[follower], people.joined_ms[followed])
    at = since + (rng.random(len(keys)) * (recipe.start_ms - since)).astype(np.int64)
    first = np.searchsorted(follower, np.arange(people.members + people.guests + 1))
    return Follows(follower=follower, followed=followed, at_ms=at, first=first)


def make_notes(recipe: Recipe, people: People) -> Notes:
    """Return what is published: each creator at their own pace, of their own one or two topics."""
    rng = recipe.rng(NOTES)
    paces = np.array(list(real.VIDEOS_IN_THREE_DAYS))
    weights = real.share(tuple(real.VIDEOS_IN_THREE_DAYS.values()))
    pace = rng.choice(paces, size=recipe.creators, p=weights) / 3
    author = np.repeat(np.arange(recipe.creators), rng.poisson(pace * recipe.days))
    count = len(author)
    day = rng.integers(0, recipe.days, count)
    hour = rng.choice(24, size=count, p=real.hour_shares())
    at = recipe.start_ms + day * DAY_MS + hour * 3_600_000 + rng.integers(0, 3_600_000, count)
    order = np.lexsort((author, at))
    author, at = author[order], at[order]
    favourite = np.argsort(people.taste[: recipe.creators], axis=1)[:, ::-1]
    # Four notes in five are of what their author cares for most.
    main = np.where(rng.random(count) < 0.8, 0, 1)
    gift = rng.normal(0.0, 0.6, recipe.creators)
    length = real.spread(real.DURATION, rng.random(count)) * real.READING
    return Notes(
        author=author,
        at_ms=at,
        topic=favourite[author, main],
        second=favourite[author, 1 - main],
        quality=gift[author] + rng.normal(0.0, 0.5, count),
        need_ms=np.clip(length * 1000, 2000, 600_000).astype(np.int64),
    )


def lift(world: World, person: Ints, note: Ints) -> Floats:
    """Return how much more each person cares for a note's topics than for an average topic: 1 is
    average. This is the truth that rankers are to find."""
    taste, notes = world.people.taste, world.notes
    care = 0.75 * taste[person, notes.topic[note]] + 0.25 * taste[person, notes.second[note]]
    return np.asarray(np.clip(care * TOPICS, 0.02, 20.0), dtype=np.float64)
