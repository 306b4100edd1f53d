"""From counts to an expected rate: a note's own history towards its author's, towards the community's."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from meadow.promotion.pacing.calibration import LEVEL_PRIOR
from meadow.promotion.prediction.learning import Belief

LEAST_RATE: Final = 1e-6
MOST_RATE: Final = 0.999
# The tenth and the ninetieth of a hundred.
Z80: Final = 1.2816
# A score is bid x quality; quality is in thousandths and stays within a half and twice.
QUALITY_ONE: Final = 1000
LEAST_QUALITY, MOST_QUALITY = 500, 2000
QUALITY_POWER: Final = 0.5


@dataclass(frozen=True, slots=True)
class Count:
    """How often something was shown, and how many responses that brought.

    Paid showings count as often as their readers' classes respond, beside somebody usual.
    """

    shown: float = 0.0
    responses: float = 0.0

    def smoothed(self, *, towards: float, prior: float) -> float:
        """Return the rate, where `towards` counts as `prior` showings (the mean of a Gamma posterior)."""
        return (self.responses + prior * towards) / (self.shown + prior)


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a note for one goal: its own showings without pay, its author's others, paid ones."""

    note: Count = Count()
    author: Count = Count()
    paid: Count = Count()

    @property
    def responses(self) -> float:
        """How many responses say something about this very note."""
        return self.note.responses + self.paid.responses


@dataclass(frozen=True, slots=True)
class Expected:
    """Responses a showing: as organic counts say (`raw`), and what decides (`rate`), with 80 % in bounds."""

    raw: float
    rate: float
    low: float
    high: float


def expect(record: Record, belief: Belief) -> Expected:
    """Return what a showing of a note is expected to bring.

    `raw` is from showings without pay alone; the calibrator says what such a rate becomes when paid for,
    and the note's own paid showings have the last word, so that none is corrected twice.
    """
    author = record.author.smoothed(towards=belief.base, prior=belief.prior)
    raw = _within(record.note.smoothed(towards=author, prior=belief.prior))
    corrected = _within(float(belief.calibrator.apply(raw)))
    rate = _within(record.paid.smoothed(towards=corrected, prior=belief.prior))
    known = record.responses + belief.prior * raw
    spread = math.sqrt(1.0 / known + 1.0 / (LEVEL_PRIOR + belief.facts))
    width = math.exp(Z80 * spread)
    return Expected(raw=raw, rate=rate, low=_within(rate / width), high=_within(rate * width))


def raised(found: Expected, *, by: float) -> Expected:
    """Return what readers bring who respond so many times as much as somebody usual."""
    rate, low, high = (_within(by * each) for each in (found.rate, found.low, found.high))
    return Expected(raw=found.raw, rate=rate, low=low, high=high)


def weigh_quality(records: Mapping[str, Record], beliefs: Mapping[str, Belief]) -> int:
    """Return a note's quality in thousandths: how it is received without pay, beside the community.

    The square root of the geometric mean of (rate over base) of the goals, within a half and twice: who is
    liked wins at a lower bid, but no bid is outdone by more than four to one.
    """
    logs = []
    for goal, record in records.items():
        belief = beliefs[goal]
        author = record.author.smoothed(towards=belief.base, prior=belief.prior)
        rate = record.note.smoothed(towards=author, prior=belief.prior)
        logs.append(math.log(rate / belief.base))
    quality = QUALITY_ONE * math.exp(QUALITY_POWER * sum(logs) / len(logs)) if logs else QUALITY_ONE
    return round(min(max(quality, LEAST_QUALITY), MOST_QUALITY))


def _within(rate: float) -> float:
    return min(max(rate, LEAST_RATE), MOST_RATE)
