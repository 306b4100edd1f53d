"""The shipped sources and ranker on a simulated world, where what everybody truly likes is known."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from meadow.bench.framework import Steps
from meadow.feed.ranker import FEATURES, order_with_variety
from meadow.feed.ranking import Counts, Weights, community_rate, engagement, score
from meadow.feed.rules import PERSONAL
from meadow.feed.similar import Acts, train
from meadow.feed.sources import (
    BIT,
    SOURCES,
    Candidates,
    Catalogue,
    Limits,
    Model,
    Reader,
    find_candidates,
)
from meadow.feed.wall import Position, make_own_list, make_wall, walk
from meadow.simulation.days import OPEN_BASE, OPEN_QUALITY, OPEN_SLOT, OPEN_TASTE, Shelf, live_day
from meadow.simulation.days import new_memory as remember_nothing
from meadow.simulation.events import CODES, Events, join
from meadow.simulation.recipe import Recipe
from meadow.simulation.world import World, lift, make_world

Floats = NDArray[np.float64]
CREATORS, FANS, DAYS = 300, 4000, 21
# The weights were found on seed 7.
SEED = 11
READERS, PAGE, FEWEST_ACTS = 300, 20, 8
STRENGTH: Final = {"read": 1.0, "like": 3.0, "save": 3.0}
ABLATIONS: Final = (
    "all",
    "Hot alone",
    *(f"without source {name}" for name in SOURCES),
    *(f"without feature {name}" for name in FEATURES),
)


@dataclass(frozen=True)
class WorldFigures:
    """What was measured; `ndcg` and `coverage` by what was left out."""

    ndcg: dict[str, float]
    coverage: dict[str, float]
    exploration_cost: float
    repeat_rate: float
    readers: int
    notes: int
    days: int


def rules() -> tuple[Weights, Any]:
    """Return the numbers that ship: version 1 of Hot's rule and the newest personal one."""
    hot = Weights(
        like=1.0,
        save=2.0,
        comment=2.0,
        read=0.2,
        half_life_hours=24.0,
        prior_impressions=50.0,
        base_rate=0.1,
        base_impressions=1000.0,
    )
    return hot, SimpleNamespace(**PERSONAL)


def measure_world(steps: Steps) -> WorldFigures:
    """Live three weeks, learn from them, and rank the next page of 300 readers in every way."""
    steps.start(f"living {DAYS} days")
    recipe = Recipe(CREATORS, FANS, DAYS, SEED, dt.date(2026, 5, 1))
    world = make_world(recipe)
    shelf, memory = Shelf.of(world), remember_nothing(world)
    events = join([live_day(world, shelf, memory, day) for day in range(DAYS)])
    hot, personal = rules()
    catalogue, impressions = catalogue_of(world, events, hot)
    readers = list(readers_of(world, events, personal.history_size))
    steps.start("learning similar readers")
    model = learn(readers)
    rng = np.random.default_rng(SEED)
    active = [one for one in readers if len(one.note_ids) >= FEWEST_ACTS]
    chosen = [active[place] for place in rng.permutation(len(active))[:READERS]]
    weights = np.array([getattr(personal, f"{name}_weight") for name in FEATURES])
    limits = Limits(
        personal.source_size, personal.source_days, personal.half_life_hours, personal.recency
    )
    found = [find_candidates(catalogue, reader, model, limits) for reader in chosen]
    truth = [_truth(world, catalogue, reader, personal.source_days) for reader in chosen]
    ndcg, coverage, firsts = {}, {}, {}
    recent = catalogue.age_hours < personal.source_days * 24
    for name in ABLATIONS:
        steps.start(f"ranking: {name}")
        pages = [
            _page(catalogue, reader, candidates, weights, name)
            for reader, candidates in zip(chosen, found, strict=True)
        ]
        firsts[name] = pages
        ndcg[name] = float(np.mean([_ndcg(t, p) for t, p in zip(truth, pages, strict=True)]))
        shown = np.unique(np.concatenate(pages))
        coverage[name] = len(shown) / max(1, int(recent.sum()))
    little = np.flatnonzero(recent & (impressions < 100))
    return WorldFigures(
        ndcg=ndcg,
        coverage=coverage,
        exploration_cost=_exploration_cost(truth, firsts["all"], little, rng),
        repeat_rate=_repeat_rate(catalogue, firsts["all"], little, rng),
        readers=len(chosen),
        notes=len(catalogue.note_ids),
        days=DAYS,
    )


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


def readers_of(world: World, events: Events, most: int) -> Iterator[Reader]:
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
    shown = events.take(np.flatnonzero(events.kind == CODES["impression"]))
    shown_keys, times = np.unique(
        shown.person.astype(np.int64) * size + shown.note, return_counts=True
    )
    nobody = np.empty(0, np.int64)
    for person in range(world.people.members):
        low, high = np.searchsorted(keys, [person * size, (person + 1) * size])
        newest = np.argsort(-last[low:high], kind="stable")[:most]
        begin, end = np.searchsorted(shown_keys, [person * size, (person + 1) * size])
        first, until = world.follows.first[person : person + 2]
        yield Reader(
            person_id=person + 1,
            note_ids=keys[low:high][newest] % size + 1,
            strength=np.log1p(strength[low:high][newest]),
            follows=world.follows.followed[first:until] + 1,
            hidden_notes=nobody,
            hidden_authors=nobody,
            less_topics=nobody,
            shown_ids=shown_keys[begin:end] % size + 1,
            shown_times=times[begin:end].astype(np.float64),
        )


def learn(readers: list[Reader], *, most: int = 3000) -> Model:
    """Return the similar-readers model of these readers, as the job makes it."""
    known = [reader for reader in readers if len(reader.note_ids)]
    note = np.concatenate([reader.note_ids for reader in known])
    who = np.repeat(np.arange(len(known)), [len(reader.note_ids) for reader in known])
    strength = np.concatenate([reader.strength for reader in known])
    notes, number, times = np.unique(note, return_inverse=True, return_counts=True)
    shared = np.flatnonzero(times >= 2)
    kept = np.sort(shared[np.argsort(-times[shared], kind="stable")[:most]])
    renumbered = np.full(len(notes), -1)
    renumbered[kept] = np.arange(len(kept))
    here = renumbered[number] >= 0
    found = train(Acts(who[here], renumbered[number][here], strength[here]), notes=len(kept))
    return Model(note_ids=notes[kept], neighbours=found)


def _page(
    catalogue: Catalogue, reader: Reader, found: Candidates, weights: Floats, name: str
) -> NDArray[np.intp]:
    """Return the first page, with a source or a feature left out where `name` says so."""
    if name == "Hot alone":
        own, here = catalogue.places_of(reader.note_ids)
        gone = set(own[here].tolist())
        mine = reader.person_id
        ranked = (
            place
            for place in catalogue.best.tolist()
            if place not in gone and catalogue.author_ids[place] != mine
        )
        return np.array(list(islice(ranked, PAGE)), np.intp)
    kept = np.arange(len(found.places))
    features = found.features
    if name.startswith("without source "):
        source = name.removeprefix("without source ")
        kept = np.flatnonzero(found.sources & ~np.uint8(BIT[source]))
    elif name.startswith("without feature "):
        weights = weights.copy()
        weights[FEATURES.index(name.removeprefix("without feature "))] = 0.0
    places = found.places[kept]
    ordered = order_with_variety(
        features=features[kept],
        weights=weights,
        authors=catalogue.author_ids[places],
        topics=catalogue.main_topic[places],
        size=PAGE,
    )
    return places[ordered.places]


def _truth(world: World, catalogue: Catalogue, reader: Reader, days: int) -> Floats:
    """Return the true chance that a reader opens each note in the first place; 0 of what is not to show."""
    rows = np.arange(len(catalogue.note_ids))
    care = lift(world, np.full(len(rows), reader.person_id - 1), rows)
    odds = OPEN_BASE + OPEN_TASTE * np.log(care) + OPEN_QUALITY * world.notes.quality
    chance = 1 / (1 + np.exp(-odds))
    chance[catalogue.age_hours >= days * 24] = 0.0
    own, here = catalogue.places_of(reader.note_ids)
    chance[own[here]] = 0.0
    chance[catalogue.author_ids == reader.person_id] = 0.0
    return np.asarray(chance, np.float64)


def _ndcg(truth: Floats, page: NDArray[np.intp]) -> float:
    discount = 1 / np.log2(np.arange(2, PAGE + 2))
    ideal = np.sort(truth)[::-1][:PAGE] @ discount
    return float(truth[page] @ discount[: len(page)] / ideal)


def _expected_opens(truth: Floats, page: NDArray[np.intp]) -> float:
    """Return the opens that a page brings: the further down a card stands, the fewer."""
    chance = np.clip(truth[page], 1e-9, 1 - 1e-9)
    odds = np.log(chance / (1 - chance)) - OPEN_SLOT * np.log1p(np.arange(len(page)))
    return float((1 / (1 + np.exp(-odds))).sum())


def _exploration_cost(
    truth: list[Floats],
    pages: list[NDArray[np.intp]],
    little: NDArray[np.intp],
    rng: np.random.Generator,
) -> float:
    """Return the share of expected opens that every fifth place costs when it shows a note few have seen."""
    whole, explored = 0.0, 0.0
    for chances, page in zip(truth, pages, strict=True):
        mixed = np.insert(page, [4, 8, 12, 16], rng.choice(little, 4))[:PAGE]
        whole += _expected_opens(chances, page)
        explored += _expected_opens(chances, mixed)
    return 1 - explored / whole


def _repeat_rate(
    catalogue: Catalogue,
    pages: list[NDArray[np.intp]],
    little: NDArray[np.intp],
    rng: np.random.Generator,
) -> float:
    """Return the share of notes shown twice to a reader who begins anew five times, on new rankings."""
    repeated, shown = 0, 0
    best = catalogue.best
    for page in pages:
        seen: set[int] = set()
        own = make_own_list(
            version=1, note_ids=catalogue.note_ids[page], author_ids=catalogue.author_ids[page]
        )
        for _ in range(5):
            order = rng.permutation(best[:500])
            wall = make_wall(
                version=1,
                explore_every=5,
                newcomer_minutes=10,
                note_ids=catalogue.note_ids[order],
                author_ids=catalogue.author_ids[order],
                pool_ids=catalogue.note_ids[little],
                pool_author_ids=catalogue.author_ids[little],
            )
            start = Position(1, int(rng.integers(2**32)))
            for pick in islice(walk(wall, start, [], own=own, skip=frozenset(seen)), PAGE):
                repeated += pick.note_id in seen
                shown += 1
                seen.add(pick.note_id)
    return repeated / shown
