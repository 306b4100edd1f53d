"""Whom else a list of people is like: by what they engage with, and by nothing else.

Taste is a row of counts a person, a column a topic. A logistic model learns what tells the list from people
drawn at random; everybody else is ranked by it. docs/algorithms/audiences.md has the method and measurements.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from meadow.promotion.audiences.definition import LARGEST_LOOK_ALIKE
from meadow.promotion.audiences.errors import SeedTooSmall
from meadow.promotion.audiences.index import Numbers

Floats = NDArray[np.float64]
Counts = NDArray[np.float32]

FEWEST_SEEDS: Final = 300
# As many of the others as keep the model about as sure of them as of the list, drawn once.
OTHERS_A_SEED: Final = 4
MOST_LEARNT: Final = 50_000
RIDGE: Final = 1.0
NEWTON_STEPS: Final = 8
PEOPLE_AT_ONCE: Final = 50_000
# What stands for a count of nothing in a share of all: half a view.
HALF: Final = 0.5


def find_look_alike(
    *,
    people: Numbers,
    taste: Counts,
    seed: Numbers,
    percent: int,
    random_seed: int,
) -> Numbers:
    """Return who is most like `seed`, ascending: `percent` of `people`, none of the seed.

    What `rank_alike` says, cut off. Raises SeedTooSmall.
    """
    if not 1 <= percent <= LARGEST_LOOK_ALIKE:
        raise ValueError(f"a look-alike is 1 to {LARGEST_LOOK_ALIKE} percent, not {percent}")
    ranked = rank_alike(people=people, taste=taste, seed=seed, random_seed=random_seed)
    found: Numbers = np.sort(ranked[: len(people) * percent // 100])
    return found


def rank_alike(*, people: Numbers, taste: Counts, seed: Numbers, random_seed: int) -> Numbers:
    """Return who is like `seed`, the most alike first: LARGEST_LOOK_ALIKE percent of `people`.

    `people` (ascending) may be targeted; `taste` has a row of engagement counts for each. Who has
    engaged with nothing is like nobody, and nobody of the seed is found. Raises SeedTooSmall when
    fewer than FEWEST_SEEDS of the list have engaged with anything.
    """
    known = taste.sum(axis=1) > 0
    listed = np.isin(people, seed)
    seeds, others = np.flatnonzero(listed & known), np.flatnonzero(~listed & known)
    if len(seeds) < FEWEST_SEEDS:
        raise SeedTooSmall(found=len(seeds))
    chance = np.random.default_rng(random_seed)
    some = chance.permutation(seeds)[:MOST_LEARNT]
    drawn = chance.permutation(others)[: OTHERS_A_SEED * len(some)]
    weights = learn(features_of(taste[some]), features_of(taste[drawn]))
    # Features of everybody at once would be many times what `taste` takes.
    lots = np.array_split(others, len(others) // PEOPLE_AT_ONCE + 1)
    likeness = np.concatenate([features_of(taste[lot]) @ weights[1:] for lot in lots])
    # Ties go to the lower number, so that the same data give the same people.
    best = np.lexsort((others, -likeness))[: len(people) * LARGEST_LOOK_ALIKE // 100]
    found: Numbers = people[others[best]]
    return found


def features_of(taste: Counts) -> Floats:
    """Return each person's row as the model sees it, two columns a topic.

    The centred log-ratio of smoothed counts, and the square root of each share of the whole: the
    first tells much of who engages often, the second is less noisy of who does seldom.
    """
    counts = np.asarray(taste, dtype=np.float64)
    total = counts.sum(axis=1, keepdims=True)
    smooth = np.log(counts + HALF)
    smooth -= smooth.mean(axis=1, keepdims=True)
    roots = np.sqrt(counts / np.maximum(total, 1.0))
    return np.hstack([smooth, roots])


def learn(seeds: Floats, others: Floats) -> Floats:
    """Return the weights of a ridge logistic regression, the constant first, both sides alike heavy.

    Newton's method. The others hold some who are like the list: that scales the odds by a constant
    and leaves the order (Elkan and Noto 2008, "Learning classifiers from only positive and
    unlabeled data", KDD).
    """
    x = np.vstack([seeds, others])
    x = np.hstack([np.ones((len(x), 1)), x])
    y = np.repeat([1.0, 0.0], [len(seeds), len(others)])
    heavy = np.repeat([0.5 / len(seeds), 0.5 / len(others)], [len(seeds), len(others)]) * len(x)
    ridge = np.full(x.shape[1], RIDGE)
    ridge[0] = 1e-9
    weights = np.zeros(x.shape[1])
    for _ in range(NEWTON_STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        slope = x.T @ (heavy * (y - p)) - ridge * weights
        bend = (x * (heavy * p * (1 - p))[:, None]).T @ x + np.diag(ridge)
        step = np.linalg.solve(bend, slope)
        weights = weights + step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def centroid_likeness(taste: Counts, seed_rows: Counts) -> Floats:
    """Return the cosine of each row to the list's mean direction: what the model is measured against."""
    unit = taste / np.maximum(np.linalg.norm(taste, axis=1, keepdims=True), 1e-9)
    mean = seed_rows / np.maximum(np.linalg.norm(seed_rows, axis=1, keepdims=True), 1e-9)
    found: Floats = unit @ mean.mean(axis=0)
    return found
