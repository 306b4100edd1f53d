"""What each exposed person did, from the warehouse, in the order in which they finished."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from clickhouse_connect.driver.exceptions import OperationalError

from meadow.analytics.warehouse.client import get_client
from meadow.core.errors import EngineUnavailable
from meadow.experiments.outcomes import Amount, Measure
from meadow.experiments.statistics.intervals import Array

AGGREGATES: Final[dict[Measure, str]] = {
    "facts": "countIf({condition})",
    "reads": "uniqExactIf((done.note_id, toDate(done.at, 'UTC')), {condition})",
    "ms": "sumIf(done.ms, {condition})",
}


@dataclass(frozen=True, slots=True)
class Question:
    """Which people, and which of their facts, a report is about.

    Exposed from `since` on; the window of `window` after the first exposure ended by `until`.
    `note_id` and `author_id` narrow what counts, 0 being all.
    """

    experiment: str
    since: dt.datetime
    until: dt.datetime
    window: dt.timedelta
    note_id: int = 0
    author_id: int = 0


@dataclass(frozen=True, slots=True)
class People:
    """One element a person, in the order of their first exposure: arm, and each amount."""

    arms: Any
    amounts: list[Array]


def read_people(*, question: Question, amounts: Sequence[Amount]) -> People:
    """Return everybody whose window has ended, with what they did in it. Raises EngineUnavailable.

    Somebody seen in two arms, which assignment never does, is left out. Facts judged invalid by
    now are not counted.
    """
    parameters: dict[str, Any] = {
        "experiment": question.experiment,
        "since": _micros(question.since),
        "until": _micros(question.until),
        "window": int(question.window.total_seconds() * 1e6),
        "note_id": question.note_id,
        "author_id": question.author_id,
        "kinds": sorted({kind for amount in amounts for kind in amount.kinds}),
    }
    columns = []
    for place, amount in enumerate(amounts):
        parameters[f"kinds{place}"] = list(amount.kinds)
        condition = f"has({{kinds{place}:Array(String)}}, done.kind) AND in_window"
        total = AGGREGATES[amount.measure].format(condition=condition)
        columns.append(f"toFloat64({total}) AS amount{place}")
    # Every part is one of the fixed texts of this module; what a caller gave is bound.
    sql = f"""
        SELECT toFloat64(met.first_arm) AS arm, {", ".join(columns)}
        FROM (
            SELECT person, min(arm) AS first_arm,
                   min(toUnixTimestamp64Milli(at)) * 1000 AS first_met
            FROM facts_judged
            WHERE kind = 'exposure' AND experiment = {{experiment:String}}
              AND provenance != 'invalid'
              AND at >= fromUnixTimestamp64Micro({{since:Int64}}, 'UTC')
              AND at <= fromUnixTimestamp64Micro({{until:Int64}}, 'UTC')
            GROUP BY person
            HAVING first_arm = max(arm) AND first_met + {{window:Int64}} <= {{until:Int64}}
        ) AS met
        LEFT JOIN (
            SELECT person, kind, note_id, at, ms, toUnixTimestamp64Milli(at) * 1000 AS moment
            FROM facts_judged
            WHERE has({{kinds:Array(String)}}, kind) AND provenance != 'invalid' AND person != ''
              AND at >= fromUnixTimestamp64Micro({{since:Int64}}, 'UTC')
              AND at < fromUnixTimestamp64Micro({{until:Int64}}, 'UTC')
              AND ({{note_id:Int64}} = 0 OR note_id = {{note_id:Int64}})
              AND ({{author_id:Int64}} = 0 OR author_id = {{author_id:Int64}})
        ) AS done ON met.person = done.person
        GROUP BY met.person, met.first_arm, met.first_met
        ORDER BY met.first_met, met.person
    """.replace(  # noqa: S608
        "in_window",
        "done.moment >= met.first_met AND done.moment < met.first_met + {window:Int64}",
    )
    try:
        # All columns are of one type, so the answer is one matrix, a row a person.
        answer = get_client().query_np(sql, parameters=parameters)
    except OperationalError as away:
        raise EngineUnavailable(engine="warehouse") from away
    table = np.asarray(answer, dtype=np.float64).reshape(-1, len(amounts) + 1)
    return People(
        arms=table[:, 0].astype(np.int64),
        amounts=[table[:, place + 1] for place in range(len(amounts))],
    )


def _micros(moment: dt.datetime) -> int:
    return int(moment.timestamp() * 1e6)
