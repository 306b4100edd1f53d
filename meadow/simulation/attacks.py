"""Fake engagement planted in a world, each event labelled: what detectors are judged by."""

import numpy as np

from meadow.simulation.days import Memory
from meadow.simulation.events import ATTACK_CODES, SURFACE_CODES, Events, join, make_events
from meadow.simulation.recipe import ATTACKS, DAY_MS, Recipe
from meadow.simulation.world import Ints, World

# What each attack is, as the README beside a world and docs/simulation.md say it.
DESCRIPTIONS = {
    "clockwork": "Readers that read a note every 20 s to the millisecond for two hours a day, 1.1 s each.",
    "impossible_rate": "Readers that read 600 notes in 5 minutes and stayed a minute with each.",
    "token_reuse": "One impression token of a note sent again under 25 fact ids and as many people;"
    " the first use of each is genuine and has no label.",
    "bought_followers": "Accounts made within the two days before, which all follow one creator within"
    " 90 minutes and do nothing else.",
    "like_ring": "Creators few follow, who like every note of each other within the hour and read none.",
}
# One such reader for so many fans, and at least one.
FANS_A_READER = 12_000
CLOCKWORK_EVERY_MS, CLOCKWORK_MS = 20_000, 2 * 3_600_000
FAST_READS, FAST_MS = 600, 300_000
TOKENS, USES = 30, 25
BURST_MS = 90 * 60_000
RING = 12


def plant_attacks(world: World, memory: Memory) -> Events:
    """Return the events of every attack, in order of time, each with its label."""
    rng = world.recipe.rng(ATTACKS)
    if not len(world.notes.author):
        return join([make_events("read", at_ms=np.zeros(0, dtype=np.int64))])
    # Each attack has people of its own, so that it can be judged by itself.
    each = max(1, world.recipe.fans // FANS_A_READER)
    fans = rng.permutation(world.people.fans)[: 2 * each + USES] + world.people.creators
    slow, fast, users = np.split(fans, [each, 2 * each])
    return join(
        [
            *(clockwork(world, int(one), rng) for one in slow),
            *(impossible_rate(world, int(one), rng) for one in fast),
            token_reuse(world, users, rng),
            bought_followers(world, rng),
            like_ring(world, memory, rng),
        ]
    )


def clockwork(world: World, person: int, rng: np.random.Generator) -> Events:
    """Return one reader's reads at a steady beat on three days."""
    parts = []
    for day in rng.permutation(world.recipe.days)[:3]:
        begins = day_start(world.recipe, int(day)) + int(rng.integers(0, DAY_MS - CLOCKWORK_MS))
        at = begins + np.arange(0, CLOCKWORK_MS, CLOCKWORK_EVERY_MS)
        note, at = published_by(world, at, rng)
        parts.append(reads(world, "clockwork", at=at, person=person, note=note, ms=1100))
    return join(parts)


def impossible_rate(world: World, person: int, rng: np.random.Generator) -> Events:
    """Return one reader's 600 reads in five minutes, and the hour they would have taken."""
    day = int(rng.integers(0, world.recipe.days))
    begins = day_start(world.recipe, day) + int(rng.integers(0, DAY_MS - FAST_MS))
    at = begins + np.sort(rng.integers(0, FAST_MS, FAST_READS))
    note, at = published_by(world, at, rng)
    stays = 60_000 + rng.integers(-5000, 5000, len(note))
    read = reads(world, "impossible_rate", at=at, person=person, note=note, ms=1500)
    dwell = make_events(
        "dwell",
        at_ms=at + 400,
        person=person,
        note=note,
        author=world.notes.author[note],
        surface=SURFACE_CODES["hot"],
        ms=stays,
        attack=ATTACK_CODES["impossible_rate"],
    )
    return join([read, dwell])


def token_reuse(world: World, users: Ints, rng: np.random.Generator) -> Events:
    """Return uses of one token after another, all on one creator's notes."""
    creator = int(world.notes.author[rng.integers(0, len(world.notes.author))])
    own = np.flatnonzero(world.notes.author == creator)
    parts = []
    for token in range(1, TOKENS + 1):
        note = int(rng.choice(own))
        begins = int(world.notes.at_ms[note]) + 60_000
        at = begins + np.sort(rng.integers(0, 1_800_000, len(users)))
        read = reads(
            world, "token_reuse", at=at, person=users, note=np.full(len(at), note), ms=1300
        )
        read.token[:] = token
        if len(at):
            read.attack[0] = 0
        parts.append(read)
    return within(world, join(parts))


def bought_followers(world: World, rng: np.random.Generator) -> Events:
    """Return how every bought account follows one creator."""
    people = world.people
    creator = int(rng.integers(0, people.creators))
    day = int(rng.integers(0, world.recipe.days))
    begins = day_start(world.recipe, day) + int(rng.integers(0, DAY_MS - BURST_MS))
    return make_events(
        "follow",
        at_ms=begins + np.sort(rng.integers(0, BURST_MS, people.bought)),
        person=people.first_bought + rng.permutation(people.bought),
        author=creator,
        attack=ATTACK_CODES["bought_followers"],
    )


def like_ring(world: World, memory: Memory, rng: np.random.Generator) -> Events:
    """Return how a few small creators like whatever the others publish."""
    people, notes = world.people, world.notes
    small = np.argsort(people.fame, kind="stable")[: max(2, people.creators // 2)]
    ring = rng.permutation(small)[:RING]
    theirs = np.flatnonzero(np.isin(notes.author, ring))
    note, person = np.repeat(theirs, len(ring)), np.tile(ring, len(theirs))
    others = notes.author[note] != person
    note, person = note[others], person[others]
    at = notes.at_ms[note] + rng.integers(30_000, 3_600_000, len(note))
    fresh = memory.first_time("like", person * len(notes.author) + note)
    note, person, at = note[fresh], person[fresh], at[fresh]
    return within(
        world,
        make_events(
            "like",
            at_ms=at,
            person=person,
            note=note,
            author=notes.author[note],
            attack=ATTACK_CODES["like_ring"],
        ),
    )


def reads(
    world: World, attack: str, *, at: Ints, person: Ints | int, note: Ints, ms: int
) -> Events:
    """Return reads of an attack, from the Hot page."""
    return make_events(
        "read",
        at_ms=at,
        person=person,
        note=note,
        author=world.notes.author[note],
        surface=SURFACE_CODES["hot"],
        ms=ms,
        attack=ATTACK_CODES[attack],
    )


def published_by(world: World, at: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Return a note for each moment that was out by then, and the moments for which there is one."""
    out = np.searchsorted(world.notes.at_ms, at)
    note = (rng.random(len(at)) * out).astype(np.int64)
    return note[out > 0], at[out > 0]


def within(world: World, events: Events) -> Events:
    """Return those events that happen before the world ends."""
    return events.take(events.at_ms < world.recipe.end_ms)


def day_start(recipe: Recipe, day: int) -> int:
    """Return when a day begins, in milliseconds since 1970."""
    return recipe.start_ms + day * DAY_MS
