"""Readers like you: which notes the readers of a note also like. A ridge model over pairs of notes.

EASE (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019) on acts that are scaled
down for readers who act on everything and for notes that everybody reads; only the strongest
neighbours of a note are kept. docs/algorithms/ranking.md has the formula and the figures.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from meadow.feed.ranking import Floats, Ids

Weights32 = NDArray[np.float32]
READER_POWER, NOTE_POWER, RIDGE = 0.5, 0.3, 2.0
NEIGHBOURS: Final = 300
PAIRS_AT_ONCE: Final = 4_000_000
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
    acts: Acts, *, notes: int, neighbours: int = NEIGHBOURS, ridge: float = RIDGE
) -> Neighbours:
    """Return the neighbours of `notes` notes; it takes about 12 x notes^2 bytes and notes^3 time."""
    gram = _gram(acts, notes)
    gram[np.diag_indices(notes)] += np.float32(ridge)
    inverse = np.linalg.inv(gram)
    del gram
    weights = inverse / -np.diag(inverse)
    del inverse
    np.fill_diagonal(weights, 0.0)
    kept = min(neighbours, notes)
    if kept == notes:
        best = np.argsort(-weights, axis=1)
    else:
        best = np.argpartition(-weights, kept, axis=1)[:, :kept]
        strength = np.take_along_axis(weights, best, axis=1)
        best = np.take_along_axis(best, np.argsort(-strength, axis=1), axis=1)
    found = np.maximum(np.take_along_axis(weights, best, axis=1), 0.0)
    return Neighbours(note=best.astype(np.int32), weight=found.astype(np.float32))


def _gram(acts: Acts, notes: int) -> Weights32:
    """Return how much readers share any two notes: the scaled acts times themselves."""
    order = np.argsort(acts.reader, kind="stable")
    reader, note, strength = acts.reader[order], acts.note[order], acts.strength[order]
    starts = np.flatnonzero(np.diff(reader, prepend=-1))
    sizes = np.diff(np.append(starts, len(reader)))
    if len(starts):
        # How strong an act is says something beside the strongest of the same reader.
        strength = strength / np.repeat(np.maximum.reduceat(strength, starts), sizes)
    by_reader = np.bincount(reader, weights=strength)
    by_note = np.bincount(note, weights=strength, minlength=notes)
    scaled = strength / (
        np.maximum(by_reader[reader], 1.0) ** READER_POWER
        * np.maximum(by_note[note], 1.0) ** NOTE_POWER
    )
    gram = np.zeros((notes, notes), dtype=np.float32)
    # A reader with n acts makes n^2 pairs: so many readers at once that they fit into memory.
    pairs = np.cumsum(sizes.astype(np.int64) ** 2)
    begin = 0
    while begin < len(starts):
        before = int(pairs[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(pairs, before + PAIRS_AT_ONCE, side="right")))
        counts = sizes[begin:end].astype(np.int64)
        left = np.repeat(
            np.arange(starts[begin], starts[begin] + counts.sum()), np.repeat(counts, counts)
        )
        within = np.arange(len(left)) - np.repeat(np.cumsum(counts**2) - counts**2, counts**2)
        right = np.repeat(starts[begin:end], counts**2) + within % np.repeat(counts, counts**2)
        keys, places = np.unique(note[left] * notes + note[right], return_inverse=True)
        gram.ravel()[keys] += np.bincount(places, weights=scaled[left] * scaled[right])
        begin = end
    return gram


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
