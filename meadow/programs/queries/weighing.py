"""A rule held against one person for a page: results in words, with what stands behind each figure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from meadow.programs.evaluation import (
    CriterionResult,
    Outcome,
    changes_at,
    evaluate,
    read_evidence,
    read_values,
)
from meadow.programs.evidence import Evidence
from meadow.programs.metrics import get_metric
from meadow.programs.rules import Rule
from meadow.programs.wording import describe_result, name_criterion


@dataclass(frozen=True, slots=True)
class CriterionView:
    """One criterion for one person: the result, in words, and what stands behind the figure."""

    result: CriterionResult
    name: str
    words: str
    evidence: Evidence
    is_blocking: bool


def weigh_for_page(
    rule: Rule, person_id: int, now: dt.datetime
) -> tuple[Outcome, list[CriterionView]]:
    """Return what a rule says of one person, and each of its criteria with its evidence."""
    evidence = read_evidence(rule=rule, person_id=person_id, now=now)
    outcome = evaluate(rule=rule, values={key: found.value for key, found in evidence.items()})
    views = [
        CriterionView(
            result=one,
            name=name_criterion(one.criterion),
            words=describe_result(one),
            evidence=evidence[one.key],
            is_blocking=one.key in outcome.blocking,
        )
        for one in outcome.results
    ]
    return outcome, views


def next_change(
    *, rule: Rule, criteria: Sequence[CriterionView], person_id: int, now: dt.datetime
) -> dt.datetime | None:
    """Return when the answer of a rule that was weighed at `now` may next change by time alone.

    A figure's evidence knows when the figure changes; only of one that grows every day it matters
    which of its changes crosses the threshold.
    """
    if any(get_metric(one.result.criterion.metric).grows_daily for one in criteria):
        return changes_at(rule=rule, person_id=person_id, now=now)
    moments = [one.evidence.changes_at for one in criteria]
    return min((at for at in moments if at is not None), default=None)


def weigh_rule(rule: Rule, person_id: int, now: dt.datetime) -> Outcome:
    """Return what a rule says of one person now."""
    values = read_values(rule=rule, person_ids=[person_id], now=now)
    return evaluate(rule=rule, values=values[person_id])
