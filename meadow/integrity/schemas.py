"""Cases and violations as the API gives and takes them."""

import datetime as dt
from typing import Annotated, Any, Literal

from ninja import Field, Schema
from pydantic import StringConstraints

from meadow.integrity.queries import CaseRecord, ViolationRecord
from meadow.integrity.rulebook import LONGEST, SHORTEST, ClosingReason, RuleCode, get_rule
from meadow.integrity.words import describe_case

Detector = Literal["clockwork", "impossible_rate"]
State = Literal["stands", "taken_back"]
ViolationState = Literal["open", "closed"]
# Counted without the space around them, as the form does; PostgreSQL takes no NUL.
Words = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=SHORTEST, max_length=LONGEST, pattern=r"^[^\x00]*$"
    ),
]


class TakenBackOut(Schema):
    """Who took a case back, why and when."""

    handle: str
    reason: str
    at: dt.datetime


class CaseOut(Schema):
    """A case: what was measured, the limits of the rule's version, and what it came to."""

    id: str
    detector: Detector
    rule_version: int
    state: State
    signed_in: bool
    why: str = Field(description="The evidence in words, in the reader's language")
    measured: dict[str, Any]
    limits: dict[str, Any]
    window_from: dt.datetime
    window_to: dt.datetime
    facts: int = Field(description="How many facts it made invalid")
    decided_at: dt.datetime
    taken_back: TakenBackOut | None


class CasesOut(Schema):
    """One page of cases, newest first."""

    items: list[CaseOut]
    next_cursor: str | None


class TakeBackIn(Schema):
    """Why a case is taken back."""

    reason: str = Field(min_length=3, max_length=500)


def case_out(case: CaseRecord) -> CaseOut:
    """Return a case for the API."""
    taken = case.taken_back
    return CaseOut(
        id=case.public_id,
        detector=case.detector,  # type: ignore[arg-type] # a constraint of the table
        rule_version=case.version,
        state=case.state,  # type: ignore[arg-type] # one of the two
        signed_in=case.signed_in,
        why=describe_case(case),
        measured=case.measured,
        limits=case.limits,
        window_from=case.window_from,
        window_to=case.window_to,
        facts=case.facts,
        decided_at=case.decided_at,
        taken_back=TakenBackOut(handle=taken.handle, reason=taken.reason, at=taken.at)
        if taken
        else None,
    )


class ClosedOut(Schema):
    """Why a violation was closed, by whom and when."""

    reason: ClosingReason
    words: str
    moderator: str = Field(description="Handle of whoever closed it; empty for somebody gone")
    at: dt.datetime


class ViolationOut(Schema):
    """What was recorded about somebody against a rule."""

    id: str
    handle: str = Field(description="Whom it is about; empty for somebody who is gone")
    rule: RuleCode
    rule_name: str
    forbids: str
    mend: str = Field(description="What mends it, in the reader's language")
    words: str
    subject: str = Field(description="Id of what it is about, a note's say; may be empty")
    state: ViolationState
    moderator: str = Field(description="Handle of whoever recorded it; empty for somebody gone")
    opened_at: dt.datetime
    closed: ClosedOut | None


class ViolationsOut(Schema):
    """One page of violations, newest first."""

    items: list[ViolationOut]
    next_cursor: str | None


class ViolationIn(Schema):
    """A violation to record."""

    handle: str = Field(min_length=3, max_length=30)
    rule: RuleCode
    words: Words = Field(description="What happened; the person reads it")
    subject: str = Field(
        "", max_length=40, pattern=r"^[A-Za-z0-9_:.-]*$", description="Id of what it is about"
    )


class ClosingIn(Schema):
    """Why a violation is closed."""

    reason: ClosingReason
    words: Words = Field(description="The person reads it")


def violation_out(found: ViolationRecord) -> ViolationOut:
    """Return a violation for the API."""
    rule, closed = get_rule(found.rule), found.closed
    return ViolationOut(
        id=found.public_id,
        handle=found.person.handle if found.person else "",
        rule=found.rule,  # type: ignore[arg-type] # a constraint of the table
        rule_name=str(rule.name),
        forbids=str(rule.forbids),
        mend=str(rule.mend),
        words=found.words,
        subject=found.subject,
        state=found.state,  # type: ignore[arg-type] # one of the two
        moderator=found.moderator,
        opened_at=found.opened_at,
        closed=ClosedOut(
            reason=closed.reason,  # type: ignore[arg-type] # a constraint of the table
            words=closed.words,
            moderator=closed.handle,
            at=closed.at,
        )
        if closed
        else None,
    )
