"""Readers like you: which notes the readers of a note also like. Two linear models over pairs of notes.

EASE (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019) on acts that are scaled down
for readers who act on everything and for notes that everybody reads, which is sharp; and the strongest
directions of the same acts (an ideal low-pass filter: Shen et al., "How Powerful is Graph Convolution for
Recommendation?", CIKM 2021), which is broad. Only the strongest neighbours of a note are kept.
docs/algorithms/ranking.md has the formula and the figures.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import lapack

from meadow.feed.ranking import Floats, Ids

Weights32 = NDArray[np.float32]
# Chosen on parts held out of the training data, as docs/algorithms/ranking.md says.
READER_POWER, NOTE_POWER, RIDGE = 0.5, 0.3, 2.0
DIRECTIONS, DIRECTION_POWER, BREADTH = 64, 0.5, 0.3
NEIGHBOURS: Final = 600
NOTES_AT_ONCE: Final = 500
ROUNDS, SPARE_DIRECTIONS, SEED = 8, 20, 1
RECENCY: Final = 0.6
RECENCY_FLOOR: Final = 0.02


@dataclass(frozen=True)
class Acts:
    """Columns of equal length: who acted on which note, both as numbers from 0, and how strongly."""

    reader: Ids
    note: Ids
    strength: Floats


@dataclass(frozen=True)
class Neighbours:
    """Of each note, numbered from 0, its neighbours and how much each speaks for them, strongest first."""

    note: NDArray[np.int32]
    weight: Weights32


def train(
    acts: Acts, *, notes: int, neighbours: int = NEIGHBOURS, breadth: float = BREADTH
) -> Neighbours:
    """Return the neighbours of `notes` notes; it takes about 5 x notes^2 bytes and notes^3 time.

    `breadth` is how much the broad model says beside the sharp one.
    """
    inverse = _invert(_gram(acts, notes))
    diagonal = np.diag(inverse).copy()
    left, right = _directions(acts, notes)
    # Both have the same say when their weights are as large, taken over all pairs.
    own = np.einsum("ij,ij->i", left, right)
    sharp = np.sqrt(np.sum((_norms(inverse) - diagonal**2) / diagonal**2))
    broad = np.sqrt(max(float(np.sum((left.T @ left) * (right.T @ right)) - own @ own), 1e-12))
    left *= np.float32(breadth * sharp / broad)
    kept = min(neighbours, notes)
    note = np.empty((notes, kept), np.int32)
    weight = np.empty((notes, kept), np.float32)
    for first in range(0, notes, NOTES_AT_ONCE):
        rows = slice(first, min(first + NOTES_AT_ONCE, notes))
        both = inverse[rows] / -diagonal + left[rows] @ right.T
        both[np.arange(len(both)), np.arange(rows.start, rows.stop)] = 0.0
        note[rows], weight[rows] = _strongest(both, kept)
    return Neighbours(note=note, weight=weight)


def _strongest(weights: Weights32, kept: int) -> tuple[NDArray[np.int32], Weights32]:
    """Return the `kept` largest of each row, largest first; none below zero."""
    best = np.argpartition(-weights, min(kept, weights.shape[1] - 1), axis=1)[:, :kept]
    strength = np.take_along_axis(weights, best, axis=1)
    order = np.argsort(-strength, axis=1, kind="stable")
    strongest = np.take_along_axis(strength, order, axis=1)
    return np.take_along_axis(best, order, axis=1).astype(np.int32), np.maximum(strongest, 0.0)


def _scaled(acts: Acts, notes: int, strength: Floats) -> Any:
    """Return the acts as a sparse matrix, less of who acts on much and of what many act on."""
    by_reader = np.bincount(acts.reader, weights=strength)
    by_note = np.bincount(acts.note, weights=strength, minlength=notes)
    scaled = strength / (
        np.maximum(by_reader[acts.reader], 1.0) ** READER_POWER
        * np.maximum(by_note[acts.note], 1.0) ** NOTE_POWER
    )
    shape = (len(by_reader), notes)
    return sparse.csr_matrix((scaled.astype(np.float32), (acts.reader, acts.note)), shape=shape)


def _gram(acts: Acts, notes: int) -> Weights32:
    """Return how much readers share any two notes, and the ridge."""
    strongest = np.zeros(int(acts.reader.max(initial=-1)) + 1)
    np.maximum.at(strongest, acts.reader, acts.strength)
    # How strong an act is says something beside the strongest of the same reader.
    matrix = _scaled(acts, notes, acts.strength / np.maximum(strongest, 1e-9)[acts.reader])
    gram: Weights32 = np.zeros((notes, notes), np.float32, order="F")
    turned = matrix.T.tocsr()
    for first in range(0, notes, NOTES_AT_ONCE):
        rows = slice(first, first + NOTES_AT_ONCE)
        gram[rows] = (turned[rows] @ matrix).toarray()
    gram[np.diag_indices(notes)] += np.float32(RIDGE)
    return gram


def _invert(gram: Weights32) -> Weights32:
    """Return the inverse, written over what is given: by Cholesky, a third of the work of any matrix's."""
    factor, failed = lapack.spotrf(gram, lower=1, overwrite_a=1)
    if not failed:
        factor, failed = lapack.spotri(factor, lower=1, overwrite_c=1)
    assert not failed, "a ridge makes every Gram matrix positive definite"  # noqa: S101 - a proof
    for first in range(0, len(factor), NOTES_AT_ONCE):
        rows = slice(first, first + NOTES_AT_ONCE)
        below = np.tril(factor[rows, rows])
        factor[rows, rows] = below + np.tril(below, -1).T
        factor[rows, rows.stop :] = factor[rows.stop :, rows].T
    return np.asarray(factor, np.float32)


def _norms(inverse: Weights32) -> Floats:
    """Return the sum of squares of each column."""
    return np.asarray(np.einsum("ij,ij->j", inverse, inverse, dtype=np.float64), np.float64)


def _directions(acts: Acts, notes: int) -> tuple[Weights32, Weights32]:
    """Return two factors whose product says how much notes share the acts' strongest directions.

    They are the first right singular vectors of the scaled acts, found by a randomised range finder
    (Halko, Martinsson and Tropp, SIAM Review 2011).
    """
    matrix = _scaled(acts, notes, np.ones(len(acts.note)))
    count = min(DIRECTIONS, *matrix.shape)
    rng = np.random.default_rng(SEED)
    found = rng.standard_normal((notes, min(count + SPARE_DIRECTIONS, notes))).astype(np.float32)
    for _ in range(ROUNDS):
        found, _ = np.linalg.qr(matrix.T @ (matrix @ found))
    _, _, turn = np.linalg.svd(matrix @ found, full_matrices=False)
    vectors = found @ turn[:count].T
    popular = np.maximum(np.bincount(acts.note, minlength=notes), 1.0) ** DIRECTION_POWER
    scale = popular.astype(np.float32)[:, None]
    return vectors / scale, vectors * scale


def recency(count: int, *, power: float = RECENCY) -> Floats:
    """Return the weights of acts, newest first: each older one counts `power` times as much."""
    return np.maximum(power ** np.arange(count, dtype=np.float64), RECENCY_FLOOR)


def score_notes(model: Neighbours, *, history: Ids, strength: Floats) -> tuple[Ids, Floats, Ids]:
    """Return the notes that speak to a reader, their scores, and which of the history spoke most for each.

    `history` are numbers of notes in the model, `strength` how much each counts.
    """
    if not len(history):
        nothing = np.empty(0, np.int64)
        return nothing, np.empty(0), nothing
    said = model.weight[history] * strength[:, None]
    notes, places = np.unique(model.note[history].ravel(), return_inverse=True)
    scores = np.bincount(places, weights=said.ravel(), minlength=len(notes))
    # The strongest voice for each note: the last of the sorted ones is written.
    order = np.argsort(said.ravel(), kind="stable")
    loudest = np.empty(len(notes), np.int64)
    loudest[places[order]] = np.repeat(history, model.note.shape[1])[order]
    spoken = (scores > 0) & ~np.isin(notes, history)
    said_for: Floats = np.asarray(scores[spoken], np.float64)
    return notes[spoken].astype(np.int64), said_for, loudest[spoken]
