"""The personal ranking: a sum of features times weights, then variety; docs/algorithms/ranking.md."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from meadow.feed.ranking import Floats, Ids

# In the order in which lists store them; the last is known only while a list is put together.
FEATURES: Final = (
    "quality",
    "fresh",
    "followed",
    "topic",
    "similar",
    "author",
    "shown",
    "variety",
)
VARIETY: Final = FEATURES.index("variety")
# So many notes back another of the same author or topic counts against variety.
LOOK_BACK: Final = 8
AUTHOR_COUNTS, TOPIC_COUNTS = 2.0, 1.0


@dataclass(frozen=True)
class Ordered:
    """Candidates in the order chosen: their rows, and each one's features with the variety it had."""

    places: NDArray[np.intp]
    features: Floats


def contributions(features: Floats, weights: Floats) -> Floats:
    """Return what each feature adds to the score, a row a note: rows add up to the scores."""
    return np.asarray(features * weights, dtype=np.float64)


def order_with_variety(
    *, features: Floats, weights: Floats, authors: Ids, topics: Ids, size: int
) -> Ordered:
    """Choose `size` notes one after the other: always the best score, less what repeats.

    `features` has a column for each of FEATURES (variety is filled in here), `topics` the main topic
    of each note, 0 for none. A note's variety is how many of the last LOOK_BACK chosen are by its
    author (twice) or of its topic. Equal scores go to the earlier row. Greedy, as maximal marginal
    relevance (Carbonell and Goldstein, SIGIR 1998) with these counts in the place of similarity.
    """
    base = contributions(features, weights).sum(axis=1) - features[:, VARIETY] * weights[VARIETY]
    size = min(size, len(base))
    repeated = np.zeros(len(base))
    left = base.copy()
    chosen = np.empty(size, np.intp)
    told = features.copy()
    for step in range(size):
        place = int(np.argmax(left + weights[VARIETY] * repeated))
        chosen[step], told[place, VARIETY] = place, repeated[place]
        left[place] = -np.inf
        _count(repeated, place, authors, topics, by=1.0)
        if step >= LOOK_BACK:
            _count(repeated, int(chosen[step - LOOK_BACK]), authors, topics, by=-1.0)
    return Ordered(places=chosen, features=told[chosen])


def _count(repeated: Floats, place: int, authors: Ids, topics: Ids, *, by: float) -> None:
    repeated += by * AUTHOR_COUNTS * (authors == authors[place])
    if topics[place]:
        repeated += by * TOPIC_COUNTS * (topics == topics[place])
