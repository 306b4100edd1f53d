"""What everybody may know of programs: cards, rules in versions, the change log."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from django.db.models import Count
from django.utils.translation import get_language

from meadow.accounts.regions import region_name
from meadow.core.database import fetch_prepared
from meadow.programs import rules
from meadow.programs.diffs import what_changed
from meadow.programs.errors import VersionMissing
from meadow.programs.models import ChangeLog, Membership, Program, RuleVersion
from meadow.programs.queries.gathering import find_program
from meadow.programs.wording import describe
from meadow.programs.words import (
    ADMISSION_NAMES,
    describe_change,
    in_language,
    say_stage,
)

CHANGES_SHOWN: Final = 100
# Nobody waits where there is a seat for everybody.
_PAGE: Final = """
SELECT (SELECT string_agg((v.id, v.state, v.active_from, v.notice_until, v.retired_at)::text, ' '
                          ORDER BY v.id)
        FROM programs_ruleversion v WHERE v.program_id = %(program)s AND v.state <> 'draft'),
       (SELECT max(c.id) FROM programs_changelog c WHERE c.program_id = %(program)s),
       EXISTS (SELECT FROM programs_watch w
               WHERE w.program_id = %(program)s AND w.person_id = %(viewer)s),
       CASE WHEN %(seats_are_limited)s THEN
           (SELECT count(*) FROM programs_membership m
            WHERE m.program_id = %(program)s AND m.state = 'waitlisted') ELSE 0 END
"""


@dataclass(frozen=True, slots=True)
class ProgramCard:
    """A program as a list or a heading shows it; words are in the active language."""

    id: int
    slug: str
    capability: str
    title: str
    summary: str
    is_built: bool
    stage: str
    stage_words: str
    percentage: int
    admission: str
    admission_words: str
    capacity: int | None
    admitted_count: int
    waiting_count: int
    is_paused: bool
    is_killed: bool
    next_review: dt.date | None

    @property
    def free_seats(self) -> int | None:
        """How many seats are free, None without a limit."""
        return None if self.capacity is None else self.capacity - self.admitted_count


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """A version of a rule; `changes` says in words what is different from the version before."""

    number: int
    state: str
    rule: rules.Rule
    words: str
    note: str
    created_at: dt.datetime
    active_from: dt.datetime | None
    notice_until: dt.datetime | None
    retired_at: dt.datetime | None
    changes: Sequence[str]


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One line of the change log, in words."""

    at: dt.datetime
    kind: str
    words: str
    note: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the application, in the active language."""

    key: str
    label: str
    max_length: int
    required: bool
    options: Sequence[str]


@dataclass(frozen=True, slots=True)
class Terms:
    """The periods and limits that hold in a program, in days."""

    grace_days: int
    notice_days: int
    reapply_days: int
    appeal_days: int
    regions: Sequence[str]
    region_names: Sequence[str]
    pilot: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class ProgramPage:
    """The public page: `rule` is in force, `upcoming` waits for its day, `history` has no drafts."""

    card: ProgramCard
    terms: Terms
    rule: RuleRecord | None
    upcoming: RuleRecord | None
    history: Sequence[RuleRecord]
    changes: Sequence[ChangeLine]
    questions: Sequence[Question]
    is_watching: bool


def list_programs() -> list[ProgramCard]:
    """Return every program, in their order, in two queries."""
    programs = list(Program.objects.all())
    waiting = _count_waiting([program.pk for program in programs])
    return [make_card(program, waiting=waiting.get(program.pk, 0)) for program in programs]


def get_card(slug: str) -> ProgramCard:
    """Return one program's card. Raises ProgramMissing."""
    program = find_program(slug)
    return make_card(program, waiting=_count_waiting([program.pk]).get(program.pk, 0))


def program_page(slug: str, viewer_id: int | None, now: dt.datetime) -> ProgramPage:
    """Return a program's public page. Raises ProgramMissing."""
    return page_of(find_program(slug), viewer_id=viewer_id)


def page_of(program: Program, *, viewer_id: int | None) -> ProgramPage:
    """Return the public page of a program whose row was read already, in one query mostly."""
    values = {
        "program": program.pk,
        "viewer": viewer_id,
        "seats_are_limited": program.capacity is not None,
    }
    ((versions, last_change, is_watching, waiting),) = fetch_prepared(_PAGE, values)
    history, changes = _tell_past(program.pk, versions, last_change, get_language())
    return ProgramPage(
        card=make_card(program, waiting=waiting),
        terms=terms_shown(program),
        rule=next((one for one in history if one.state == "active"), None),
        upcoming=next((one for one in history if one.state == "scheduled"), None),
        history=history,
        changes=changes,
        questions=list_questions(program),
        is_watching=is_watching,
    )


@lru_cache(maxsize=256)
def _tell_past(
    program_id: int, versions: str | None, last_change: int | None, language: str | None
) -> tuple[Sequence[RuleRecord], Sequence[ChangeLine]]:
    """Return a program's rules and changes in words.

    They are the same until a version changes or a line is added, which `versions` and `last_change`
    tell: what is out is written once, so a process says it once in each language.
    """
    lines = ChangeLog.objects.filter(program=program_id).exclude(kind="cohort").order_by("-pk")
    changes = [
        ChangeLine(
            at=line.at,
            kind=line.kind,
            words=describe_change(line.kind, line.before, line.after),
            note=line.note,
        )
        for line in lines[:CHANGES_SHOWN]
    ]
    return tuple(list_rules(program_id)), tuple(changes)


def list_rules(program_id: int, *, with_drafts: bool = False) -> list[RuleRecord]:
    """Return a program's versions, newest first; drafts are for operators."""
    rows = list(RuleVersion.objects.filter(program_id=program_id).order_by("number"))
    if not with_drafts:
        rows = [row for row in rows if row.state != "draft"]
    found: list[RuleRecord] = []
    before: rules.Rule | None = None
    for row in rows:
        rule = rules.from_json(row.rule)
        found.append(_rule_record(row, rule, before))
        if row.state != "draft":
            before = rule
    return found[::-1]


def get_rule(slug: str, number: int) -> RuleRecord:
    """Return one version, drafts too: for operators. Raises ProgramMissing, VersionMissing."""
    program = find_program(slug)
    for one in list_rules(program.pk, with_drafts=True):
        if one.number == number:
            return one
    raise VersionMissing


def list_questions(program: Program) -> list[Question]:
    """Return the questions of a program's application."""
    return [
        Question(
            key=one["key"],
            label=in_language(one["label"]),
            max_length=int(one.get("max_length", 2000)),
            required=bool(one.get("required", True)),
            options=list(one.get("options", [])),
        )
        for one in program.questions
    ]


def terms_shown(program: Program) -> Terms:
    """Return the periods and limits that hold in a program."""
    return Terms(
        grace_days=program.grace_days,
        notice_days=program.notice_days,
        reapply_days=program.reapply_days,
        appeal_days=program.appeal_days,
        regions=list(program.regions),
        region_names=[region_name(code) or code for code in program.regions],
        pilot=list(program.pilot or []),
    )


def make_card(program: Program, *, waiting: int) -> ProgramCard:
    """Return a program's row as a card."""
    return ProgramCard(
        id=program.pk,
        slug=program.slug,
        capability=program.capability,
        title=in_language(program.title),
        summary=in_language(program.summary),
        is_built=program.is_built,
        stage=program.stage,
        stage_words=say_stage(program.stage, percentage=program.percentage),
        percentage=program.percentage,
        admission=program.admission,
        admission_words=str(ADMISSION_NAMES[program.admission]),
        capacity=program.capacity,
        admitted_count=program.admitted_count,
        waiting_count=waiting,
        is_paused=program.paused_at is not None,
        is_killed=program.killed_at is not None,
        next_review=program.next_review,
    )


def _count_waiting(program_ids: Sequence[int]) -> dict[int, int]:
    rows = Membership.objects.filter(program_id__in=program_ids, state="waitlisted")
    counts = rows.values_list("program_id").annotate(waiting=Count("pk"))
    return dict(counts)


def _rule_record(row: RuleVersion, rule: rules.Rule, before: rules.Rule | None) -> RuleRecord:
    return RuleRecord(
        number=row.number,
        state=row.state,
        rule=rule,
        words=describe(rule),
        note=row.note,
        created_at=row.created_at,
        active_from=row.active_from,
        notice_until=row.notice_until,
        retired_at=row.retired_at,
        changes=what_changed(before, rule) if before else [],
    )
