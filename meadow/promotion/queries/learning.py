"""What predictions came to: the newest learning of each goal, its calibration plot, and those before."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from meadow.promotion.models import Order, ResponseModel
from meadow.promotion.prediction.affinities import CLASSES, restore_affinity

MOST_VERSIONS: Final = 20


@dataclass(frozen=True, slots=True)
class PlotPoint:
    """Showings of a like prediction: the mean before and after calibration, the rate seen, how many."""

    raw: float
    calibrated: float
    observed: float
    count: int


@dataclass(frozen=True, slots=True)
class ClassLearned:
    """How much more or less readers of one class of match respond: their `factor` on an order's rate.

    `predicted` and `observed` are responses of `shown` paid impressions to them, each predicted by the
    factor that stood then. `name` is of `prediction.affinities.CLASSES`.
    """

    name: str
    factor: float
    shown: int
    predicted: float
    observed: int

    @property
    def ratio(self) -> float | None:
        """Predicted over observed responses; None where none was observed."""
        return self.predicted / self.observed if self.observed else None


@dataclass(frozen=True, slots=True)
class Learning:
    """One learning of a goal: `predicted` and `observed` responses of `facts` paid impressions.

    `classes` are all classes of match, empty before any impression was told apart by them.
    """

    goal: str
    base: float
    facts: int
    predicted: float
    observed: int
    made_at: dt.datetime
    plot: Sequence[PlotPoint]
    classes: Sequence[ClassLearned] = ()

    @property
    def ratio(self) -> float | None:
        """Predicted over observed responses; None where none was observed."""
        return self.predicted / self.observed if self.observed else None


def list_learnings(*, goal: str, most: int = MOST_VERSIONS) -> Sequence[Learning]:
    """Return the newest learnings of a goal, newest first."""
    rows = ResponseModel.objects.filter(goal=goal).order_by("-pk")[:most]
    return [
        Learning(
            goal=row.goal,
            base=row.base,
            facts=row.facts,
            predicted=row.predicted,
            observed=row.observed,
            made_at=row.made_at,
            plot=[
                PlotPoint(raw=raw, calibrated=calibrated, observed=observed, count=int(count))
                for raw, calibrated, observed, count in row.plot
            ],
            classes=_classes(row),
        )
        for row in rows
    ]


def _classes(row: ResponseModel) -> list[ClassLearned]:
    if not any(shown for shown, _, _ in row.classes[1:]):
        return []
    factors = restore_affinity(row.affinity).factors
    return [
        ClassLearned(name, factor, int(shown), predicted, int(observed))
        for name, factor, (shown, predicted, observed) in zip(
            CLASSES, factors, row.classes, strict=True
        )
    ]


def list_goals() -> Sequence[str]:
    """Return the goals that an order may have."""
    return [goal.value for goal in Order.Goal]
