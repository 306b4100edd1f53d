"""Programs as the API gives and takes them."""

import datetime as dt
from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import StringConstraints

from meadow.programs import rules
from meadow.programs.checks import Answer
from meadow.programs.queries import Explanation, ProgramCard, ProgramPage, RuleRecord
from meadow.programs.words import say_reason

AnswerText = Annotated[str, StringConstraints(max_length=2000)]
QuestionKey = Annotated[str, StringConstraints(max_length=40)]


class ProgramOut(Schema):
    """A program: what it opens, at which stage it is, and how many are in."""

    slug: str
    capability: str
    title: str
    summary: str
    is_built: bool = Field(description="Whether what it opens exists already")
    stage: str
    stage_words: str
    percentage: int
    admission: str
    admission_words: str
    capacity: int | None
    admitted: int
    waiting: int
    is_paused: bool
    is_closed: bool
    next_review: dt.date | None


class RuleOut(Schema):
    """A version of a rule, as data and in words."""

    number: int
    state: str
    rule: dict[str, Any]
    words: str
    note: str
    active_from: dt.datetime | None
    retired_at: dt.datetime | None
    changes: list[str] = Field(description="What is different from the version before")


class ChangeOut(Schema):
    """A line of the change log."""

    at: dt.datetime
    kind: str
    words: str
    note: str


class QuestionOut(Schema):
    """A question of the application."""

    key: str
    label: str
    max_length: int
    required: bool
    options: list[str]


class ProgramPageOut(ProgramOut):
    """Everything that is public about a program."""

    rule: RuleOut | None
    upcoming: RuleOut | None
    history: list[RuleOut]
    changes: list[ChangeOut]
    questions: list[QuestionOut]
    regions: list[str]
    grace_days: int
    notice_days: int
    reapply_days: int
    appeal_days: int
    pilot: list[dict[str, Any]]


class CriterionOut(Schema):
    """A criterion for one person."""

    key: str
    metric: str
    operator: str
    threshold: int
    value: int
    met: bool
    gap: int = Field(description="The least that must be added; negative where there is too much")
    words: str


class ProgramDecisionOut(Schema):
    """Whether a program's capability is open to the caller, and why."""

    program: str
    capability: str
    allowed: bool
    reason: str
    words: str
    limits: dict[str, Any]
    state: str
    since: dt.datetime | None
    grace_until: dt.datetime | None
    suspended_until: dt.datetime | None
    reapply_at: dt.datetime | None
    queue_position: int | None
    meets_rule: bool
    blocked: str = Field(description="What keeps out who meets the rule; empty where nothing does")
    criteria: list[CriterionOut]
    rule_version: int | None
    next_change_at: dt.datetime | None
    decision_id: str = Field(description="The newest decision record; empty where there is none")


class ApplyIn(Schema):
    """Answers by question key."""

    answers: dict[QuestionKey, AnswerText] = Field(default_factory=dict, max_length=30)


class InvitationIn(Schema):
    """A code; left out where the invitation is for the caller by name."""

    code: str = Field("", max_length=64)


def program_out(card: ProgramCard) -> ProgramOut:
    """Return a program for the API."""
    return ProgramOut(**_card(card))


def page_out(page: ProgramPage) -> ProgramPageOut:
    """Return everything public about a program for the API."""
    return ProgramPageOut(
        **_card(page.card),
        rule=rule_out(page.rule) if page.rule else None,
        upcoming=rule_out(page.upcoming) if page.upcoming else None,
        history=[rule_out(one) for one in page.history],
        changes=[
            ChangeOut(at=line.at, kind=line.kind, words=line.words, note=line.note)
            for line in page.changes
        ],
        questions=[
            QuestionOut(
                key=one.key,
                label=one.label,
                max_length=one.max_length,
                required=one.required,
                options=list(one.options),
            )
            for one in page.questions
        ],
        regions=list(page.terms.regions),
        grace_days=page.terms.grace_days,
        notice_days=page.terms.notice_days,
        reapply_days=page.terms.reapply_days,
        appeal_days=page.terms.appeal_days,
        pilot=[dict(step) for step in page.terms.pilot],
    )


def rule_out(record: RuleRecord) -> RuleOut:
    """Return a version of a rule for the API."""
    return RuleOut(
        number=record.number,
        state=record.state,
        rule=rules.to_json(record.rule),
        words=record.words,
        note=record.note,
        active_from=record.active_from,
        retired_at=record.retired_at,
        changes=list(record.changes),
    )


def decision_out(found: Explanation, answer: Answer) -> ProgramDecisionOut:
    """Return where somebody stands, with the answer that a capability check gives them."""
    card, standing = found.page.card, found.standing
    return ProgramDecisionOut(
        program=card.slug,
        capability=card.capability,
        allowed=answer.allowed,
        reason=answer.reason,
        words=say_reason(answer.reason),
        limits=dict(answer.limits),
        state=standing.state,
        since=standing.since,
        grace_until=standing.grace_until,
        suspended_until=standing.suspended_until,
        reapply_at=standing.reapply_at,
        queue_position=standing.queue_position,
        meets_rule=found.met,
        blocked=found.blocked,
        criteria=[
            CriterionOut(
                key=one.result.key,
                metric=one.result.criterion.metric,
                operator=one.result.operator,
                threshold=one.result.threshold,
                value=one.result.value,
                met=one.result.met,
                gap=one.result.gap,
                words=one.words,
            )
            for one in found.criteria
        ],
        rule_version=found.page.rule.number if found.page.rule else None,
        next_change_at=found.next_change_at,
        decision_id=standing.decision_id,
    )


def _card(card: ProgramCard) -> dict[str, Any]:
    return {
        "slug": card.slug,
        "capability": card.capability,
        "title": card.title,
        "summary": card.summary,
        "is_built": card.is_built,
        "stage": card.stage,
        "stage_words": card.stage_words,
        "percentage": card.percentage,
        "admission": card.admission,
        "admission_words": card.admission_words,
        "capacity": card.capacity,
        "admitted": card.admitted_count,
        "waiting": card.waiting_count,
        "is_paused": card.is_paused,
        "is_closed": card.is_killed,
        "next_review": card.next_review,
    }
