"""A program's people as operators see them over the API: places, invitations, applications."""

import datetime as dt
from typing import Annotated, Any, Literal

from ninja import Field, Schema
from pydantic import AwareDatetime, StringConstraints

from meadow.accounts.queries import PersonCard
from meadow.programs.models import State
from meadow.programs.operator.schemas import Note, Why
from meadow.programs.queries import ApplicationLine, InvitationLine, MemberLine
from meadow.programs.services.applications import LONGEST_WORDS
from meadow.programs.services.invitations import MOST_BYTES, MOST_CODES, IssuedCode, ReportLine

ApplicationState = Literal["open", "accepted", "refused", "withdrawn"]
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=LONGEST_WORDS, pattern=r"^[^\x00]*$")
]
Days = Annotated[int, Field(ge=1, le=365)]


class MemberOut(Schema):
    """Somebody's place; the handle is empty where the account is closed."""

    handle: str
    state: State
    reason: str
    words: str
    since: dt.datetime
    admitted_at: dt.datetime | None
    grace_until: dt.datetime | None
    suspended_until: dt.datetime | None
    rule_version: int


class MembersOut(Schema):
    """One page of people; `next_cursor` is null on the last."""

    items: list[MemberOut]
    next_cursor: str | None


class ByHandIn(Schema):
    """Why, which the person reads, and perhaps until when."""

    words: Why
    until: AwareDatetime | None = None


class WordsIn(Schema):
    """Why, which the person reads."""

    words: Why


class InvitationOut(Schema):
    """An invitation by name or by code; `handle` is empty for a code nobody took."""

    id: str
    is_code: bool
    handle: str
    state: Literal["open", "used", "over", "revoked"]
    note: str
    created_at: dt.datetime
    expires_at: dt.datetime


class InvitationsOut(Schema):
    """One page of invitations, newest first."""

    items: list[InvitationOut]
    next_cursor: str | None


class CodesIn(Schema):
    """How many codes, and for how long."""

    count: Annotated[int, Field(ge=1, le=MOST_CODES)]
    days: Days = 30
    note: Annotated[Note, StringConstraints(max_length=200)] = ""


class CodeOut(Schema):
    """A new code, told here and nowhere else."""

    id: str
    code: str


class ListIn(Schema):
    """A list as CSV: a handle in the first column of each line, up to 10,000 lines."""

    csv: Annotated[str, StringConstraints(min_length=1, max_length=MOST_BYTES)]
    days: Days = 30
    note: Annotated[Note, StringConstraints(max_length=200)] = ""


class LineOut(Schema):
    """What became of one line; `line` counts from 1."""

    line: int
    handle: str
    result: Literal["invited", "admitted", "already", "unknown", "repeated", "unreadable"]


class AskedApplicationOut(Schema):
    """An application with its answers, by question key; closed accounts have no handle."""

    id: str
    program: str
    handle: str
    answers: dict[str, str]
    state: ApplicationState
    applied_at: dt.datetime
    reviewed_at: dt.datetime | None
    reviewer: str
    words: str


class ApplicationsOut(Schema):
    """One page of applications: the oldest open one first, answered ones newest first."""

    items: list[AskedApplicationOut]
    next_cursor: str | None


class ReviewIn(Schema):
    """The answer; a refusal needs words, which the applicant reads."""

    accept: bool
    words: Words = ""


def member_out(line: MemberLine) -> MemberOut:
    """Return somebody's place for the API."""
    same = set(MemberOut.model_fields) - {"handle", "rule_version"}
    plain: dict[str, Any] = {name: getattr(line, name) for name in same}
    return MemberOut(**plain, handle=_handle(line.person), rule_version=line.rule_number)


def invitation_out(line: InvitationLine) -> InvitationOut:
    """Return an invitation for the API."""
    return InvitationOut(
        id=line.public_id,
        is_code=line.is_code,
        handle=_handle(line.person or line.used_by),
        state=line.state,  # type: ignore[arg-type] # one of the four, as `_invitation` makes it
        note=line.note,
        created_at=line.created_at,
        expires_at=line.expires_at,
    )


def code_out(issued: IssuedCode) -> CodeOut:
    """Return a new code for the API."""
    return CodeOut(id=issued.public_id, code=issued.code)


def line_out(line: ReportLine) -> LineOut:
    """Return a line of a report for the API."""
    return LineOut(line=line.line, handle=line.handle, result=line.result)


def application_out(line: ApplicationLine) -> AskedApplicationOut:
    """Return an application for the API."""
    return AskedApplicationOut(
        id=line.public_id,
        program=line.program,
        handle=_handle(line.person),
        answers=dict(line.answers),
        state=line.state,  # type: ignore[arg-type] # constraint application_state_is_known
        applied_at=line.applied_at,
        reviewed_at=line.reviewed_at,
        reviewer=_handle(line.reviewer),
        words=line.words,
    )


def _handle(person: PersonCard | None) -> str:
    return person.handle if person else ""
