"""Whether a rule is met: for one person with reasons, or for a whole population in numpy.

Both ways give the same answer (docs/algorithms/eligibility.md); neither asks an engine. `read_*`
fetch the figures that they need.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from meadow.accounts.measures import active_people
from meadow.programs.evidence import Evidence
from meadow.programs.metrics import Column, Ids, get_metric, get_source
from meadow.programs.rules import Criterion, Group, Operator, Rule

Flags = NDArray[np.bool_]
DAY_MICROS: Final = 24 * 3600 * 10**6
EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """One criterion against one value; `gap` is the least that must be added for it to be met.

    A gap is negative where there is too much, and 0 where the criterion is met.
    """

    criterion: Criterion
    value: int
    met: bool
    gap: int

    @property
    def key(self) -> str:
        """The criterion's key."""
        return self.criterion.key

    @property
    def operator(self) -> Operator:
        """How the value is compared."""
        return self.criterion.operator

    @property
    def threshold(self) -> int:
        """What the value is compared with."""
        return self.criterion.threshold


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer for one person: `blocking` are the unmet criteria that the answer hangs on."""

    met: bool
    results: tuple[CriterionResult, ...]
    blocking: tuple[str, ...]

    def result(self, key: str) -> CriterionResult:
        """Return the result of one criterion. Raises KeyError."""
        for one in self.results:
            if one.key == key:
                return one
        raise KeyError(key)


@dataclass(frozen=True, slots=True)
class Population:
    """The figures of everybody who has an account: ascending ids, a column a criterion's key."""

    ids: Ids
    columns: dict[str, Ids]


@dataclass(frozen=True, slots=True)
class ManyOutcomes:
    """The answers for many people, in the order of the columns; dictionaries go by key."""

    rule: Rule
    columns: Mapping[str, Ids]
    met: Flags
    criteria: dict[str, Flags]
    gaps: dict[str, Ids]
    blocking: dict[str, Flags]

    def outcome(self, place: int) -> Outcome:
        """Return the answer for the person at one place."""
        return Outcome(
            met=bool(self.met[place]),
            results=tuple(
                CriterionResult(
                    criterion=one,
                    value=int(self.columns[one.key][place]),
                    met=bool(self.criteria[one.key][place]),
                    gap=int(self.gaps[one.key][place]),
                )
                for one in self.rule.criteria()
            ),
            blocking=tuple(
                one.key for one in self.rule.criteria() if self.blocking[one.key][place]
            ),
        )


def evaluate(*, rule: Rule, values: Mapping[str, int]) -> Outcome:
    """Hold values, by criterion key, against a rule. Raises KeyError for one that is missing."""
    results = {one.key: _compare(one, values[one.key]) for one in rule.criteria()}
    met, blocking = _weigh(rule.root, results)
    return Outcome(met=met, results=tuple(results.values()), blocking=tuple(blocking))


def evaluate_many(*, rule: Rule, columns: Mapping[str, Ids]) -> ManyOutcomes:
    """Hold columns of values, by criterion key, against a rule. Raises KeyError."""
    criteria: dict[str, Flags] = {}
    gaps: dict[str, Ids] = {}
    for one in rule.criteria():
        values = columns[one.key]
        criteria[one.key] = _TESTS[one.operator](values, one.threshold)
        # A gap leads to the nearest value that meets the criterion; it is 0 where it is met.
        nearest = one.threshold + _STEPS[one.operator]
        gap = np.subtract(nearest, values)
        gap[criteria[one.key]] = 0
        gaps[one.key] = gap
    blocking: dict[str, Flags] = {}
    met = _weigh_many(rule.root, criteria)
    _block(rule.root, ~met, criteria, blocking)
    return ManyOutcomes(
        rule=rule, columns=columns, met=met, criteria=criteria, gaps=gaps, blocking=blocking
    )


def read_values(
    *, rule: Rule, person_ids: Sequence[int], now: dt.datetime
) -> dict[int, dict[str, int]]:
    """Return the figures of a few people, by criterion key."""
    values: dict[int, dict[str, int]] = {person: {} for person in person_ids}
    for alike in _alike(rule):
        first = alike[0]
        found = get_source(first.metric).values(person_ids=person_ids, params=first.params, now=now)
        for person, figures in values.items():
            for one in alike:
                figures[one.key] = found.get(person, 0)
    return values


def read_columns(*, rule: Rule, now: dt.datetime) -> Population:
    """Return the figures of everybody with an account, by criterion key."""
    ids = active_people()
    columns: dict[str, Ids] = {}
    for alike in _alike(rule):
        first = alike[0]
        column = get_source(first.metric).column(params=first.params, now=now).at(ids)
        columns.update({one.key: column for one in alike})
    return Population(ids=ids, columns=columns)


def read_evidence(*, rule: Rule, person_id: int, now: dt.datetime) -> dict[str, Evidence]:
    """Return what stands behind each figure of one person, by criterion key."""
    found: dict[str, Evidence] = {}
    for alike in _alike(rule):
        first = alike[0]
        evidence = get_source(first.metric).evidence(
            person_id=person_id, params=first.params, now=now
        )
        found.update({one.key: evidence for one in alike})
    return {one.key: found[one.key] for one in rule.criteria()}


def changes_at(*, rule: Rule, person_id: int, now: dt.datetime) -> dt.datetime | None:
    """Return when the answer for a person may next change by time alone, None for never."""
    found = read_changes(rule=rule, person_ids=[person_id], now=now)
    if not len(found.ids):
        return None
    return EPOCH + dt.timedelta(microseconds=int(found.values[0]))


def read_changes(*, rule: Rule, person_ids: Collection[int] | None, now: dt.datetime) -> Column:
    """Return when answers may next change by time alone, in µs since 1970; None: of everybody.

    Who is missing is changed by no passing of time.
    """
    parts = []
    for alike in _alike(rule):
        first = alike[0]
        source = get_source(first.metric)
        column = source.changes(person_ids=person_ids, params=first.params, now=now)
        if get_metric(first.metric).grows_daily:
            values = source.column(params=first.params, now=now) if person_ids is None else None
            if values is None:
                few = source.values(person_ids=list(person_ids or ()), params=first.params, now=now)
                current = np.array([few.get(int(pk), 0) for pk in column.ids], dtype=np.int64)
            else:
                current = values.at(column.ids)
            parts += [_crossing(one, column, current) for one in alike]
        else:
            parts.append(column)
    return _earliest(parts)


def _crossing(criterion: Criterion, column: Column, current: Ids) -> Column:
    """Return when a figure that gains one a day changes the criterion's answer."""
    threshold = criterion.threshold
    targets = {
        ">=": (threshold,),
        "<": (threshold,),
        ">": (threshold + 1,),
        "<=": (threshold + 1,),
        "==": (threshold, threshold + 1),
    }[criterion.operator]
    at = np.full(len(current), np.iinfo(np.int64).max, dtype=np.int64)
    for target in targets:
        ahead = current < target
        days = target - current[ahead] - 1
        at[ahead] = np.minimum(at[ahead], column.values[ahead] + days * DAY_MICROS)
    some = at < np.iinfo(np.int64).max
    return Column(ids=column.ids[some], values=at[some])


def _earliest(parts: Sequence[Column]) -> Column:
    ids = np.concatenate([np.empty(0, np.int64), *(part.ids for part in parts)])
    values = np.concatenate([np.empty(0, np.int64), *(part.values for part in parts)])
    order = np.lexsort((values, ids))
    ids, values = ids[order], values[order]
    first = np.ones(len(ids), dtype=bool)
    first[1:] = ids[1:] != ids[:-1]
    return Column(ids=ids[first], values=values[first])


def _alike(rule: Rule) -> list[list[Criterion]]:
    """Return the criteria, those with the same metric and parameters together: one reading each."""
    together: list[list[Criterion]] = []
    for one in rule.criteria():
        for alike in together:
            if (alike[0].metric, alike[0].params) == (one.metric, one.params):
                alike.append(one)
                break
        else:
            together.append([one])
    return together


_TESTS: Final[dict[Operator, Callable[[Ids, int], Flags]]] = {
    ">": lambda values, threshold: values > threshold,
    ">=": lambda values, threshold: values >= threshold,
    "<": lambda values, threshold: values < threshold,
    "<=": lambda values, threshold: values <= threshold,
    "==": lambda values, threshold: values == threshold,
}
# From the threshold to the nearest value that meets the criterion.
_STEPS: Final[dict[Operator, int]] = {">": 1, ">=": 0, "<": -1, "<=": 0, "==": 0}


def meets(operator: Operator, value: int, threshold: int) -> bool:
    """Whether a value meets a criterion."""
    if operator == ">":
        return value > threshold
    if operator == ">=":
        return value >= threshold
    if operator == "<":
        return value < threshold
    return value <= threshold if operator == "<=" else value == threshold


def _compare(criterion: Criterion, value: int) -> CriterionResult:
    met = meets(criterion.operator, value, criterion.threshold)
    gap = 0 if met else criterion.threshold + _STEPS[criterion.operator] - value
    return CriterionResult(criterion=criterion, value=value, met=met, gap=gap)


def _weigh(group: Group, results: Mapping[str, CriterionResult]) -> tuple[bool, list[str]]:
    met, blocking = 0, []
    for one in group.members:
        if isinstance(one, Group):
            within, keys = _weigh(one, results)
        else:
            within = results[one.key].met
            keys = [] if within else [one.key]
        met += within
        blocking += keys
    return (True, []) if met >= group.needed else (False, blocking)


def _weigh_many(group: Group, criteria: Mapping[str, Flags]) -> Flags:
    members = [
        _weigh_many(one, criteria) if isinstance(one, Group) else criteria[one.key]
        for one in group.members
    ]
    if group.kind == "at_least":
        counts = np.zeros(len(members[0]), dtype=np.int8)
        for member in members:
            counts += member
        return counts >= group.needed
    join = np.logical_and if group.kind == "all" else np.logical_or
    met = members[0].copy()
    for member in members[1:]:
        join(met, member, out=met)
    return met


def _block(
    group: Group, failed: Flags, criteria: Mapping[str, Flags], blocking: dict[str, Flags]
) -> None:
    """Note for each criterion whether it is unmet within groups that are all unmet (`failed`)."""
    for one in group.members:
        if isinstance(one, Group):
            _block(one, failed & ~_weigh_many(one, criteria), criteria, blocking)
        else:
            blocking[one.key] = failed & ~criteria[one.key]
