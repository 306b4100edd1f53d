"""What pages cost lately: what it took to win each, and how far days strayed from it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from meadow.promotion.pacing.market import EDGES

Floats = NDArray[np.float64]

MIDDLES: Final[Floats] = np.sqrt(EDGES[:-1] * EDGES[1:])
# How far prices stray by days where little is known, and as how many days that counts.
USUAL_SPREAD, DAYS_KNOWN = 0.2, 4.0
# A bin whose price is less than this above the reserve is of pages that nobody else wanted.
AT_RESERVE: Final = 1.05


@dataclass(frozen=True)
class Prices:
    """What pages cost lately: `pages` of them at each of `prices` (micro units at usual quality, rising).

    A price of 0 is of pages that nobody wanted. `spread` is how far days strayed (of the logarithm).
    `spent` was spent an hour in that time, and `demand` is what live orders will, in micro units.
    """

    prices: Floats
    pages: Floats
    spread: float
    demand: float
    spent: float


def fit_prices(
    *,
    days: Mapping[int, Mapping[int, float]],
    pages: float,
    reserve: int,
    demand: float,
    spent: float,
) -> Prices:
    """Return the prices of `pages` pages, of which `days` say {bin of `pacing.market`: pages} by day.

    Pages of which nothing is said were wanted by nobody.
    """
    by_bin: dict[int, float] = {}
    means = []
    for wins in days.values():
        wanted = {place: n for place, n in wins.items() if MIDDLES[place] >= reserve * AT_RESERVE}
        for place, count in wanted.items():
            by_bin[place] = by_bin.get(place, 0.0) + count
        if total := sum(wanted.values()):
            logs = sum(count * math.log(MIDDLES[place]) for place, count in wanted.items())
            means.append(logs / total)
    strays = np.array(means) - np.mean(means) if means else np.zeros(0)
    many = max(len(means) - 1, 0) + DAYS_KNOWN
    variance = (float((strays**2).sum()) + DAYS_KNOWN * USUAL_SPREAD**2) / many
    places = sorted(by_bin)
    free = max(pages - sum(by_bin.values()), 1e-9)
    return Prices(
        prices=np.array([0.0, *(float(MIDDLES[place]) for place in places)]),
        pages=np.array([free, *(by_bin[place] for place in places)]),
        spread=math.sqrt(variance),
        demand=demand,
        spent=spent,
    )
