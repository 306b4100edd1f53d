"""What the step of a pilot asks of somebody who is at it, what is missing, and when limits widen."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from meadow.programs.evaluation import changes_at
from meadow.programs.models import Program
from meadow.programs.pilots import steps_of
from meadow.programs.queries.weighing import CriterionView, weigh_for_page, weigh_rule
from meadow.programs.rules import Rule
from meadow.programs.standing import Standing, Terms, step_ends

# As many moments are tried at which time alone changes a figure.
MOST_MOMENTS: Final = 8


@dataclass(frozen=True, slots=True)
class NextStep:
    """The way from a pilot's step to the next: `number` of `count` counts from 1.

    `ends_at` is when its days are over. `from_at` is when the limits widen if nothing else
    happens; None: something that is missing does not come by time alone.
    """

    number: int
    count: int
    ends_at: dt.datetime
    met: bool
    criteria: Sequence[CriterionView]
    from_at: dt.datetime | None


def read_next_step(
    *, program: Program, standing: Standing, terms: Terms, person_id: int, now: dt.datetime
) -> NextStep | None:
    """Return what somebody's step asks for; None for who is at none."""
    ends = step_ends(standing, terms=terms)
    if standing.state != "pilot" or ends is None:
        return None
    steps = steps_of(program.pilot)
    rule = steps[standing.step].graduation
    number, count = standing.step + 1, len(steps)
    if rule is None:
        return NextStep(
            number=number, count=count, ends_at=ends, met=True, criteria=(), from_at=ends
        )
    outcome, criteria = weigh_for_page(rule, person_id, now)
    return NextStep(
        number=number,
        count=count,
        ends_at=ends,
        met=outcome.met,
        criteria=criteria,
        from_at=_when_met(rule, person_id, start=max(ends, now)),
    )


def _when_met(rule: Rule, person_id: int, *, start: dt.datetime) -> dt.datetime | None:
    """Return the first moment from `start` on at which the rule is met if nothing else happens."""
    at: dt.datetime | None = start
    for _number in range(MOST_MOMENTS):
        if at is None:
            return None
        if weigh_rule(rule, person_id, at).met:
            return at
        at = changes_at(rule=rule, person_id=person_id, now=at)
    return None
