"""What a program would say of somebody if their figures were others: the same rule, the same steps."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from meadow.programs.evaluation import Outcome, evaluate, read_values
from meadow.programs.metrics import get_metric
from meadow.programs.models import Membership, Program
from meadow.programs.queries.gathering import (
    find_program,
    get_active_rule,
    get_entrants,
    place_of,
    terms_of,
)
from meadow.programs.queries.graduations import read_graduations
from meadow.programs.queries.standings import Explanation
from meadow.programs.rules import Criterion, Rule
from meadow.programs.standing import SEATED, Entrant, Standing, blocked_by, next_standing
from meadow.programs.wording import name_criterion, phrase
from meadow.programs.words import in_language

# A figure that cannot be negative; "points" are what others make of them.
_FREE: Final = "points"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure that a rule looks at, by the key of its first criterion; `keys` are all of them."""

    key: str
    keys: tuple[str, ...]
    name: str
    asked: str
    unit: str
    value: int
    gap: int


@dataclass(frozen=True, slots=True)
class Question:
    """A program's figures of somebody as they are, to be asked about others."""

    slug: str
    title: str
    figures: Sequence[Figure]
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The answer: the rule's outcome and the standing that would follow at once.

    `before` and `after` are states, empty for nowhere; `reason` is the code that led to `after`, or
    what would still keep out who meets the rule.
    """

    outcome: Outcome
    before: str
    after: str
    reason: str
    until: dt.datetime | None

    @property
    def changes(self) -> bool:
        """Whether somebody would stand elsewhere."""
        return self.before != self.after


def read_question(*, slug: str, person_id: int, now: dt.datetime) -> Question:
    """Return what can be asked of a program's rule in force. Raises ProgramMissing."""
    program = find_program(slug)
    active = get_active_rule(program.pk)
    if active is None:
        return Question(slug=slug, title=in_language(program.title), figures=(), outcome=None)
    values = read_values(rule=active.rule, person_ids=[person_id], now=now)[person_id]
    outcome = evaluate(rule=active.rule, values=values)
    return Question(
        slug=slug,
        title=in_language(program.title),
        figures=list_figures(active.rule, outcome),
        outcome=outcome,
    )


def question_of(told: Explanation) -> Question:
    """Return the question of somebody whose explanation was read already, in no query."""
    rule = told.page.rule
    if rule is None:
        return Question(
            slug=told.page.card.slug, title=told.page.card.title, figures=(), outcome=None
        )
    outcome = evaluate(rule=rule.rule, values=told.values)
    return Question(
        slug=told.page.card.slug,
        title=told.page.card.title,
        figures=list_figures(rule.rule, outcome),
        outcome=outcome,
    )


def list_figures(rule: Rule, outcome: Outcome) -> list[Figure]:
    """Return the figures behind a rule's criteria, each once."""
    alike: dict[str, list[Criterion]] = {}
    for one in rule.criteria():
        alike.setdefault(f"{one.metric} {sorted(one.params.items())}", []).append(one)
    return [
        Figure(
            key=same[0].key,
            keys=tuple(one.key for one in same),
            name=name_criterion(same[0]),
            asked=phrase(same[0]),
            unit=get_metric(same[0].metric).unit,
            value=outcome.result(same[0].key).value,
            gap=outcome.result(same[0].key).gap,
        )
        for same in alike.values()
    ]


def answer_what_if(
    *, slug: str, person_id: int, more: Mapping[str, int], now: dt.datetime
) -> WhatIf | None:
    """Return what would be if each figure, by its key, were that much more; None without a rule.

    A flag becomes 1 or 0; no other figure falls below 0. Raises ProgramMissing.
    """
    program = find_program(slug)
    active = get_active_rule(program.pk)
    if active is None:
        return None
    values = read_values(rule=active.rule, person_ids=[person_id], now=now)[person_id]
    now_so = evaluate(rule=active.rule, values=values)
    for figure in list_figures(active.rule, now_so):
        changed = _bounded(figure, figure.value + more.get(figure.key, 0))
        values.update(dict.fromkeys(figure.keys, changed))
    outcome = evaluate(rule=active.rule, values=values)
    return _settle(program, person_id, outcome, now)


def _bounded(figure: Figure, value: int) -> int:
    if figure.unit == _FREE:
        return value
    return min(max(value, 0), 1) if figure.unit == "flag" else max(value, 0)


def _settle(program: Program, person_id: int, outcome: Outcome, now: dt.datetime) -> WhatIf:
    row = Membership.objects.filter(program=program, person_id=person_id).first()
    current = place_of(row).standing if row else None
    entrant = get_entrants(program=program, person_ids=[person_id], now=now).get(
        person_id, Entrant(lot=0)
    )
    terms = terms_of(program)
    graduation = (
        read_graduations(program=program, standings={person_id: current}, terms=terms, now=now).get(
            person_id
        )
        if current
        else None
    )
    after = next_standing(
        current=current,
        met=outcome.met,
        terms=terms,
        entrant=entrant,
        seat=_has_seat(program, current),
        now=now,
        graduates=graduation is None or graduation.outcome.met,
    )
    blocked = blocked_by(terms=terms, entrant=entrant)
    reason = after.reason if after is not None and after is not current else ""
    if not reason and (outcome.met or entrant.granted) and not _is_in(after):
        reason = blocked
    return WhatIf(
        outcome=outcome,
        before=current.state if current else "",
        after=after.state if after else "",
        reason=reason,
        until=after.grace_until if after else None,
    )


def _has_seat(program: Program, current: Standing | None) -> bool:
    if program.capacity is None or (current is not None and current.state in SEATED):
        return True
    waiting = Membership.objects.filter(
        program=program, state="waitlisted", person__is_active=True
    ).exists()
    return not waiting and program.admitted_count < program.capacity


def _is_in(standing: Standing | None) -> bool:
    return standing is not None and standing.state in SEATED
