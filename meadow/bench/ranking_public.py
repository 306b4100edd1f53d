"""The shipped similar-readers source and its peers on public interactions."""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from meadow.bench.framework import Steps
from meadow.feed.similar import RECENCY, Acts, recency, train

Scores = NDArray[np.float32]
BEAUTY_READERS_AT_ONCE: Final = 1000
NEVER: Final = np.float32(-1e9)


def _als(matrix: Any, factors: int, regularization: float, alpha: float) -> Scores:
    from implicit.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(
        factors=factors,
        regularization=regularization,
        alpha=alpha,
        iterations=15,
        random_state=1,
        num_threads=2,
    )
    model.fit(matrix, show_progress=False)
    return np.asarray(model.user_factors @ model.item_factors.T)


def _bpr(matrix: Any, factors: int, rate: float) -> Scores:
    from implicit.bpr import BayesianPersonalizedRanking

    model = BayesianPersonalizedRanking(
        factors=factors, learning_rate=rate, iterations=200, random_state=1, num_threads=2
    )
    model.fit(matrix, show_progress=False)
    return np.asarray(model.user_factors @ model.item_factors.T)


def _knn(matrix: Any, kind: str, neighbours: int) -> Scores:
    from implicit import nearest_neighbours

    model = getattr(nearest_neighbours, kind)(K=neighbours, num_threads=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(matrix, show_progress=False)
    return np.asarray((matrix @ model.similarity).todense())


# A few settings of each, from what is usual to what a wider search found good here. The best is chosen on
# a part held out of the training data, as ours was; the test part is looked at once, at the end.
PEERS: Final[dict[str, list[Callable[[Any], Scores]]]] = {
    "implicit kNN": [
        lambda m: _knn(m, "TFIDFRecommender", 500),
        lambda m: _knn(m, "TFIDFRecommender", 200),
        lambda m: _knn(m, "CosineRecommender", 500),
    ],
    "implicit ALS": [
        lambda m: _als(m, 64, 0.01, 5.0),
        lambda m: _als(m, 64, 10.0, 20.0),
        lambda m: _als(m, 128, 10.0, 20.0),
    ],
    "implicit BPR": [lambda m: _bpr(m, 64, 0.01)],
}
HELD_OUT: Final = 0.2
SPLIT_SEED: Final = 0
# No further setting of a peer is tried after this; a busy machine still ends in time.
PEER_SECONDS: Final = 45.0


@dataclass(frozen=True)
class Listens:
    """Who listened to what and how often, as columns; `shape` is (readers, items)."""

    reader: NDArray[np.int64]
    item: NDArray[np.int64]
    strength: NDArray[np.float64]
    shape: tuple[int, int]

    def matrix(self, *, weighed: bool) -> Any:
        """Return readers times items, with ones or with strengths."""
        values = self.strength if weighed else np.ones(len(self.reader))
        return sparse.csr_matrix(
            (values.astype(np.float32), (self.reader, self.item)), shape=self.shape
        )

    def take(self, rows: NDArray[np.bool_]) -> "Listens":
        """Return some of the rows."""
        return Listens(self.reader[rows], self.item[rows], self.strength[rows], self.shape)


@dataclass(frozen=True)
class PublicFigures:
    """Recall@20 of ours and of the peers on the test part, and how many settings each peer tried."""

    ours: float
    beside: dict[str, float]
    tried: dict[str, int]


def measure_lastfm(folder: Path, steps: Steps) -> PublicFigures:
    """Return Recall@20 of ours and of the peers; each peer may have plain or weighed interactions."""
    rows, tests = (np.loadtxt(folder / name) for name in ("data1.txt", "test1.txt"))
    readers = int(max(rows[:, 0].max(), tests[:, 0].max())) + 1
    items = int(max(rows[:, 1].max(), tests[:, 1].max())) + 1
    train_part = Listens(
        rows[:, 0].astype(np.int64),
        rows[:, 1].astype(np.int64),
        np.log1p(rows[:, 2]),
        (readers, items),
    )
    test_part = Listens(
        tests[:, 0].astype(np.int64), tests[:, 1].astype(np.int64), tests[:, 2], train_part.shape
    )
    steps.start("similar readers on Last.fm")
    ours = _recall_of(ours_on(train_part), train_part, test_part)
    popular = np.tile(train_part.matrix(weighed=False).sum(axis=0), (readers, 1))
    beside = {"popularity": round(_recall_of(np.asarray(popular), train_part, test_part), 4)}
    fit_part, held_part = hold_out(train_part)
    tried: dict[str, int] = {}
    for name, settings in PEERS.items():
        steps.start(f"{name} on Last.fm")
        began = time.monotonic()
        found: list[tuple[float, int, bool]] = []
        for place, fit in enumerate(settings):
            for weighed in (False, True):
                if not found or time.monotonic() - began < PEER_SECONDS:
                    scores = fit(fit_part.matrix(weighed=weighed))
                    found.append((_recall_of(scores, fit_part, held_part), place, weighed))
        _, place, weighed = max(found)
        scores = settings[place](train_part.matrix(weighed=weighed))
        beside[name] = round(_recall_of(scores, train_part, test_part), 4)
        tried[name] = len(found)
    return PublicFigures(ours=ours, beside=beside, tried=tried)


def ours_on(listens: Listens) -> Scores:
    """Return everybody's scores of everything by the shipped model, at its shipped setting."""
    items = listens.shape[1]
    model = train(Acts(listens.reader, listens.item, listens.strength), notes=items)
    weights = _matrix(model.note, model.weight, items)
    return np.asarray((listens.matrix(weighed=True) @ weights).todense())


def hold_out(listens: Listens) -> tuple[Listens, Listens]:
    """Return what is left when a fifth of each reader's rows, chosen by lot, is held out; and that fifth."""
    luck = np.random.default_rng(SPLIT_SEED).random(len(listens.reader))
    order = np.lexsort((luck, listens.reader))
    reader = listens.reader[order]
    sizes = np.bincount(reader, minlength=listens.shape[0])
    place = np.arange(len(reader)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    held = np.zeros(len(reader), bool)
    held[order] = place < np.floor(sizes * HELD_OUT)[reader]
    return listens.take(~held), listens.take(held)


def _recall_of(scores: Scores, seen: Listens, held: Listens) -> float:
    return _recall(scores, seen.matrix(weighed=False), held.matrix(weighed=False))


def measure_beauty(folder: Path, steps: Steps) -> tuple[float, dict[str, float]]:
    """Return NDCG@10 of each reader's last item: of ours, of the same without recency, of popularity."""
    lines = (folder / "sequences.txt").read_text().splitlines()
    histories = [np.array(line.split()[1:], np.int64) for line in lines]
    items = int(max(history.max() for history in histories)) + 1
    before = [history[:-1] for history in histories]
    target = np.array([history[-1] for history in histories])
    sizes = np.array([len(history) for history in before])
    reader, item = np.repeat(np.arange(len(before)), sizes), np.concatenate(before)
    steps.start("learning similar readers on Beauty")
    model = train(Acts(reader, item, np.ones(len(item))), notes=items)
    weights = _matrix(model.note, model.weight, items)
    steps.start("ranking Beauty")
    aged = np.concatenate([recency(size, power=RECENCY)[::-1] for size in sizes])
    seen = sparse.csr_matrix((np.ones(len(item), np.float32), (reader, item)))
    seen.resize(len(before), items)
    own = sparse.csr_matrix((aged.astype(np.float32), (reader, item)), shape=seen.shape)
    popular = np.asarray(seen.sum(axis=0), np.float32)
    gains = {"ours": 0.0, "without recency": 0.0, "popularity": 0.0}
    for first in range(0, len(before), BEAUTY_READERS_AT_ONCE):
        rows = slice(first, first + BEAUTY_READERS_AT_ONCE)
        for name, scores in (
            ("ours", np.asarray((own[rows] @ weights).todense())),
            ("without recency", np.asarray((seen[rows] @ weights).todense())),
            ("popularity", np.tile(popular, (own[rows].shape[0], 1))),
        ):
            gains[name] += _gain_of_last(scores, seen[rows], target[rows])
    means = {name: round(gain / len(before), 4) for name, gain in gains.items()}
    return means.pop("ours"), means


def _matrix(note: NDArray[np.int32], weight: NDArray[np.float32], items: int) -> Any:
    rows = np.repeat(np.arange(len(note)), note.shape[1])
    return sparse.csr_matrix((weight.ravel(), (rows, note.ravel())), shape=(items, items))


def _recall(scores: Scores, seen: Any, held: Any, *, at: int = 20) -> float:
    """Return the mean over readers with held-back items of the share found in the first `at`."""
    scores = np.array(scores, np.float32)
    scores[seen.nonzero()] = NEVER
    readers = np.flatnonzero(np.diff(held.indptr))
    best = np.argpartition(-scores[readers], at, axis=1)[:, :at]
    hits = np.take_along_axis(np.asarray(held[readers].todense()), best, axis=1).sum(axis=1)
    return float((hits / np.diff(held.indptr)[readers]).mean())


def _gain_of_last(scores: Scores, seen: Any, target: NDArray[np.int64], *, at: int = 10) -> float:
    """Return the summed NDCG@`at` of one held-back item a reader, all other unseen items ranked."""
    scores = np.array(scores, np.float32)
    own = scores[np.arange(len(target)), target][:, None]
    scores[seen.nonzero()] = NEVER
    # A tie counts against us: items of an equal score stand before the one that is sought.
    place = (scores >= own).sum(axis=1) - (scores[np.arange(len(target)), target] >= own[:, 0])
    return float(np.where(place < at, 1.0 / np.log2(place + 2.0), 0.0).sum())
