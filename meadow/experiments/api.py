"""Experiments for operators and their software; web says who may call them."""

import datetime as dt
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema, Status
from ninja.params.functions import Query
from pydantic import Field

from meadow.core.clock import now
from meadow.experiments import queries, services
from meadow.experiments.outcomes import list_outcomes
from meadow.experiments.queries import ExperimentRecord
from meadow.experiments.reports import Reading, read_report

router = Router(tags=["experiments"])
READ: dict[str, Any] = {"openapi_extra": {"x-scope": "experiments:read"}}
WRITE: dict[str, Any] = {"openapi_extra": {"x-scope": "experiments:write"}}

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,47}$", examples=["cover_first_photo"])]
ArmKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,23}$", examples=["control"])]
Bucket = Annotated[int, Field(ge=1, le=10_000, description="Out of 10,000.")]
CURSOR: Any = Query(None, max_length=500, description="`next_cursor` of the page before")
SIZE: Any = Query(50, ge=1, le=100, description="How many at most")
OUTCOME: Any = Query(max_length=48, description="What to judge by; see the list of outcomes.")
WINDOW: Any = Query(24, ge=1, le=2160, description="Hours after somebody's first exposure.")


class ArmOut(Schema):
    """An arm and its weight; the first is the control."""

    key: ArmKey
    weight: Bucket


class ExperimentOut(Schema):
    """An experiment as it stands; `traffic` is the share of people who take part, in 10,000."""

    key: str
    name: str
    arms: list[ArmOut]
    traffic: int
    state: Literal["draft", "running", "stopped"]
    created_at: dt.datetime
    started_at: dt.datetime | None
    stopped_at: dt.datetime | None


class ExperimentPage(Schema):
    """One page of experiments; `next_cursor` is null on the last."""

    items: list[ExperimentOut]
    next_cursor: str | None


class ExperimentIn(Schema):
    """What a new experiment is; the weights of its arms are 10,000 together."""

    key: Key
    name: str = Field(min_length=1, max_length=120, description="What is tried, in words.")
    arms: list[ArmOut] = Field(min_length=2, max_length=8)
    traffic: Bucket = 10_000


class TrafficIn(Schema):
    """The new share of people who take part."""

    traffic: Bucket


class OutcomeOut(Schema):
    """Something an experiment can be judged by."""

    key: str
    name: str
    unit: Literal["ratio", "count", "ms"]


class ReadingOut(Schema):
    """A number and its interval, in the outcome's unit."""

    estimate: float
    low: float
    high: float


class ArmReadingOut(Schema):
    """One arm; `reading` is null while there is not enough data."""

    arm: str
    people: int
    reading: ReadingOut | None


class EffectOut(Schema):
    """What an arm adds over the control; `reading` is null while there is not enough data."""

    arm: str
    over: str
    reading: ReadingOut | None
    answer: Literal["not_enough_data", "undecided", "higher", "lower"]


class ExperimentReportOut(Schema):
    """One outcome of one experiment; its intervals stay right however often this is asked."""

    experiment: ExperimentOut
    outcome: OutcomeOut
    window_hours: int
    confidence: int
    as_of: dt.datetime
    arms: list[ArmReadingOut]
    effects: list[EffectOut]
    mismatch_p: float = Field(description="Always-valid p-value against the arms' sizes.")
    arms_mismatch: bool = Field(description="The sizes cannot be chance: something is broken.")


@router.get("/experiments", response=ExperimentPage, **READ)
def list_experiments(
    request: HttpRequest, cursor: str | None = CURSOR, limit: int = SIZE
) -> ExperimentPage:
    """List experiments, newest first."""
    page = queries.list_experiments(cursor=cursor, limit=limit)
    return ExperimentPage(
        items=[_describe(one) for one in page.items], next_cursor=page.next_cursor
    )


@router.get("/experiments/outcomes", response=list[OutcomeOut], **READ)
def list_known_outcomes(request: HttpRequest) -> list[OutcomeOut]:
    """List what an experiment can be judged by."""
    return [OutcomeOut(key=one.key, name=str(one.name), unit=one.unit) for one in list_outcomes()]


@router.post("/experiments", response={201: ExperimentOut}, **WRITE)
def create_experiment(request: HttpRequest, wanted: ExperimentIn) -> Status[ExperimentOut]:
    """Create a draft; nobody is in it before it is started."""
    weights = {arm.key: arm.weight for arm in wanted.arms}
    made = services.create_experiment(
        key=wanted.key, name=wanted.name, arms=weights, traffic=wanted.traffic, now=now()
    )
    return Status(201, _describe(made))


@router.get("/experiments/{key}", response=ExperimentOut, **READ)
def get_experiment(request: HttpRequest, key: str) -> ExperimentOut:
    """Read one experiment."""
    return _describe(queries.get_experiment(key))


@router.patch("/experiments/{key}", response=ExperimentOut, **WRITE)
def change_traffic(request: HttpRequest, key: str, wanted: TrafficIn) -> ExperimentOut:
    """Let more people in; nobody who takes part changes their arm."""
    return _describe(services.grow_traffic(key=key, traffic=wanted.traffic))


@router.post("/experiments/{key}/start", response=ExperimentOut, **WRITE)
def start_experiment(request: HttpRequest, key: str) -> ExperimentOut:
    """Start a draft; its arms never change from here on."""
    return _describe(services.start_experiment(key=key, now=now()))


@router.post("/experiments/{key}/stop", response=ExperimentOut, **WRITE)
def stop_experiment(request: HttpRequest, key: str) -> ExperimentOut:
    """Stop a running experiment for ever."""
    return _describe(services.stop_experiment(key=key, now=now()))


@router.get("/experiments/{key}/report", response=ExperimentReportOut, **READ)
def get_report(
    request: HttpRequest,
    key: str,
    outcome: str = OUTCOME,
    window_hours: int = WINDOW,
    confidence: Literal["90", "95", "99"] = "95",
) -> ExperimentReportOut:
    """Read what an experiment says so far.

    Somebody counts once `window_hours` after their first exposure are over. The intervals hold at
    every moment at once: look as often as you like, and stop when you have seen enough.
    """
    report = read_report(
        experiment=key,
        outcome=outcome,
        now=now(),
        window=dt.timedelta(hours=window_hours),
        confidence=int(confidence),
    )
    return ExperimentReportOut(
        experiment=_describe(report.experiment),
        outcome=OutcomeOut(
            key=report.outcome.key, name=str(report.outcome.name), unit=report.outcome.unit
        ),
        window_hours=window_hours,
        confidence=report.confidence,
        as_of=report.as_of,
        arms=[
            ArmReadingOut(arm=arm.key, people=arm.people, reading=_reading(arm.reading))
            for arm in report.arms
        ],
        effects=[
            EffectOut(
                arm=effect.arm,
                over=effect.over,
                reading=_reading(effect.reading),
                answer=effect.answer,
            )
            for effect in report.effects
        ],
        mismatch_p=report.mismatch_p,
        arms_mismatch=report.arms_mismatch,
    )


def _describe(record: ExperimentRecord) -> ExperimentOut:
    return ExperimentOut(
        key=record.key,
        name=record.name,
        arms=[ArmOut(key=arm.key, weight=arm.weight) for arm in record.arms],
        traffic=record.traffic,
        state=record.state,
        created_at=record.created_at,
        started_at=record.started_at,
        stopped_at=record.stopped_at,
    )


def _reading(reading: Reading | None) -> ReadingOut | None:
    if reading is None:
        return None
    return ReadingOut(estimate=reading.estimate, low=reading.low, high=reading.high)
