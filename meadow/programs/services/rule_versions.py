"""Versions of a rule: drafted, scheduled with notice, put into force on their day, and retired."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from meadow.core.errors import InvalidInput
from meadow.core.transactions import transaction, transaction_required
from meadow.notifications.services import Notice, notify_many
from meadow.programs import rules
from meadow.programs.diffs import takes_away
from meadow.programs.errors import (
    AnotherScheduled,
    NothingInForce,
    NoticeTooShort,
    VersionMissing,
    VersionPublished,
)
from meadow.programs.evaluation import evaluate, read_values
from meadow.programs.models import Membership, Program, RuleVersion
from meadow.programs.notices import RULE_SCHEDULED
from meadow.programs.queries.gathering import grants_in_force
from meadow.programs.services.admission import enqueue_full_pass
from meadow.programs.services.changes import log_change, tell_watchers
from meadow.programs.services.stages import lock_program
from meadow.programs.standing import INSIDE, SEATED

PEOPLE_A_STEP: Final = 2000
LONGEST_WAIT: Final = dt.timedelta(days=366)


def draft_rule(
    *, slug: str, rule: Any, note: str, operator_id: int | None, now: dt.datetime
) -> int:
    """Keep a new draft and return its number. Raises ProgramMissing, RuleInvalid."""
    parsed = rules.from_json(rule)
    with transaction():
        program = lock_program(slug)
        newest = program.versions.order_by("-number").values_list("number", flat=True).first()
        version = RuleVersion.objects.create(
            program=program,
            number=(newest or 0) + 1,
            rule=rules.to_json(parsed),
            note=note.strip(),
            created_by_id=operator_id,
            created_at=now,
        )
    return version.number


def change_draft(*, slug: str, number: int, rule: Any, note: str) -> None:
    """Replace what a draft says. Raises VersionMissing, VersionPublished, RuleInvalid."""
    parsed = rules.from_json(rule)
    with transaction():
        version = _lock_version(slug, number)
        if version.state != "draft":
            raise VersionPublished
        RuleVersion.objects.filter(pk=version.pk).update(
            rule=rules.to_json(parsed), note=note.strip()
        )


def discard_draft(*, slug: str, number: int) -> None:
    """Throw a draft away. Raises VersionMissing, VersionPublished."""
    with transaction():
        version = _lock_version(slug, number)
        if version.state != "draft":
            raise VersionPublished
        RuleVersion.objects.filter(pk=version.pk).delete()


def schedule_rule(
    *, slug: str, number: int, active_from: dt.datetime, operator_id: int, now: dt.datetime
) -> int:
    """Set the day a draft comes into force; returns how many who are in would lose their place.

    They are told now, and it cannot hold before the program's notice period is over; a version that
    takes nothing from anybody may hold at once. Raises VersionMissing, VersionPublished,
    AnotherScheduled, NoticeTooShort; InvalidInput for a day more than a year away.
    """
    if active_from > now + LONGEST_WAIT:
        raise InvalidInput(fields={"on": [_("Choose a day within the next year.")]})
    with transaction():
        version = _lock_version(slug, number)
        if version.state != "draft":
            raise VersionPublished
        program = version.program
        _refuse_while_scheduled(program)
        new = rules.from_json(version.rule)
        losers = _who_loses(program, new, now=now)
        starts = max(active_from, now)
        earliest = now + dt.timedelta(days=program.notice_days)
        if losers and starts < earliest:
            raise NoticeTooShort(
                people=len(losers), days=program.notice_days, earliest=earliest.isoformat()
            )
        RuleVersion.objects.filter(pk=version.pk).update(
            state="scheduled",
            scheduled_at=now,
            active_from=starts,
            notice_until=starts if losers else None,
        )
        log_change(
            program=program,
            kind="rule_scheduled",
            after={"number": number, "from": starts.isoformat()},
            note=version.note,
            operator_id=operator_id,
            now=now,
        )
        _warn(program, losers, number=number, starts=starts, now=now)
        tell_watchers(program=program, what=f"rule{number}", now=now)
    if starts <= now:
        activate_due(now=now)
    return len(losers)


def unschedule_rule(*, slug: str, number: int, operator_id: int, now: dt.datetime) -> None:
    """Make a scheduled version a draft again before its day. Raises VersionMissing, VersionPublished."""
    with transaction():
        version = _lock_version(slug, number)
        if version.state != "scheduled":
            raise VersionPublished
        RuleVersion.objects.filter(pk=version.pk).update(
            state="draft", scheduled_at=None, active_from=None, notice_until=None
        )
        log_change(
            program=version.program,
            kind="rule_unscheduled",
            before={"number": number},
            operator_id=operator_id,
            now=now,
        )


def retire_rule(*, slug: str, note: str, operator_id: int, now: dt.datetime) -> int:
    """Take the rule in force back with none after it; returns the number it had.

    Nobody comes in by rule from then on, and everybody keeps the place they have: no criterion is
    asked of who is in, the waitlist keeps its order, and grace periods, pilot steps and suspensions
    stand still until a version is in force again. So it takes nothing from anybody and needs no
    notice; the version that follows is the one that may, and warns everybody who is in and does
    not meet it (`schedule_rule`). What operators do by hand, and leaving, are recorded with the
    retired version. Raises ProgramMissing, NothingInForce, AnotherScheduled.
    """
    with transaction():
        program = lock_program(slug)
        active = program.versions.filter(state="active").first()
        if active is None:
            raise NothingInForce
        _refuse_while_scheduled(program)
        RuleVersion.objects.filter(pk=active.pk).update(state="retired", retired_at=now)
        # Nothing changes by time alone until a rule is in force again.
        Membership.objects.filter(program=program, recheck_at__isnull=False).update(recheck_at=None)
        log_change(
            program=program,
            kind="rule_retired",
            before={"number": active.number},
            note=note.strip(),
            operator_id=operator_id,
            now=now,
        )
        told = f"rule{active.number}.retired.{int(now.timestamp())}"
        tell_watchers(program=program, what=told, now=now)
    return active.number


def activate_due(*, now: dt.datetime) -> int:
    """Put every version into force whose moment has come; returns how many."""
    done = 0
    due = RuleVersion.objects.filter(state="scheduled", active_from__lte=now)
    for slug, number in due.order_by("active_from").values_list("program__slug", "number"):
        with transaction():
            version = _lock_version(slug, number)
            if version.state != "scheduled":
                continue
            program = version.program
            if not program.versions.filter(state="active").update(state="retired", retired_at=now):
                _wake(program, now=now)
            RuleVersion.objects.filter(pk=version.pk).update(state="active")
            log_change(
                program=program,
                kind="rule_active",
                after={"number": number},
                note=version.note,
                now=now,
            )
            enqueue_full_pass(program_id=program.pk)
            done += 1
    return done


@transaction_required
def _refuse_while_scheduled(program: Program) -> None:
    waiting = program.versions.filter(state="scheduled").values_list("number", flat=True)
    if other := waiting.first():
        raise AnotherScheduled(number=other)


@transaction_required
def _wake(program: Program, *, now: dt.datetime) -> None:
    """Have everybody's clock read again whose clock stood still while no rule was in force."""
    Membership.objects.filter(
        program=program, state__in=(*SEATED, "waitlisted"), recheck_at__isnull=True
    ).update(recheck_at=now)


def _who_loses(program: Program, new: rules.Rule, *, now: dt.datetime) -> list[int]:
    """Return who is in by the rule in force and would not be by the new one.

    While no rule is in force, nothing is asked of anybody who is in.
    """
    active = program.versions.filter(state="active").first()
    old = rules.from_json(active.rule) if active else None
    if old is not None and not takes_away(old, new):
        return []
    granted = set(grants_in_force(now).filter(program=program).values_list("person_id", flat=True))
    inside = Membership.objects.filter(program=program, state__in=INSIDE).order_by("person_id")
    people = [pk for pk in inside.values_list("person_id", flat=True) if pk not in granted]
    losers = []
    for start in range(0, len(people), PEOPLE_A_STEP):
        some = people[start : start + PEOPLE_A_STEP]
        met_before = _who_meets(old, some, now=now) if old else set(some)
        met_after = _who_meets(new, some, now=now)
        losers += [pk for pk in some if pk in met_before and pk not in met_after]
    return losers


def _who_meets(rule: rules.Rule, person_ids: Sequence[int], *, now: dt.datetime) -> set[int]:
    values = read_values(rule=rule, person_ids=person_ids, now=now)
    return {pk for pk in person_ids if evaluate(rule=rule, values=values[pk]).met}


@transaction_required
def _warn(
    program: Program, losers: Sequence[int], *, number: int, starts: dt.datetime, now: dt.datetime
) -> None:
    notify_many(
        notices=[
            Notice(
                person_id=person,
                kind=RULE_SCHEDULED,
                params={"title": program.title, "until": starts.isoformat()},
                url=f"/programs/{program.slug}/me",
                key=f"programs.{program.slug}.rule{number}.{int(now.timestamp())}",
            )
            for person in losers
        ],
        now=now,
    )


@transaction_required
def _lock_version(slug: str, number: int) -> RuleVersion:
    program = lock_program(slug)
    version = RuleVersion.objects.filter(program=program, number=number).first()
    if version is None:
        raise VersionMissing
    version.program = program
    return version
