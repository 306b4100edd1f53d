"""A rule held against one person for a page: results in words, with what stands behind each figure."""

import datetime as dt
from dataclasses import dataclass

from meadow.programs.evaluation import (
    CriterionResult,
    Outcome,
    evaluate,
    read_evidence,
    read_values,
)
from meadow.programs.evidence import Evidence
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


def weigh_rule(rule: Rule, person_id: int, now: dt.datetime) -> Outcome:
    """Return what a rule says of one person now."""
    values = read_values(rule=rule, person_ids=[person_id], now=now)
    return evaluate(rule=rule, values=values[person_id])
