"""What the steps of a pilot ask for beside their days, of the people who are at one."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from meadow.programs import rules
from meadow.programs.evaluation import EPOCH, Outcome, evaluate, read_changes, read_values
from meadow.programs.evidence import Json
from meadow.programs.models import Program
from meadow.programs.pilots import steps_of
from meadow.programs.standing import Standing, Terms, is_held, step_ends


@dataclass(frozen=True, slots=True)
class Graduation:
    """What a step asks of one person beside its days, and the answer."""

    rule: rules.Rule
    outcome: Outcome

    def to_json(self) -> dict[str, Json]:
        """Return it as a decision's inputs keep it."""
        return {
            "rule": rules.to_json(self.rule),
            "values": {one.key: one.value for one in self.outcome.results},
            "met": self.outcome.met,
        }


def read_graduations(
    *, program: Program, standings: Mapping[int, Standing], terms: Terms, now: dt.datetime
) -> dict[int, Graduation]:
    """Return what a step says of those whose days at it are over, where it asks for more than days."""

    def is_over(standing: Standing) -> bool:
        ends = step_ends(standing, terms=terms)
        return ends is not None and now >= ends

    found: dict[int, Graduation] = {}
    for rule, people in _by_rule(program, standings, is_over):
        values = read_values(rule=rule, person_ids=people, now=now)
        for person in people:
            outcome = evaluate(rule=rule, values=values[person])
            found[person] = Graduation(rule=rule, outcome=outcome)
    return found


def read_graduation_looks(
    *, program: Program, standings: Mapping[int, Standing], terms: Terms, now: dt.datetime
) -> dict[int, dt.datetime]:
    """Return when time alone may change what a step says of those whom it holds."""
    looks: dict[int, dt.datetime] = {}
    for rule, people in _by_rule(program, standings, lambda one: is_held(one, terms=terms)):
        found = read_changes(rule=rule, person_ids=people, now=now)
        for person, micros in zip(found.ids.tolist(), found.values.tolist(), strict=True):
            looks[person] = EPOCH + dt.timedelta(microseconds=micros)
    return looks


def _by_rule(
    program: Program, standings: Mapping[int, Standing], wanted: Callable[[Standing], bool]
) -> list[tuple[rules.Rule, list[int]]]:
    """Return the people of a pilot's steps who are wanted, with the rule of their step, if any."""
    by_step: dict[int, list[int]] = {}
    for person, standing in standings.items():
        if standing.state == "pilot" and wanted(standing):
            by_step.setdefault(standing.step, []).append(person)
    if not by_step:
        return []
    steps = steps_of(program.pilot)
    asked = [
        (steps[number].graduation, people)
        for number, people in by_step.items()
        if number < len(steps)
    ]
    return [(rule, people) for rule, people in asked if rule is not None]
