"""What an order added, from the facts of the warehouse: the same states as `lift.observing.Observer`."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np

from meadow.analytics.campaigns import Met, list_met
from meadow.experiments.assignment import BUCKETS
from meadow.experiments.statistics.differences import bounded_difference_interval
from meadow.experiments.statistics.streams import Contrast
from meadow.promotion.lift.observing import LATE, WINDOW
from meadow.promotion.lift.reporting import Lift, report_lift
from meadow.promotion.models import Order
from meadow.promotion.queries.delivered import DeliveredRecord, get_delivered

Outcome = Literal["reads", "follows"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("reads", "follows")
# So many moments of the interval are drawn.
MOST_POINTS: Final = 48
_OF_10_000: Final = 10_000


@dataclass(frozen=True, slots=True)
class LiftPoint:
    """How the interval stood once the windows of so many people were over."""

    at: dt.datetime
    people: int
    difference: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class OutcomeLift:
    """What an order added of one outcome, and how the interval came about."""

    outcome: Outcome
    lift: Lift
    course: Sequence[LiftPoint]


@dataclass(frozen=True, slots=True)
class LiftReport:
    """What an order added, as of `until`: the windows of `people` were over then.

    `met` is everybody who was shown it or held out so far, `share` the share held out, in 10,000;
    `ghosts` the people held out who would have been shown it.
    """

    until: dt.datetime
    share: int
    met: int
    ghosts: int
    people: int
    outcomes: Sequence[OutcomeLift]

    def of(self, outcome: Outcome) -> Lift:
        """Return the lift of one outcome."""
        return next(one.lift for one in self.outcomes if one.outcome == outcome)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose observations are asked for; `salt` tells orders of tests apart that share an id."""

    order_id: int
    salt: str
    author_id: int
    note_id: int
    boosted: float
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class _Observed:
    """How many windows were over, and of each outcome the state and how it came about."""

    people: int
    states: Sequence[tuple[Outcome, Contrast, Sequence[LiftPoint]]]


def read_lift(order_id: int, now: dt.datetime) -> LiftReport:
    """Return what an order added, as of the last full minute. Raises EngineUnavailable."""
    order = Order.objects.select_related("rule").get(pk=order_id)
    return lift_of(order, get_delivered(order_id), now=now)


def lift_of(order: Order, delivered: DeliveredRecord, *, now: dt.datetime) -> LiftReport:
    """Return what an order added, given what it was delivered. Raises EngineUnavailable."""
    until = now - dt.timedelta(seconds=now.second, microseconds=now.microsecond)
    observed = _observe(
        _Asked(
            order_id=order.pk,
            salt=order.salt,
            author_id=order.author_id,
            note_id=order.note_id,
            boosted=1 - order.holdout / BUCKETS,
            until=until,
        )
    )
    met = delivered.people + delivered.ghosts
    outcomes = []
    for outcome, state, course in observed.states:
        lift = report_lift(
            state,
            share_held_out=order.holdout,
            impressions_each=delivered.impressions / max(met, 1),
            smallest_effect=order.rule.smallest_effect / _OF_10_000,
        )
        outcomes.append(OutcomeLift(outcome=outcome, lift=lift, course=course))
    return LiftReport(
        until=until,
        share=order.holdout,
        met=met,
        ghosts=delivered.ghosts,
        people=observed.people,
        outcomes=outcomes,
    )


# A page that is open asks again with each impression, while windows end a few a minute.
@lru_cache(maxsize=500)
def _observe(asked: _Asked) -> _Observed:
    met = list_met(
        campaign_id=asked.order_id,
        author_id=asked.author_id,
        note_id=asked.note_id,
        window=WINDOW,
        late=LATE,
        now=asked.until,
    )
    people = len(met.first_ms)
    states: list[tuple[Outcome, Contrast, Sequence[LiftPoint]]] = []
    for outcome in OUTCOMES:
        path = path_of(met, outcome, boosted=asked.boosted)
        state = path.last() if people else Contrast.none()
        states.append((outcome, state, _course(path, met, boosted=asked.boosted)))
    return _Observed(people=people, states=states)


def path_of(met: Met, outcome: Outcome, *, boosted: float) -> Contrast:
    """Return the state after each person whose window was over, in the order of their first opportunities."""
    did = np.asarray(getattr(met, outcome), np.float64)
    return Contrast.none().path(did, met.held_out == 0, share=boosted)


def _course(path: Contrast, met: Met, *, boosted: float) -> list[LiftPoint]:
    if not len(met.first_ms):
        return []
    intervals = bounded_difference_interval(path, share=boosted)
    closes = met.first_ms + round((WINDOW + LATE).total_seconds() * 1000)
    # As many moments as are drawn, evenly over the time, each with whoever was over by then.
    moments = np.linspace(closes[0], closes[-1], MOST_POINTS)
    places = np.unique(np.searchsorted(closes, moments, side="right") - 1)
    return [
        LiftPoint(
            at=dt.datetime.fromtimestamp(int(closes[place]) / 1000, dt.UTC),
            people=int(place) + 1,
            difference=float(intervals.estimate[place]),
            low=float(intervals.low[place]),
            high=float(intervals.high[place]),
        )
        for place in places
    ]
