"""What an experiment says so far: an interval an arm, what each adds, or "not enough data yet"."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from meadow.experiments.outcomes import Capped, Mean, Outcome, Ratio, Share, get_outcome
from meadow.experiments.people import People, Question, read_people
from meadow.experiments.queries import ArmRecord, ExperimentRecord, get_experiment
from meadow.experiments.statistics.differences import (
    bounded_difference_interval,
    mean_difference_interval,
    ratio_difference_interval,
)
from meadow.experiments.statistics.intervals import Array, Flags, Intervals
from meadow.experiments.statistics.mismatch import mismatch_p
from meadow.experiments.statistics.single import (
    bounded_mean_interval,
    mean_interval,
    rate_interval,
    ratio_interval,
)
from meadow.experiments.statistics.streams import BoundedMoments, Contrast, Moments, PairMoments

DAY: Final = dt.timedelta(days=1)
# A browser hands facts in seconds after they happened; they have this long before a window is read.
SETTLING: Final = dt.timedelta(minutes=10)
MISMATCH_ALPHA: Final = 0.01

Answer = Literal["not_enough_data", "undecided", "higher", "lower"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A number with its interval, in the outcome's unit; None where there is not enough data yet."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ArmReading:
    """One arm: how many people finished their window, and what they did."""

    key: str
    people: int
    reading: Reading | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What `arm` adds over the control, and what may be said of it at this moment."""

    arm: str
    over: str
    reading: Reading | None
    answer: Answer


@dataclass(frozen=True, slots=True)
class Report:
    """One outcome of one experiment, as of `as_of`.

    All effects hold together with `confidence` percent, at every moment somebody looks.
    `mismatch_p` is small when the arms do not have the sizes they were given; the experiment is
    then broken, and `arms_mismatch` says so.
    """

    experiment: ExperimentRecord
    outcome: Outcome
    window: dt.timedelta
    confidence: int
    as_of: dt.datetime
    arms: list[ArmReading]
    effects: list[Effect]
    mismatch_p: float

    @property
    def arms_mismatch(self) -> bool:
        """Whether the sizes of the arms cannot be chance."""
        return self.mismatch_p < MISMATCH_ALPHA


def read_report(
    *,
    experiment: str,
    outcome: str,
    now: dt.datetime,
    window: dt.timedelta = DAY,
    confidence: int = 95,
    note_id: int = 0,
    author_id: int = 0,
) -> Report:
    """Return what is known now. Each person counts once `window` after their first exposure is over.

    `note_id` or `author_id` narrow what counts to one note or author. Raises ExperimentUnknown,
    OutcomeUnknown, EngineUnavailable.
    """
    record, chosen = get_experiment(experiment), get_outcome(outcome)
    until = min(now - SETTLING, record.stopped_at or now)
    if record.started_at is None:
        found = People(arms=np.zeros(0, np.int64), amounts=[np.zeros(0) for _ in chosen.amounts])
    else:
        question = Question(
            experiment=experiment,
            since=record.started_at,
            until=until,
            window=window,
            note_id=note_id,
            author_id=author_id,
        )
        found = read_people(question=question, amounts=chosen.amounts)
    alpha = 1 - confidence / 100
    arms = [
        _read_arm(outcome=chosen, arm=arm, index=index, found=found, alpha=alpha)
        for index, arm in enumerate(record.arms)
    ]
    # Each of several effects gets its share of the doubt, so that they hold together.
    effects = [
        _read_effect(
            outcome=chosen,
            arms=record.arms,
            index=index,
            found=found,
            alpha=alpha / (len(record.arms) - 1),
        )
        for index in range(1, len(record.arms))
    ]
    return Report(
        experiment=record,
        outcome=chosen,
        window=window,
        confidence=confidence,
        as_of=until,
        arms=arms,
        effects=effects,
        mismatch_p=mismatch_p(
            np.array([arm.people for arm in arms], float),
            np.array([arm.weight for arm in record.arms], float) / 10_000,
        ),
    )


def _read_arm(
    *, outcome: Outcome, arm: ArmRecord, index: int, found: People, alpha: float
) -> ArmReading:
    mine = found.arms == index
    values = [amount[mine] for amount in found.amounts]
    intervals = _arm_interval(outcome, values, alpha=alpha)
    return ArmReading(key=arm.key, people=int(mine.sum()), reading=_reading(intervals))


def _arm_interval(outcome: Outcome, values: Sequence[Array], *, alpha: float) -> Intervals:
    match outcome.shape:
        case Share():
            people = np.asarray(float(len(values[0])))
            successes = np.asarray(float(np.count_nonzero(values[0])))
            return rate_interval(people, successes, alpha=alpha)
        case Capped(cap=cap):
            state = BoundedMoments.none().plus(np.minimum(values[0], cap) / cap)
            return bounded_mean_interval(state, alpha=alpha).scaled(cap)
        case Mean():
            return mean_interval(Moments.none().plus(values[0]), alpha=alpha)
        case Ratio():
            return ratio_interval(PairMoments.none().plus(values[0], values[1]), alpha=alpha)


def _read_effect(
    *, outcome: Outcome, arms: Sequence[ArmRecord], index: int, found: People, alpha: float
) -> Effect:
    pair = (found.arms == 0) | (found.arms == index)
    treated: Flags = found.arms[pair] == index
    values = [amount[pair] for amount in found.amounts]
    share = arms[index].weight / (arms[index].weight + arms[0].weight)
    intervals = _effect_interval(outcome, values, treated, share=share, alpha=alpha)
    return Effect(
        arm=arms[index].key,
        over=arms[0].key,
        reading=_reading(intervals),
        answer=_answer(intervals),
    )


def _effect_interval(
    outcome: Outcome, values: Sequence[Array], treated: Flags, *, share: float, alpha: float
) -> Intervals:
    match outcome.shape:
        case Share() | Capped() as shape:
            cap = shape.cap if isinstance(shape, Capped) else 1
            state = Contrast.none().plus(np.minimum(values[0], cap) / cap, treated, share=share)
            return bounded_difference_interval(state, share=share, alpha=alpha).scaled(cap)
        case Mean():
            return mean_difference_interval(
                Moments.none().plus(values[0][~treated]),
                Moments.none().plus(values[0][treated]),
                alpha=alpha,
            )
        case Ratio():
            return ratio_difference_interval(
                PairMoments.none().plus(values[0][~treated], values[1][~treated]),
                PairMoments.none().plus(values[0][treated], values[1][treated]),
                alpha=alpha,
            )


def _reading(intervals: Intervals) -> Reading | None:
    if not intervals.known:
        return None
    return Reading(
        estimate=float(intervals.estimate), low=float(intervals.low), high=float(intervals.high)
    )


def _answer(intervals: Intervals) -> Answer:
    if not intervals.known:
        return "not_enough_data"
    if intervals.low > 0:
        return "higher"
    return "lower" if intervals.high < 0 else "undecided"
