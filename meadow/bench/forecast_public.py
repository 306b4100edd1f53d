"""The prediction of promotion on impressions that nobody here made: iPinYou's campaign 2997, split in time.

The published pCTR stands for what organic counts say of an order (`raw`). Impressions of like pCTR are an
order, as those of one note are in Meadow; the job's batches are a thousandth part of the stream or so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from meadow.bench.pacing_public import read_auctions
from meadow.promotion.pacing import Calibrator
from meadow.promotion.prediction import (
    Belief,
    Count,
    Record,
    estimate_base,
    estimate_prior,
    expect,
    teach,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# What is learnt from before anything is judged, as a part of the stream.
TRAINED: Final = (0.3, 0.5, 0.7)
ORDERS: Final = 40
BATCH: Final = 1_000
FIFTHS: Final = 5
# So many showings without pay say what a note's rate is, to the last digit.
KNOWN: Final = 1e9


@dataclass(frozen=True)
class Judged:
    """Predicted over observed of the impressions after a part: as given, and by three ways to predict.

    `frozen` learns nothing after the part; `calibrated` goes on learning but each batch is judged first;
    `rate` is what decides, with an order's own showings as the last word. `half_width` is how far chance
    alone moves these (95 %), `by_fifth` is `rate` by fifths of pCTR with their clicks.
    """

    part: float
    clicks: int
    given: float
    frozen: float
    calibrated: float
    rate: float
    by_fifth: Sequence[tuple[float, int]] = field(default_factory=tuple)

    @property
    def half_width(self) -> float:
        """Return 1.96 standard errors of a quotient with so many clicks below it."""
        return 1.96 / float(np.sqrt(self.clicks))


def judge_public(folder: Path) -> list[Judged]:
    """Return what each split found."""
    auctions = read_auctions(folder)
    edges = np.quantile(auctions.value, np.arange(1, ORDERS) / ORDERS)
    order = np.searchsorted(edges, auctions.value)
    return [_judge(auctions.value, auctions.click, order, part) for part in TRAINED]


def _judge(given: Floats, click: Ints, order: NDArray[np.intp], part: float) -> Judged:
    upto = int(len(given) * part)
    shown = np.bincount(order[:upto], minlength=ORDERS).astype(np.float64)
    clicked = np.bincount(order[:upto], click[:upto], ORDERS).astype(np.float64)
    base = estimate_base(shown, clicked, goal="interactions")
    belief = Belief(
        base=base,
        prior=estimate_prior(shown, clicked, base=base, goal="interactions"),
        middle=base,
        calibrator=Calibrator(middle=base),
    )
    paid = [Count() for _ in range(ORDERS)]
    calibrated, rate = np.empty(len(given)), np.empty(len(given))
    frozen = np.empty(0)
    for first in range(0, len(given), BATCH):
        if not len(frozen) and first >= upto:
            frozen = belief.calibrator.apply(given[upto:])
        batch = slice(first, first + BATCH)
        calibrated[batch] = belief.calibrator.apply(given[batch])
        for one in np.unique(order[batch]).tolist():
            inside = np.flatnonzero(order[batch] == one) + first
            raw, brought = float(given[inside].mean()), int(click[inside].sum())
            known = Count(KNOWN, KNOWN * raw)
            rate[inside] = expect(Record(note=known, paid=paid[one]), belief).rate
            teach(belief, raw=raw, shown=len(inside), responses=brought)
            before = paid[one]
            paid[one] = Count(before.shown + len(inside), before.responses + brought)
    later = slice(upto, None)
    fifths = np.searchsorted(
        np.quantile(given[later], np.arange(1, FIFTHS) / FIFTHS), given[later], side="right"
    )
    clicks = int(click[later].sum())
    by_fifth = []
    for fifth in range(FIFTHS):
        inside = fifths == fifth
        some = int(click[later][inside].sum())
        by_fifth.append((float(rate[later][inside].sum()) / max(some, 1), some))
    return Judged(
        part=part,
        clicks=clicks,
        given=float(given[later].sum()) / clicks,
        frozen=float(frozen.sum()) / clicks,
        calibrated=float(calibrated[later].sum()) / clicks,
        rate=float(rate[later].sum()) / clicks,
        by_fifth=by_fifth,
    )
