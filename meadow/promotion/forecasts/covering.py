"""How often orders flown through made worlds end within what was foretold, and how wide that is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from meadow.promotion.forecasts.method import HIGH, LOW, forecast
from meadow.promotion.forecasts.result import Forecast
from meadow.promotion.forecasts.simulating import (
    MICRO_OF_MINOR,
    Flown,
    fly,
    learn_market,
    make_ask,
    make_world,
)

Floats = NDArray[np.float64]

MEASURES: Final = ("people", "impressions", "results", "cost")
HOLDOUT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Kind:
    """An order that is flown in every world: `budget` in fen, for `share` of people."""

    budget: int
    hours: int
    share: float = 1.0


KINDS: Final = (
    Kind(200, 24),
    Kind(1_000, 24),
    Kind(3_000, 24),
    Kind(10_000, 48),
    Kind(30_000, 72),
    Kind(3_000, 6),
    Kind(3_000, 24, 0.2),
    Kind(1_000, 24, 0.03),
)


@dataclass(frozen=True, slots=True)
class Ended:
    """One order: what was told and what came, both by measure; cost in fen for 1,000 impressions."""

    kind: Kind
    told: Forecast
    came: dict[str, float]
    used: float


@dataclass(frozen=True, slots=True)
class Cover:
    """Shares of orders whose figure was within the range, `below` and `above` it.

    `width` is the mean of (high - low) / middle; `naive` that of a range which knows nothing but what such
    orders brought in the other worlds, and covers 80 % by its making.
    """

    within: float
    below: float
    above: float
    width: float
    naive: float


def fly_worlds(
    *, seed: int, worlds: int, kinds: Sequence[Kind] = KINDS
) -> Iterator[Sequence[Ended]]:
    """Make so many worlds, fly each kind of order in each, and yield how they ended, a world at a time."""
    for number in range(worlds):
        luck = np.random.default_rng((seed, number))
        world = make_world(luck)
        market = learn_market(world)
        ended = []
        for kind in kinds:
            ask = make_ask(luck, budget=kind.budget, hours=kind.hours, share=kind.share)
            flown = fly(world, ask, luck, holdout=HOLDOUT)
            told = forecast(market, ask, holdout=HOLDOUT)
            ended.append(Ended(kind, told, _came(flown), flown.spent / ask.budget))
        yield ended


def cover(ended: Sequence[Ended], measure: str) -> Cover:
    """Return how often orders of one kind ended within what was told of a measure. There are two at least."""
    rows = [
        (one.came[measure], *told)
        for one in ended
        if (told := getattr(one.told, measure)) is not None
    ]
    came, low, middle, high = np.array(rows, np.float64).T
    # A range of whole fen holds what is rounded into it.
    slack = 0.5 if measure == "cost" else 0.0
    below, above = came < low - slack, came > high + slack
    others = np.array([np.delete(came, place) for place in range(len(came))])
    least, most = np.quantile(others, [LOW, HIGH], axis=1)
    usual = np.maximum(np.median(others, axis=1), 1.0)
    return Cover(
        within=float(1.0 - below.mean() - above.mean()),
        below=float(below.mean()),
        above=float(above.mean()),
        width=float(((high - low) / np.maximum(middle, 1.0)).mean()),
        naive=float(((most - least) / usual).mean()),
    )


def name_kind(kind: Kind) -> str:
    """Return the words by which tables know an order."""
    whom = "" if kind.share == 1 else f", {100 * kind.share:g} % of people"
    return f"¥{kind.budget // 100}, {kind.hours} h{whom}"


def _came(flown: Flown) -> dict[str, float]:
    each = flown.spent / max(flown.impressions, 1) * 1000 / MICRO_OF_MINOR
    return {
        "people": float(flown.people),
        "impressions": float(flown.impressions),
        "results": float(flown.results),
        "cost": each,
    }
