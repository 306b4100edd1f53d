"""Experiments as plain records."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final, Literal

from meadow.core.pagination import Page, decode_cursor, encode_cursor
from meadow.experiments.errors import ExperimentUnknown
from meadow.experiments.models import Experiment

State = Literal["draft", "running", "stopped"]
KEY: Final = re.compile(r"[a-z][a-z0-9_]{1,47}")


@dataclass(frozen=True, slots=True)
class ArmRecord:
    """One arm: its weight is out of 10,000 of those who take part; the first is the control."""

    key: str
    weight: int


@dataclass(frozen=True, slots=True)
class ExperimentRecord:
    """An experiment as it stands; `traffic` is out of 10,000 people."""

    key: str
    name: str
    arms: list[ArmRecord]
    traffic: int
    state: State
    created_at: dt.datetime
    started_at: dt.datetime | None
    stopped_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Running:
    """What assignment needs of one running experiment."""

    key: str
    salt: str
    arms: tuple[str, ...]
    weights: tuple[int, ...]
    traffic: int


def get_experiment(key: str) -> ExperimentRecord:
    """Return one experiment. Raises ExperimentUnknown."""
    # An address can hold what no key can, and PostgreSQL no text: it is not even asked.
    row = Experiment.objects.filter(key=key).first() if KEY.fullmatch(key) else None
    if row is None:
        raise ExperimentUnknown(key=key)
    return describe(row)


def list_experiments(*, cursor: str | None = None, limit: int = 50) -> Page[ExperimentRecord]:
    """Return experiments, newest first. Raises InvalidCursor."""
    rows = Experiment.objects.order_by("-pk")
    if cursor:
        rows = rows.filter(pk__lt=decode_cursor(cursor).get("experiment", 0))
    found = list(rows[: limit + 1])
    more = len(found) > limit
    return Page(
        items=[describe(row) for row in found[:limit]],
        next_cursor=encode_cursor({"experiment": found[limit - 1].pk}) if more else None,
    )


def get_running() -> dict[str, Running]:
    """Return every running experiment by its key, in one query."""
    rows = Experiment.objects.filter(state=Experiment.State.RUNNING)
    return {
        row.key: Running(
            key=row.key,
            salt=row.salt,
            arms=tuple(row.arms),
            weights=tuple(row.weights),
            traffic=row.traffic,
        )
        for row in rows
    }


def describe(row: Experiment) -> ExperimentRecord:
    """Return a row as a record."""
    return ExperimentRecord(
        key=row.key,
        name=row.name,
        arms=[ArmRecord(*pair) for pair in zip(row.arms, row.weights, strict=True)],
        traffic=row.traffic,
        state=row.state,  # type: ignore[arg-type]  # one of the three by its choices
        created_at=row.created_at,
        started_at=row.started_at,
        stopped_at=row.stopped_at,
    )
