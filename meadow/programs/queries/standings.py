"""Where one person stands, and everything that the page "Why am I in or out?" needs."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.utils.translation import gettext as _

from meadow.core.database import find_prepared
from meadow.decisions.queries import get_decisions
from meadow.programs.evaluation import Outcome
from meadow.programs.models import Application, Invitation, Membership, Program
from meadow.programs.queries.catalogue import (
    ProgramPage,
    RuleRecord,
    page_of,
)
from meadow.programs.queries.gathering import find_program, get_entrants, place_of, terms_of
from meadow.programs.queries.next_steps import NextStep, read_next_step
from meadow.programs.queries.weighing import (
    CriterionView,
    next_change,
    weigh_for_page,
    weigh_rule,
)
from meadow.programs.standing import INSIDE, Entrant, Standing, Terms, blocked_by
from meadow.programs.wording import describe_result
from meadow.programs.words import STATE_NAMES, say_moment, say_reason

# From these somebody can apply; the others are in, wait or were asked to wait.
MAY_APPLY: Final = ("invited", "lapsed", "left", "refused")


@dataclass(frozen=True, slots=True)
class MyStanding:
    """Where a person stands; `state` is empty for who never came near.

    `why` says the reason, `words` what an operator wrote beside it; `queue_position` counts from 1.
    """

    state: str
    state_words: str
    reason: str
    why: str
    words: str
    since: dt.datetime | None
    admitted_at: dt.datetime | None
    grace_until: dt.datetime | None
    suspended_until: dt.datetime | None
    reapply_at: dt.datetime | None
    queue_position: int | None
    limits: Mapping[str, Any]
    step: int
    decision_id: str
    appeal_until: dt.datetime | None
    appeal_state: str
    next_look_at: dt.datetime | None

    @property
    def is_in(self) -> bool:
        """Whether the capability is open to them, as far as their standing goes."""
        return self.state in INSIDE


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a scheduled version of the rule would say of a person as things stand."""

    rule: RuleRecord
    met: bool
    results: Sequence[str]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why somebody is in or out, and what would change it.

    `blocked` is the reason code that keeps out who meets the rule (stage, region, pause …), empty
    when none does. `next_change_at` is when time alone may change the rule's answer. `why_not_apply`
    is empty where they can apply now; `can_accept` where an invitation by name waits for a yes.
    `next_step` is the way to wider limits of somebody who is at a step of the pilot.
    """

    page: ProgramPage
    standing: MyStanding
    met: bool
    criteria: Sequence[CriterionView]
    values: Mapping[str, int]
    blocked: str
    blocked_words: str
    entrant: Entrant
    next_change_at: dt.datetime | None
    ahead: Ahead | None
    why_not_apply: str
    can_accept: bool
    next_step: NextStep | None
    answers: Mapping[str, str] = field(default_factory=dict)


def my_standing(slug: str, person_id: int, now: dt.datetime) -> MyStanding:
    """Return where a person stands with a program. Raises ProgramMissing."""
    program = find_program(slug)
    row = Membership.objects.filter(program=program, person_id=person_id).first()
    return make_standing(program, row)


def my_standings(person_id: int, now: dt.datetime) -> dict[str, MyStanding]:
    """Return where a person stands with every program they ever came near, by slug."""
    rows = Membership.objects.filter(person_id=person_id).select_related("program")
    return {row.program.slug: make_standing(row.program, row) for row in rows}


def explain(person_id: int, program: str, now: dt.datetime) -> Explanation:
    """Return why a person is in or out of a program (a slug). Raises ProgramMissing."""
    found = find_program(program)
    page = page_of(found, viewer_id=person_id)
    row = find_prepared(Membership, program_id=found.pk, person_id=person_id)
    entrant = get_entrants(program=found, person_ids=[person_id], now=now).get(
        person_id, Entrant(lot=0)
    )
    terms = terms_of(found)
    outcome, criteria, next_change = _weigh(page.rule, person_id, now)
    blocked = blocked_by(terms=terms, entrant=entrant)
    applications = Application.objects.filter(program=found, person_id=person_id).order_by("-pk")
    application = applications.first() if found.admission == "application" else None
    standing = make_standing(found, row)
    return Explanation(
        page=page,
        standing=standing,
        met=outcome.met,
        criteria=criteria,
        values={one.key: one.value for one in outcome.results},
        blocked=blocked,
        blocked_words=say_reason(blocked) if blocked else "",
        entrant=entrant,
        next_change_at=next_change,
        ahead=_look_ahead(page.upcoming, person_id, now),
        why_not_apply=why_not_apply(
            terms=terms,
            standing=standing_of(row),
            entrant=entrant,
            meets=outcome.met or entrant.granted,
            now=now,
        ),
        can_accept=not standing.is_in and _can_accept(found, person_id, now),
        next_step=read_next_step(
            program=found,
            standing=place_of(row).standing,
            terms=terms,
            person_id=person_id,
            now=now,
        )
        if row is not None
        else None,
        answers=application.answers if application else {},
    )


def make_standing(program: Program, row: Membership | None) -> MyStanding:
    """Return a membership's row, or the lack of one, as its owner sees it."""
    if row is None:
        return _NOWHERE
    decision = get_decisions([row.decision_id]).get(row.decision_id)
    pilot = program.pilot or []
    in_pilot = row.state == "pilot" and row.step < len(pilot)
    return MyStanding(
        state=row.state,
        state_words=str(STATE_NAMES[row.state]),
        reason=row.reason,
        why=say_reason(row.reason),
        words=row.words,
        since=row.since,
        admitted_at=row.admitted_at,
        grace_until=row.grace_until,
        suspended_until=row.suspended_until,
        reapply_at=row.reapply_at,
        queue_position=_position(row),
        limits=pilot[row.step].get("limits", {}) if in_pilot else {},
        step=row.step,
        decision_id=decision.public_id if decision else "",
        appeal_until=decision.appeal_until if decision else None,
        appeal_state=(decision.appeal_state or "") if decision else "",
        next_look_at=row.recheck_at,
    )


def why_not_apply(
    *,
    terms: Terms,
    standing: Standing | None,
    entrant: Entrant,
    meets: bool,
    now: dt.datetime,
) -> str:
    """Return in a sentence why somebody cannot apply now, or an empty string."""
    if terms.admission != "application":
        return _("This program takes no applications.")
    if standing is not None and standing.state not in MAY_APPLY:
        return say_reason(standing.reason)
    if standing is not None and standing.state == "refused":
        again = standing.reapply_at
        if again is not None and now < again:
            return _("You can apply again from %(date)s.") % {"date": say_moment(again)}
    if blocked := blocked_by(terms=replace(terms, admission="automatic"), entrant=entrant):
        return say_reason(blocked)
    return "" if meets else say_reason("criteria_unmet")


def standing_of(row: Membership | None) -> Standing | None:
    """Return the parts of a row that `why_not_apply` looks at."""
    if row is None:
        return None
    return Standing(state=row.state, reason=row.reason, since=row.since, reapply_at=row.reapply_at)


def _weigh(
    rule: RuleRecord | None, person_id: int, now: dt.datetime
) -> tuple[Outcome, list[CriterionView], dt.datetime | None]:
    if rule is None:
        return Outcome(met=False, results=(), blocking=()), [], None
    outcome, views = weigh_for_page(rule.rule, person_id, now)
    at = next_change(rule=rule.rule, criteria=views, person_id=person_id, now=now)
    return outcome, views, at


def _look_ahead(upcoming: RuleRecord | None, person_id: int, now: dt.datetime) -> Ahead | None:
    if upcoming is None:
        return None
    outcome = weigh_rule(upcoming.rule, person_id, now)
    return Ahead(
        rule=upcoming,
        met=outcome.met,
        results=[describe_result(one) for one in outcome.results],
    )


def _position(row: Membership) -> int | None:
    if row.queue_place is None:
        return None
    before = Membership.objects.filter(
        program_id=row.program_id, queue_place__lt=row.queue_place, person__is_active=True
    )
    return before.count() + 1


def _can_accept(program: Program, person_id: int, now: dt.datetime) -> bool:
    if program.admission != "invitation":
        return False
    waiting = Invitation.objects.filter(
        program=program, person_id=person_id, used_by=None, revoked_at=None, expires_at__gt=now
    )
    return waiting.exists()


_NOWHERE: Final = MyStanding(
    state="",
    state_words="",
    reason="",
    why="",
    words="",
    since=None,
    admitted_at=None,
    grace_until=None,
    suspended_until=None,
    reapply_at=None,
    queue_position=None,
    limits={},
    step=0,
    decision_id="",
    appeal_until=None,
    appeal_state="",
    next_look_at=None,
)
