"""What operators' programs are told of predictions: learnings, their plots, and classes of readers."""

import datetime as dt
from typing import Literal

from ninja import Schema

from meadow.promotion.operator_schemas import ReviewGoal
from meadow.promotion.queries.learning import Learning


class CalibrationPointOut(Schema):
    """Showings of a like prediction: before and after calibration, what was seen, how many."""

    raw: float
    calibrated: float
    observed: float
    count: int


class MatchClassOut(Schema):
    """Readers by how many topics a note has in common with them: `unknown`, `none`, `one` or `several`.

    Paid impressions to them, their predicted and observed responses, and the factor on an order's rate
    that they teach; that of `unknown` is 1, always.
    """

    name: Literal["unknown", "none", "one", "several"]
    factor: float
    shown: int
    predicted: float
    observed: int
    ratio: float | None


class PromotionLearningOut(Schema):
    """A learning of a goal; `ratio` is predicted over observed, empty where none was observed.

    `classes` is empty until impressions were told apart by what their readers agreed to have known.
    """

    goal: ReviewGoal
    base: float
    facts: int
    predicted: float
    observed: int
    ratio: float | None
    made_at: dt.datetime
    plot: list[CalibrationPointOut]
    classes: list[MatchClassOut]


class PromotionLearningsOut(Schema):
    """The newest learnings of a goal, newest first."""

    items: list[PromotionLearningOut]


def learning_out(one: Learning) -> PromotionLearningOut:
    """Return a learning with its plot."""
    return PromotionLearningOut(
        goal=one.goal,  # type: ignore[arg-type] # one of the model's
        base=one.base,
        facts=one.facts,
        predicted=one.predicted,
        observed=one.observed,
        ratio=one.ratio,
        made_at=one.made_at,
        plot=[
            CalibrationPointOut(
                raw=point.raw,
                calibrated=point.calibrated,
                observed=point.observed,
                count=point.count,
            )
            for point in one.plot
        ],
        classes=[
            MatchClassOut(
                name=each.name,  # type: ignore[arg-type] # one of CLASSES
                factor=each.factor,
                shown=each.shown,
                predicted=each.predicted,
                observed=each.observed,
                ratio=each.ratio,
            )
            for each in one.classes
        ],
    )
