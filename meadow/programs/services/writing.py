"""Writing a change of standing down: its decision, the row, the news and the event, or none of them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from meadow.core import realtime
from meadow.core.events import publish
from meadow.core.transactions import run_after_commit, transaction_required
from meadow.decisions.documents import share
from meadow.decisions.records import BY_RULE, Reason, Ruling
from meadow.decisions.services import record_many
from meadow.notifications.services import Notice, notify_many
from meadow.programs import rules
from meadow.programs.checks import forget_people
from meadow.programs.evaluation import CriterionResult, Outcome
from meadow.programs.events import StandingChanged
from meadow.programs.models import SEATED, Program
from meadow.programs.notices import kind_of
from meadow.programs.queries.gathering import ActiveRule, terms_of
from meadow.programs.queries.graduations import Graduation
from meadow.programs.services.seats import take_places
from meadow.programs.standing import Entrant, Standing, to_json
from meadow.programs.wording import result_params

# Against these a person can appeal.
ADVERSE: Final = ("grace", "lapsed", "suspended", "refused")
# Of these it counts whether a pilot's step was graduated from.
GRADUATION_REASONS: Final = ("pilot_held", "pilot_widened", "pilot_completed")
EVENT: Final = "programs.standing"
_UPSERT: Final = """
INSERT INTO programs_membership AS old
    (program_id, person_id, state, reason, words, since, admitted_at, grace_until, suspended_until,
     reapply_at, recheck_at, queue_place, step, step_since, rule_number, decision_id)
SELECT %(program)s, n.*
FROM unnest(%(person)s::bigint[], %(state)s::text[], %(reason)s::text[], %(words)s::text[],
            %(since)s::timestamptz[],
            %(admitted_at)s::timestamptz[], %(grace_until)s::timestamptz[],
            %(suspended_until)s::timestamptz[], %(reapply_at)s::timestamptz[],
            %(recheck_at)s::timestamptz[], %(queue_place)s::bigint[], %(step)s::smallint[],
            %(step_since)s::timestamptz[], %(rule_number)s::int[], %(decision)s::bigint[]) AS n
ON CONFLICT (program_id, person_id) DO UPDATE SET
    state = excluded.state, reason = excluded.reason, words = excluded.words, since = excluded.since,
    admitted_at = excluded.admitted_at, grace_until = excluded.grace_until,
    suspended_until = excluded.suspended_until, reapply_at = excluded.reapply_at,
    recheck_at = excluded.recheck_at, queue_place = excluded.queue_place, step = excluded.step,
    step_since = excluded.step_since, rule_number = excluded.rule_number,
    decision_id = excluded.decision_id
"""


@dataclass(frozen=True, slots=True)
class Change:
    """One person's way from a standing to another, with what it was decided on."""

    person_id: int
    before: Standing | None
    after: Standing
    entrant: Entrant
    outcome: Outcome
    seat: bool = False
    recheck_at: dt.datetime | None = None
    words: str = ""
    graduation: Graduation | None = None


@transaction_required
def write_changes(
    *,
    program: Program,
    active: ActiveRule,
    changes: Sequence[Change],
    now: dt.datetime,
    decided_by: str = BY_RULE,
) -> None:
    """Record each change as a decision, set the standings, and tell the people.

    Seats have been taken or given back before. Who begins to wait gets the next place of the list,
    in the order of `changes`.
    """
    if not changes:
        return
    decisions = record_many(
        rulings=make_rulings(changes, program=program, active=active, now=now, by=decided_by),
        now=now,
    )
    _set_standings(changes, decisions, program=program, active=active)
    notify_many(
        notices=[
            notice
            for change, decision in zip(changes, decisions, strict=True)
            if (notice := make_notice(change, program=program, decision=decision)) is not None
        ],
        now=now,
    )
    people = [change.person_id for change in changes]
    realtime.publish_many(person_ids=people, kind=EVENT, payload={"program": program.slug})
    for change in changes:
        publish(
            StandingChanged(
                person_id=change.person_id,
                program=program.slug,
                capability=program.capability,
                before=change.before.state if change.before else None,
                state=change.after.state,
                reason=change.after.reason,
            )
        )
    run_after_commit(lambda: forget_people(people))


def make_rulings(
    changes: Sequence[Change],
    *,
    program: Program,
    active: ActiveRule,
    now: dt.datetime,
    by: str,
) -> list[Ruling]:
    """Return changes as the decisions that are recorded: all that they were decided on, and why."""
    scope, version = f"programs/{program.slug}", f"{program.slug}.v{active.number}"
    appeal_until = now + dt.timedelta(days=program.appeal_days)
    common = {
        "at": now.isoformat(),
        "rule": share(rules.to_json(active.rule)),
        "terms": share(to_json(terms_of(program))),
    }
    return [
        Ruling(
            person_id=change.person_id,
            scope=scope,
            capability=program.capability,
            outcome=change.after.state,
            rule_version=version,
            inputs={
                **common,
                "values": {one.criterion.key: one.value for one in change.outcome.results},
                "met": change.outcome.met,
                "current": to_json(change.before) if change.before else None,
                "entrant": to_json(change.entrant),
                "seat": change.seat,
                **_graduation_inputs(change),
            },
            reasons=_reasons(change),
            valid_until=change.after.grace_until or change.after.suspended_until,
            appeal_until=appeal_until if change.after.state in ADVERSE else None,
            decided_by=by,
        )
        for change in changes
    ]


def _reasons(change: Change) -> list[Reason]:
    reasons = [Reason(code=f"programs.{change.after.reason}", params={})]
    reasons += [
        Reason(code="programs.criterion", params=result_params(one)) for one in told_results(change)
    ]
    return reasons


def told_results(change: Change) -> list[CriterionResult]:
    """Return the criteria that a decision names: what it hangs on where the rule is not met."""
    outcome = change.outcome
    if change.after.reason == "pilot_held" and change.graduation is not None:
        outcome = change.graduation.outcome
    return [one for one in outcome.results if one.key in outcome.blocking]


def _graduation_inputs(change: Change) -> dict[str, Any]:
    """Return what the step of a pilot asked for, where the decision hangs on it."""
    if change.graduation is None or change.after.reason not in GRADUATION_REASONS:
        return {}
    return {"graduation": change.graduation.to_json()}


def make_notice(change: Change, *, program: Program, decision: int) -> Notice | None:
    """Return the news of a change, or None where the person has just done it themselves."""
    kind = kind_of(change.after)
    if kind is None:
        return None
    ends = change.after.grace_until or change.after.suspended_until or change.after.reapply_at
    return Notice(
        person_id=change.person_id,
        kind=kind,
        params={
            "title": program.title,
            "reason": change.after.reason,
            "until": ends.isoformat() if ends else "",
            "words": change.words,
        },
        url=f"/programs/{program.slug}/me",
        key=f"programs.{program.slug}.{decision}",
    )


@transaction_required
def _set_standings(
    changes: Sequence[Change], decisions: Sequence[int], *, program: Program, active: ActiveRule
) -> None:
    waiting = [change for change in changes if change.after.state == "waitlisted"]
    place = take_places(program_id=program.pk, count=len(waiting)) if waiting else 0
    places = {change.person_id: place + number for number, change in enumerate(waiting)}
    after = [change.after for change in changes]
    with connection.cursor() as cursor:
        cursor.execute(
            _UPSERT,
            {
                "program": program.pk,
                "person": [change.person_id for change in changes],
                "words": [change.words for change in changes],
                "recheck_at": [change.recheck_at for change in changes],
                "queue_place": [places.get(change.person_id) for change in changes],
                "rule_number": [active.number] * len(changes),
                "decision": list(decisions),
                **{
                    name: [getattr(one, name) for one in after]
                    for name in (
                        "state",
                        "reason",
                        "since",
                        "admitted_at",
                        "grace_until",
                        "suspended_until",
                        "reapply_at",
                        "step",
                        "step_since",
                    )
                },
            },
        )


def holds_seat(standing: Standing | None) -> bool:
    """Whether a standing takes one of the program's seats."""
    return standing is not None and standing.state in SEATED
