"""What happens on one day: visits, cards shown, and what each person does with what they see."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from meadow.simulation import distributions as real
from meadow.simulation.events import SURFACE_CODES, SURFACES, Events, join, make_events
from meadow.simulation.habits import Mood
from meadow.simulation.recipe import DAY_MS, DAYS
from meadow.simulation.world import TOPICS, Floats, Ints, World, lift

Mask = NDArray[np.bool_]
# Where a visit goes; without follows, or without an account, the Follow page is the Hot page.
WAYS = {"hot": 0.62, "follow": 0.22, "topic": 0.07, "search": 0.05, "profile": 0.04}
CARDS_A_VISIT = 11.0
MOST_CARDS = 60
HOT_DAYS = 7
# A card is opened with the odds exp(base + taste x log(lift) + ...), the first best.
OPEN_BASE, OPEN_TASTE, OPEN_QUALITY, OPEN_SLOT, OPEN_FOLLOWED = -1.75, 0.9, 0.7, 0.3, 0.4
READ_OF_OPENED = 0.86
# Of reads, at a lift of 1 and average quality.
ACTS = {"like": 0.075, "save": 0.03, "comment": 0.012, "share": 0.01, "follow": 0.012}


@dataclass
class Memory:
    """What may happen once between two: a like, a save, a follow. Keys are person x size + other."""

    done: dict[str, Ints] = field(default_factory=dict)

    def first_time(self, kind: str, keys: Ints) -> Mask:
        """Return which of `keys` have not been before, nor earlier in `keys`; remember them."""
        known = self.done.get(kind, np.zeros(0, dtype=np.int64))
        fresh = np.zeros(len(keys), dtype=bool)
        fresh[np.unique(keys, return_index=True)[1]] = True
        fresh &= ~np.isin(keys, known)
        self.done[kind] = np.concatenate([known, keys[fresh]])
        return fresh


@dataclass(frozen=True)
class Pool:
    """The notes that Hot, topics and search show today, by topic; `ladder` adds up their weights."""

    note: Ints
    ladder: Floats
    first: Ints  # of each topic, the place of its first note; one more at the end


@dataclass(frozen=True)
class Visits:
    """Columns, one row a visit."""

    person: Ints
    at_ms: Ints
    way: Ints
    topic: Ints
    author: Ints


@dataclass(frozen=True)
class Cards:
    """Columns, one row a card that was shown."""

    person: Ints
    note: Ints
    at_ms: Ints
    surface: Ints
    slot: Ints

    def take(self, places: Ints | Mask) -> "Cards":
        """Return some of them."""
        return Cards(
            self.person[places],
            self.note[places],
            self.at_ms[places],
            self.surface[places],
            self.slot[places],
        )


@dataclass(frozen=True)
class Shelf:
    """Each author's notes in order of time: `keys` are author x span + milliseconds."""

    note: Ints
    keys: Ints
    first: Ints
    span: int

    @classmethod
    def of(cls, world: World) -> "Shelf":
        """Return the shelf of a world."""
        notes, recipe = world.notes, world.recipe
        order = np.lexsort((notes.at_ms, notes.author))
        span = recipe.days * DAY_MS + 1
        keys = notes.author[order] * span + notes.at_ms[order] - recipe.start_ms
        first = np.searchsorted(notes.author[order], np.arange(recipe.creators + 1))
        return cls(note=order, keys=keys, first=first, span=span)


def live_day(
    world: World, shelf: Shelf, memory: Memory, day: int, *, mood: Mood | None = None
) -> Events:
    """Return what happens on one day, in order of time. Days are lived in order: `memory` knows who
    liked what before. With a mood, habits as well decide what is opened."""
    rng = world.recipe.rng(DAYS, day)
    pool = make_pool(world, day)
    visits = make_visits(world, day, rng)
    cards = show_cards(world, shelf, pool, visits, rng)
    searched = visits.way == SURFACE_CODES["search"]
    searches = make_events(
        "search",
        at_ms=visits.at_ms[searched],
        person=visits.person[searched],
        topic=visits.topic[searched],
    )
    shown = make_events("impression", **columns(cards, world))
    pull = mood.pull(cards.person, cards.note, cards.at_ms) if mood else 0.0
    done = react(world, memory, cards, rng, pull)
    if mood:
        mood.remember(cards.person, cards.note, memory.done["follow"])
    return join([searches, shown, *done])


def make_pool(world: World, day: int) -> Pool:
    """Return the notes of the last week and of today, the famous, good and new weighing most."""
    notes, begins = world.notes, world.recipe.start_ms + day * DAY_MS
    chosen = np.flatnonzero(
        (notes.at_ms < begins + DAY_MS) & (notes.at_ms >= begins - HOT_DAYS * DAY_MS)
    )
    chosen = chosen[np.argsort(notes.topic[chosen], kind="stable")]
    age = np.maximum(begins - notes.at_ms[chosen], 0) / DAY_MS
    fame = np.sqrt(world.people.fame[notes.author[chosen]] + 1)
    weight = fame * np.exp(notes.quality[chosen] - age / 2.0)
    first = np.searchsorted(notes.topic[chosen], np.arange(TOPICS + 1))
    return Pool(note=chosen, ladder=np.concatenate([[0.0], np.cumsum(weight)]), first=first)


def make_visits(world: World, day: int, rng: np.random.Generator) -> Visits:
    """Return who comes when, and where each of them goes."""
    people, recipe = world.people, world.recipe
    weekday = (recipe.start.toordinal() + day - 1) % 7
    person = np.repeat(
        np.arange(len(people.visits)), rng.poisson(people.visits * real.WEEKDAYS[weekday])
    )
    count = len(person)
    hour = rng.choice(24, size=count, p=real.hour_shares())
    begins = recipe.start_ms + day * DAY_MS
    at = begins + hour * 3_600_000 + rng.integers(0, 3_600_000, count)
    codes = np.array([SURFACE_CODES[way] for way in WAYS])
    way = rng.choice(codes, size=count, p=real.share(tuple(WAYS.values())))
    follows = world.follows.first[person + 1] - world.follows.first[person]
    lonely = (way == SURFACE_CODES["follow"]) & (follows == 0)
    way[lonely] = SURFACE_CODES["hot"]
    fame = np.cumsum(people.fame + 1)
    return Visits(
        person=person,
        at_ms=at,
        way=way,
        topic=draw_topics(world, person, rng),
        author=np.searchsorted(fame, rng.random(count) * fame[-1], side="right"),
    )


def draw_topics(world: World, person: Ints, rng: np.random.Generator) -> Ints:
    """Return a topic for each person, drawn by taste."""
    ladder = np.cumsum(world.people.taste[person], axis=1)
    drawn = (ladder < rng.random(len(person))[:, None]).sum(axis=1)
    return np.asarray(np.minimum(drawn, TOPICS - 1), dtype=np.int64)


def show_cards(
    world: World, shelf: Shelf, pool: Pool, visits: Visits, rng: np.random.Generator
) -> Cards:
    """Return the cards of each visit, no note twice in one visit, none before it was published."""
    wanted = np.minimum(rng.geometric(1 / CARDS_A_VISIT, len(visits.person)), MOST_CARDS)
    visit = np.repeat(np.arange(len(wanted)), wanted)
    slot = np.arange(len(visit)) - np.repeat(np.cumsum(wanted) - wanted, wanted)
    pace = rng.lognormal(np.log(3500), 0.5, len(wanted))
    at = visits.at_ms[visit] + ((slot + 0.3) * pace[visit]).astype(np.int64)
    way, person = visits.way[visit], visits.person[visit]
    luck = rng.random(len(visit))
    note = np.full(len(visit), -1, dtype=np.int64)
    by_topic = (way == SURFACE_CODES["topic"]) | (way == SURFACE_CODES["search"])
    topic = visits.topic[visit]
    low = np.where(by_topic, pool.ladder[pool.first[topic]], 0.0)
    high = np.where(by_topic, pool.ladder[pool.first[topic + 1]], pool.ladder[-1])
    pooled = (way == SURFACE_CODES["hot"]) | by_topic
    there = pooled & (high > low)
    drawn = np.searchsorted(pool.ladder, low + luck * (high - low), side="right") - 1
    note[there] = pool.note[np.minimum(drawn[there], len(pool.note) - 1)]
    # Follow: somebody they follow, one of the latest notes. Profile: the latest in their order.
    follows = world.follows
    size = follows.first[person + 1] - follows.first[person]
    place = follows.first[person] + (luck * size).astype(np.int64)
    followed = follows.followed[np.minimum(place, len(follows.followed) - 1)]
    home = way == SURFACE_CODES["follow"]
    author = np.where(home, followed, visits.author[visit])
    back = np.where(home, rng.geometric(0.6, len(visit)) - 1, slot)
    keys = author * shelf.span + at - world.recipe.start_ms
    found = np.searchsorted(shelf.keys, keys, side="right") - 1 - back
    held = ~pooled & (found >= shelf.first[author])
    note[held] = shelf.note[found[held]]
    ends = world.recipe.end_ms - 1
    sound = (note >= 0) & (world.notes.at_ms[note] < at) & (world.notes.author[note] != person)
    sound &= at < ends
    once = np.zeros(len(note), dtype=bool)
    once[np.unique(visit * (len(world.notes.author) + 1) + note, return_index=True)[1]] = True
    return Cards(person, note, at, way, slot).take(sound & once)


def react(
    world: World,
    memory: Memory,
    cards: Cards,
    rng: np.random.Generator,
    pull: Floats | float = 0.0,
) -> list[Events]:
    """Return what people do with the cards they see: the better the match, the more.

    `pull` is what else adds to the odds of each card.
    """
    people, notes = world.people, world.notes
    care = lift(world, cards.person, cards.note)
    odds = (
        OPEN_BASE
        + OPEN_TASTE * np.log(care)
        + OPEN_QUALITY * notes.quality[cards.note]
        - OPEN_SLOT * np.log1p(cards.slot)
        + OPEN_FOLLOWED * (cards.surface == SURFACE_CODES["follow"])
        + pull
    )
    opens = rng.random(len(odds)) < 1 / (1 + np.exp(-odds))
    opened, care = cards.take(opens), care[opens]
    opened_at = opened.at_ms + rng.integers(300, 2500, len(opened.note))
    reads = rng.random(len(care)) < READ_OF_OPENED
    read, care = opened.take(reads), care[reads]
    need = notes.need_ms[read.note]
    stay = rng.lognormal(np.log(need * 0.5 * np.sqrt(care)), 0.8)
    stay = np.clip(stay, 1000, 900_000).astype(np.int64)
    begun = opened_at[reads] + 1000
    left = np.minimum(begun - 1000 + stay, world.recipe.end_ms - 1)
    whole = stay >= need * 0.8
    said = columns(read, world)
    events = [
        make_events("open", **columns(opened, world) | {"at_ms": opened_at}),
        make_events(
            "read", **said | {"at_ms": begun, "ms": 1000 + rng.integers(0, 250, len(need))}
        ),
        make_events("dwell", **said | {"at_ms": left, "ms": stay}),
        make_events("complete", **columns(read.take(whole), world) | {"at_ms": left[whole]}),
    ]
    warmth = np.sqrt(care) * np.exp(0.5 * notes.quality[read.note])
    signed_in = read.person < people.members
    for kind, rate in ACTS.items():
        acts = (rng.random(len(care)) < np.minimum(rate * warmth, 0.8)) & (
            signed_in | (kind == "share")
        )
        some, at = read.take(acts), left[acts]
        if kind in ("like", "save", "follow"):
            other = notes.author[some.note] if kind == "follow" else some.note
            size = people.creators if kind == "follow" else len(notes.author)
            fresh = memory.first_time(kind, some.person * size + other)
            some, at = some.take(fresh), at[fresh]
        if kind == "share":
            events.append(make_events(kind, **columns(some, world) | {"at_ms": at}))
            continue
        # What PostgreSQL tells knows no surface and no slot; a follow has an author and no note.
        told = {"at_ms": at, "person": some.person, "author": notes.author[some.note]}
        events.append(make_events(kind, **told | ({} if kind == "follow" else {"note": some.note})))
    return events


def columns(cards: Cards, world: World) -> dict[str, Ints]:
    """Return cards as columns of events."""
    return {
        "at_ms": cards.at_ms,
        "person": cards.person,
        "note": cards.note,
        "author": world.notes.author[cards.note],
        "surface": cards.surface,
        "slot": cards.slot,
    }


def new_memory(world: World) -> Memory:
    """Return what has happened before the first day: the follows there are."""
    follows = world.follows
    return Memory(done={"follow": follows.follower * world.people.creators + follows.followed})


assert set(WAYS) < set(SURFACES)  # noqa: S101 - a way without a surface would go nowhere
