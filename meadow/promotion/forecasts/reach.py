"""How many different people there are, and how often each comes: few come often, many seldom.

Contacts a person are negative binomial (a Gamma mixture of Poisson), as media planning has long taken
exposures to be.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# A note is shown to somebody once in this many hours at most: as long as a sitting lasts.
SITTING_HOURS: Final = 2
# Of Gamma shapes: how unequally often people come. The usual one where one window alone is known.
SHAPES: Final = np.array([0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5, 2.5, 5.0, 10.0])
USUAL_SHAPE: Final = 0.5
MOST_TIMES: Final = 30.0
DAY_HOURS: Final = 24
# Contacts a person and day among which a cap is looked up.
CONTACTS: Final = np.geomspace(1e-4, 1e3, 400)


@dataclass(frozen=True, slots=True)
class Crowd:
    """`people` who may come, `sittings` of all of them in an hour, `pages` in one sitting, `shape`."""

    people: float
    sittings: float
    pages: float
    shape: float

    def scaled(self, share: float) -> "Crowd":
        """Return a part of these people."""
        return Crowd(self.people * share, self.sittings * share, self.pages, self.shape)


def fit_crowd(*, pages: float, within: Mapping[int, float]) -> Crowd:
    """Return the crowd that meets so many pages an hour, and of whom `within` {hours: people} came.

    The shortest window says how many sit down, the others how often it is the same people. At least one
    window has people in it.
    """
    known = {hours: people for hours, people in within.items() if people > 0}
    shortest = min(known)
    sittings = known[shortest] / shortest
    longer = np.array([hours for hours in sorted(known) if hours >= DAY_HOURS], np.float64)
    each = max(pages / sittings, 1.0)
    if not len(longer):
        longer = np.array([float(shortest)])
    seen = np.array([known[int(hours)] for hours in longer])
    shapes = SHAPES if len(longer) > 1 else np.array([USUAL_SHAPE])
    sizes = seen.max() * np.geomspace(1.0, MOST_TIMES, 80)
    size, shape, hours = sizes[:, None, None], shapes[None, :, None], longer[None, None, :]
    reached = size * (1.0 - (1.0 + sittings * hours / (shape * size)) ** -shape)
    missed = ((np.log(reached) - np.log(seen)) ** 2).sum(axis=2)
    best = np.unravel_index(int(np.argmin(missed)), missed.shape)
    return Crowd(float(sizes[best[0]]), sittings, each, float(shapes[best[1]]))


def reached(impressions: Floats, *, people: Floats | float, shape: float) -> Floats:
    """Return how many different people so many impressions fall on."""
    size = np.maximum(people, 1e-9)
    return np.asarray(size * (1.0 - (1.0 + impressions / (shape * size)) ** -shape), np.float64)


def within_cap(
    impressions: Floats, *, people: Floats | float, shape: float, cap: int, days: float
) -> Floats:
    """Return how many of `impressions` are left where nobody is shown more than `cap` (0: any) in 24 h."""
    if not cap:
        return impressions
    mean = impressions / np.maximum(people, 1e-9) / days
    odds = mean / (mean + shape)
    chance = (1.0 - odds) ** shape
    beyond = 1.0 - chance
    kept = np.zeros_like(mean)
    for seen in range(cap):
        kept = kept + beyond
        chance = chance * (shape + seen) / (seen + 1) * odds
        beyond = np.maximum(beyond - chance, 0.0)
    return np.asarray(np.minimum(kept * people * days, impressions), np.float64)


def reached_within_cap(
    impressions: Floats, *, people: float, shape: float, cap: int, days: float
) -> Floats:
    """Return how many different people so many impressions fall on where a cap spreads them.

    They are as many as the impressions would reach that a cap leaves just these of.
    """
    if not cap:
        return reached(impressions, people=people, shape=shape)
    without = np.concatenate([[0.0], max(people, 1e-9) * days * CONTACTS])
    left = within_cap(without, people=people, shape=shape, cap=cap, days=days)
    return reached(np.interp(impressions, left, without), people=people, shape=shape)
