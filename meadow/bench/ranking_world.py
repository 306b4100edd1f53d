"""The shipped sources and ranker on simulated worlds, where what everybody would open is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from meadow.bench.framework import Steps
from meadow.bench.ranking_readers import DAYS, Floats, Lived, live, rules
from meadow.feed.ranker import FEATURES, order_with_variety
from meadow.feed.sources import (
    BIT,
    SOURCES,
    Candidates,
    Catalogue,
    Limits,
    Reader,
    find_candidates,
    learn_model,
)
from meadow.feed.wall import Position, make_own_list, make_wall, walk
from meadow.simulation.days import OPEN_BASE, OPEN_QUALITY, OPEN_SLOT, OPEN_TASTE
from meadow.simulation.habits import Habits
from meadow.simulation.world import lift

Places = NDArray[np.intp]
# The weights were found on seed 7.
SEED: Final = 11
READERS, PAGE = 300, 20
# Who has done so much is known; who has done less than that is new here.
FEWEST_ACTS, NEW_ACTS = 8, 3
EXPLORED_BELOW: Final = 100
NEWS_HOURS: Final = 24.0
WORLDS: Final = {
    "habits": Habits(),
    "taste alone": Habits(followed=0, new=0, burst=0, shown=0, same_author=0, same_topic=0),
}
WHOLE, HOT = "all", "Hot alone"
WITHOUT_SOURCE, WITHOUT_FEATURE = "without source ", "without feature "
ABLATIONS: Final = (
    WHOLE,
    HOT,
    *(WITHOUT_SOURCE + name for name in SOURCES),
    *(WITHOUT_FEATURE + name for name in FEATURES),
)


@dataclass(frozen=True)
class Figures:
    """How good first pages are: `ndcg` of true chances, `opens` a page in truth, `coverage` of recent
    notes, and the share of `news`, notes of the last day."""

    ndcg: float
    opens: float
    coverage: float
    news: float


@dataclass(frozen=True)
class WorldFigures:
    """What was measured in one world, by what was left out: `known` readers and those `new` here."""

    known: dict[str, Figures]
    new: dict[str, Figures]
    exploration_cost: float
    repeat_rate: float
    readers: int
    notes: int


@dataclass(frozen=True)
class Audience:
    """Some readers of a world, what the sources found for them, and the truth."""

    lived: Lived
    readers: Sequence[Reader]
    found: Sequence[Candidates]
    truth: Sequence[Floats]


def measure_worlds(steps: Steps) -> dict[str, WorldFigures]:
    """Live three weeks in each world, learn from them, and rank first pages in every way."""
    return {name: _measure(name, habits, steps) for name, habits in WORLDS.items()}


def _measure(name: str, habits: Habits, steps: Steps) -> WorldFigures:
    steps.start(f"world of {name}: living {DAYS} days")
    known, new = audiences(live(habits, seed=SEED))
    steps.start(f"world of {name}: ranking in {len(ABLATIONS)} ways")
    _, personal = rules()
    weights = np.array([getattr(personal, f"{feature}_weight") for feature in FEATURES])
    rng = np.random.default_rng(SEED)
    lived = known.lived
    firsts = pages_of(known, weights, WHOLE)
    recent = lived.catalogue.age_hours < personal.source_days * 24
    little = np.flatnonzero(recent & (lived.impressions < EXPLORED_BELOW))
    return WorldFigures(
        known={way: judge(known, pages_of(known, weights, way)) for way in ABLATIONS},
        new={way: judge(new, pages_of(new, weights, way)) for way in ABLATIONS},
        exploration_cost=_exploration_cost(known, firsts, little, rng),
        repeat_rate=_repeat_rate(lived.catalogue, firsts, little, rng),
        readers=len(known.readers),
        notes=len(lived.catalogue.note_ids),
    )


def audiences(lived: Lived) -> tuple[Audience, Audience]:
    """Return readers of whom much is known, and readers who are new, with what sources bring them."""
    model, _ = learn_model((one.note_ids, one.strength) for one in lived.readers)
    _, personal = rules()
    limits = Limits(
        personal.source_size, personal.source_days, personal.half_life_hours, personal.recency
    )
    rng = np.random.default_rng(SEED)

    def some(group: list[Reader]) -> Audience:
        chosen = [group[place] for place in rng.permutation(len(group))[:READERS]]
        return Audience(
            lived,
            chosen,
            [find_candidates(lived.catalogue, one, model, limits) for one in chosen],
            [_truth(lived, one, personal.source_days) for one in chosen],
        )

    return (
        some([one for one in lived.readers if len(one.note_ids) >= FEWEST_ACTS]),
        some([one for one in lived.readers if len(one.note_ids) < NEW_ACTS]),
    )


def judge(audience: Audience, pages: Sequence[Places]) -> Figures:
    """Return how good these first pages are."""
    lived = audience.lived
    _, personal = rules()
    recent = int((lived.catalogue.age_hours < personal.source_days * 24).sum())
    each = list(zip(audience.truth, pages, strict=True))
    shown = np.concatenate(pages)
    return Figures(
        ndcg=float(np.mean([_ndcg(truth, page) for truth, page in each])),
        opens=float(np.mean([_expected_opens(lived, truth, page) for truth, page in each])),
        coverage=len(np.unique(shown)) / max(1, recent),
        news=float((lived.catalogue.age_hours[shown] < NEWS_HOURS).mean()),
    )


def pages_of(audience: Audience, weights: Floats, way: str) -> list[Places]:
    """Return everybody's first page, with a source or a feature left out where `way` says so."""
    return [
        _page(audience.lived.catalogue, reader, found, weights, way)
        for reader, found in zip(audience.readers, audience.found, strict=True)
    ]


def _page(
    catalogue: Catalogue, reader: Reader, found: Candidates, weights: Floats, way: str
) -> Places:
    if way == HOT:
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
    if way.startswith(WITHOUT_SOURCE):
        source = way.removeprefix(WITHOUT_SOURCE)
        kept = np.flatnonzero(found.sources & ~np.uint8(BIT[source]))
    elif way.startswith(WITHOUT_FEATURE):
        weights = weights.copy()
        weights[FEATURES.index(way.removeprefix(WITHOUT_FEATURE))] = 0.0
    places = found.places[kept]
    ordered = order_with_variety(
        features=features[kept],
        weights=weights,
        authors=catalogue.author_ids[places],
        topics=catalogue.main_topic[places],
        size=PAGE,
    )
    return places[ordered.places]


def _truth(lived: Lived, reader: Reader, days: int) -> Floats:
    """Return the true chance that a reader opens each note in the first place; 0 of what is not to show."""
    world, catalogue = lived.world, lived.catalogue
    rows = np.arange(len(catalogue.note_ids))
    person = np.full(len(rows), reader.person_id - 1)
    odds = (
        OPEN_BASE
        + OPEN_TASTE * np.log(lift(world, person, rows))
        + OPEN_QUALITY * world.notes.quality
        + lived.mood.pull(person, rows, np.full(len(rows), world.recipe.end_ms))
    )
    chance = 1 / (1 + np.exp(-odds))
    chance[catalogue.age_hours >= days * 24] = 0.0
    own, here = catalogue.places_of(reader.note_ids)
    chance[own[here]] = 0.0
    chance[catalogue.author_ids == reader.person_id] = 0.0
    return np.asarray(chance, np.float64)


def _ndcg(truth: Floats, page: Places) -> float:
    discount = 1 / np.log2(np.arange(2, PAGE + 2))
    ideal = np.sort(truth)[::-1][:PAGE] @ discount
    return float(truth[page] @ discount[: len(page)] / ideal)


def _expected_opens(lived: Lived, truth: Floats, page: Places) -> float:
    """Return the opens that a page brings: less further down, and less of what stood just above."""
    chance = np.clip(truth[page], 1e-9, 1 - 1e-9)
    odds = np.log(chance / (1 - chance)) - OPEN_SLOT * np.log1p(np.arange(len(page)))
    odds += lived.mood.boredom(page)
    return float((1 / (1 + np.exp(-odds))).sum())


def _exploration_cost(
    known: Audience, pages: Sequence[Places], little: Places, rng: np.random.Generator
) -> float:
    """Return the share of expected opens that every fifth place costs when it shows a note few have seen."""
    whole, explored = 0.0, 0.0
    for truth, page in zip(known.truth, pages, strict=True):
        mixed = np.insert(page, [4, 8, 12, 16], rng.choice(little, 4))[:PAGE]
        whole += _expected_opens(known.lived, truth, page)
        explored += _expected_opens(known.lived, truth, mixed)
    return 1 - explored / whole


def _repeat_rate(
    catalogue: Catalogue, pages: Sequence[Places], little: Places, rng: np.random.Generator
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
