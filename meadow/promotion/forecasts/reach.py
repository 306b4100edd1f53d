"""How many different people there are, and how often each comes: few come often, many seldom.

Contacts a person are negative binomial (a Gamma mixture of Poisson), as media planning has long taken
exposures to be.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, gammaincinv, pdtrc

Floats = NDArray[np.float64]

# A note is shown to somebody once in this many hours at most: as long as a sitting lasts.
SITTING_HOURS: Final = 2
# Of Gamma shapes: how unequally often people come. The usual one where one window alone is known.
SHAPES: Final = np.array([0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5, 2.5, 5.0, 10.0])
USUAL_SHAPE: Final = 0.5
MOST_TIMES: Final = 30.0
DAY_HOURS: Final = 24
# Contacts a person and day among which a cap is looked up.
CONTACTS: Final = np.geomspace(1e-4, 1e3, 200)
# Of a Gamma, equally many people in each.
PARTS: Final = 40


@dataclass(frozen=True, slots=True)
class Crowd:
    """`people` who may come, `sittings` of all of them in an hour, `pages` in one sitting, `shape`."""

    people: float
    sittings: float
    pages: float
    shape: float


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


@dataclass(frozen=True)
class Showings:
    """What a cap leaves of contacts: both rise, from nothing, and are of a whole flight."""

    contacts: Floats
    kept: Floats
    people: float
    shape: float

    def within_cap(self, contacts: Floats) -> Floats:
        """Return how many of so many contacts are shown."""
        return np.asarray(np.interp(contacts, self.contacts, self.kept), np.float64)

    def reached(self, shown: Floats) -> Floats:
        """Return how many different people so many showings fall on.

        They are as many as the contacts reach that the cap leaves just these of.
        """
        contacts = np.interp(shown, self.kept, self.contacts)
        return reached(contacts, people=self.people, shape=self.shape)


def tabulate(*, people: float, shape: float, cap: int, hours: float) -> Showings:
    """Return what is left where nobody is shown more than `cap` (0: any) in any 24 h, nor twice a sitting.

    For somebody who comes at random: of the first day P(j-th showing) is that of j contacts in what j - 1
    sittings leave of it; each later day passes what a loss system of `cap` servers passes, whose calls last
    24 h (Erlang B). People differ as a Gamma does.
    """
    days = max(hours / DAY_HOURS, 1.0)
    contacts = np.concatenate([[0.0], max(people, 1e-9) * days * CONTACTS])
    if not cap:
        return Showings(contacts, contacts, people, shape)
    each = np.concatenate([[0.0], CONTACTS])[:, None] * _parts(shape)[None, :]
    first = min(hours, DAY_HOURS)
    left = np.zeros_like(each)
    blocked = np.ones_like(each)
    for number in range(1, cap + 1):
        open_for = max(first - (number - 1) * SITTING_HOURS, 0.0) / first
        left += pdtrc(number - 1, each * open_for)
        blocked = each * blocked / (number + each * blocked)
    left += (days - 1.0) * each * (1.0 - blocked)
    kept = np.minimum(left.mean(axis=1) * people, contacts)
    return Showings(contacts, np.maximum.accumulate(kept), people, shape)


@lru_cache(maxsize=64)
def _parts(shape: float) -> Floats:
    """Return how often each of equally many people comes, beside the mean: the means of a Gamma's parts."""
    edges = gammaincinv(shape, np.arange(PARTS + 1) / PARTS)
    return np.asarray(np.diff(gammainc(shape + 1.0, edges)) * PARTS, np.float64)
