"""Reports and inquiries as the API gives and takes them."""

import datetime as dt
from typing import Annotated, Any, Literal

from ninja import Field, Schema
from pydantic import StringConstraints

from meadow.integrity.moderation.news import say_outcome
from meadow.integrity.moderation.reasons import LONGEST_WORDS, ReasonCode
from meadow.integrity.moderation.records import InquiryLine, InquiryPage, OwnReport
from meadow.integrity.moderation.subjects import SubjectKind, SubjectView
from meadow.integrity.rulebook import RuleCode
from meadow.integrity.schemas import Words

Outcome = Literal["waiting", "dismissed", "warned", "hidden", "suspended", "barred"]
QueueState = Literal["open", "mine", "decided"]
ReasonFilter = Literal[
    "spam",
    "hate",
    "nudity",
    "scam",
    "self_harm",
    "minors",
    "intellectual_property",
    "undisclosed_ad",
    "other",
    "screened",
]
ReportWords = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=LONGEST_WORDS, pattern=r"^[^\x00]*$"),
]
PublicId = Annotated[str, StringConstraints(max_length=24, pattern=r"^[A-Za-z0-9]+$")]


class ReportIn(Schema):
    """What is reported, and why; `other` needs words."""

    kind: SubjectKind
    id: PublicId = Field(description="The public id of the note, comment or person")
    reason: ReasonCode
    words: ReportWords = ""


class OwnReportOut(Schema):
    """One of your reports and what became of it."""

    id: str
    kind: SubjectKind
    title: str = Field(description="What was reported, as it stood then, in a few words")
    reason: str
    words: str
    created_at: dt.datetime
    outcome: Outcome
    said: str = Field(description="What became of it, in the reader's language")
    answered_at: dt.datetime | None
    shown_again: bool


class OwnReportsOut(Schema):
    """One page of your reports, newest first."""

    items: list[OwnReportOut]
    next_cursor: str | None


class FoundOut(Schema):
    """What screening found, and by which of its rules."""

    rule: str
    word: str
    scope: str


class InquiryOut(Schema):
    """Everything reported about one thing."""

    id: str
    kind: SubjectKind
    subject: str
    author: str | None = Field(description="The author's handle; null once they are gone")
    title: str
    reasons: dict[str, int] = Field(description="How many gave each reason")
    found: list[FoundOut]
    reports: int
    priority: int
    opened_at: dt.datetime
    last_at: dt.datetime
    outcome: Outcome
    closed_at: dt.datetime | None
    claimed_by: str
    claimed_until: dt.datetime | None


class InquiriesOut(Schema):
    """One page of the queue."""

    items: list[InquiryOut]
    next_cursor: str | None


class ReportOut(Schema):
    """One report, without who made it; `accuracy` is how often they were right, 0 to 1."""

    id: str
    reason: str
    words: str
    created_at: dt.datetime
    accuracy: float


class SnapshotOut(Schema):
    """What stood there when it was reported."""

    title: str
    body: str
    about: str
    pictures: list[str]
    taken_at: dt.datetime


class ActionOut(Schema):
    """What was done, with the statement of reasons."""

    id: str
    kind: str
    by: str
    by_rule: bool
    rule: str
    words: str
    decision: str
    violation: str
    done_at: dt.datetime
    until: dt.datetime | None = Field(description="When it ends by itself; null: when it is lifted")


class SubjectOut(Schema):
    """The thing as it is now."""

    title: str
    body: str
    about: str
    url: str
    reach: int
    is_hidden: bool
    is_gone: bool


class HistoryOut(Schema):
    """What is known of the author."""

    open_violations: int
    all_violations: int
    inquiries: int
    dismissed: int
    warned: int
    hidden: int
    suspended: int


class InquiryPageOut(InquiryOut):
    """One inquiry with all that a verdict needs; `now` is null for what is erased."""

    said: list[ReportOut]
    snapshots: list[SnapshotOut]
    now: SubjectOut | None
    actions: list[ActionOut]
    history: HistoryOut


class VerdictIn(Schema):
    """What is done; all but `dismiss` need the rule and what was found.

    `suspend` and `bar` (hidden and suspended) are for people.
    """

    verdict: Literal["dismiss", "warn", "hide", "suspend", "bar"]
    rule: RuleCode | None = None
    words: Words | None = None
    with_violation: bool = False
    days: int | None = Field(
        None, ge=1, le=730, description="How long a person is restricted; null: until it is lifted"
    )


class WeightsIn(Schema):
    """All weights of the queue; `seen` is the version that you looked at."""

    severity: dict[str, Annotated[int, Field(ge=0, le=1000)]]
    people: float = Field(ge=0, le=100)
    reach: float = Field(ge=0, le=100)
    urgent_from: int = Field(ge=1, le=1000)
    claim_minutes: int = Field(ge=1, le=240)
    appeal_days: int = Field(ge=14, le=730)
    note: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00]*$")]
    seen: int = Field(ge=0, le=2**31 - 1)


class WeightsVersionOut(Schema):
    """One version of the weights."""

    version: int
    since: dt.datetime
    by: str | None = Field(description="The operator's handle; null as Meadow ships, or gone")
    note: str
    severity: dict[str, int]
    people: float
    reach: float
    urgent_from: int
    claim_minutes: int
    appeal_days: int


class WeightsOut(Schema):
    """The newest versions of the weights, the one in force first."""

    versions: list[WeightsVersionOut]


class RestoreIn(Schema):
    """Why something is shown again."""

    words: Words


class FigureOut(Schema):
    """Counts of the last days; tables as rows, columns as the names say."""

    since: dt.datetime
    until: dt.datetime
    reports: int
    decided: int
    median_seconds: float | None
    reasons: list[dict[str, Any]]
    actions: list[dict[str, Any]]
    days: list[dict[str, Any]]


def own_report_out(one: OwnReport) -> OwnReportOut:
    """Return one's own report for the API."""
    return OwnReportOut(
        id=one.public_id,
        kind=one.kind,  # type: ignore[arg-type] # one of the registered
        title=one.title,
        reason=one.reason,
        words=one.words,
        created_at=one.created_at,
        outcome=one.outcome or "waiting",  # type: ignore[arg-type] # a constraint of the table
        said=say_outcome(one.outcome, kind=one.kind, shown_again=one.shown_again),
        answered_at=one.answered_at,
        shown_again=one.shown_again,
    )


def inquiry_out(one: InquiryLine) -> InquiryOut:
    """Return an inquiry of the queue for the API."""
    return InquiryOut(**_line(one))


def page_out(found: InquiryPage, seen: SubjectView | None) -> InquiryPageOut:
    """Return one inquiry with all its parts for the API."""
    history = found.history
    return InquiryPageOut(
        **_line(found.line),
        said=[
            ReportOut(
                id=one.public_id,
                reason=one.reason,
                words=one.words,
                created_at=one.created_at,
                accuracy=round(one.accuracy, 3),
            )
            for one in found.reports
        ],
        snapshots=[
            SnapshotOut(
                title=one.content.get("title", ""),
                body=one.content.get("body", ""),
                about=one.content.get("about", ""),
                pictures=one.content.get("pictures", []),
                taken_at=one.taken_at,
            )
            for one in found.snapshots
        ],
        now=SubjectOut(
            title=seen.title,
            body=seen.body,
            about=seen.about,
            url=seen.url,
            reach=seen.reach,
            is_hidden=seen.is_hidden,
            is_gone=seen.is_gone,
        )
        if seen
        else None,
        actions=[
            ActionOut(
                id=one.public_id,
                kind=one.kind,
                by=one.handle,
                by_rule=one.by_rule,
                rule=one.rule,
                words=one.words,
                decision=one.decision,
                violation=one.violation,
                done_at=one.done_at,
                until=one.until,
            )
            for one in found.actions
        ],
        history=HistoryOut(
            open_violations=history.open_violations,
            all_violations=history.all_violations,
            inquiries=history.inquiries,
            dismissed=history.dismissed,
            warned=history.warned,
            hidden=history.hidden,
            suspended=history.suspended,
        ),
    )


def _line(one: InquiryLine) -> dict[str, Any]:
    return {
        "id": one.public_id,
        "kind": one.kind,
        "subject": one.subject,
        "author": one.author.handle if one.author else None,
        "title": one.title,
        "reasons": one.reasons,
        "found": [FoundOut(**found) for found in one.found],
        "reports": one.reports,
        "priority": one.priority,
        "opened_at": one.opened_at,
        "last_at": one.last_at,
        "outcome": one.outcome or "waiting",
        "closed_at": one.closed_at,
        "claimed_by": one.claimed_by,
        "claimed_until": one.claimed_until,
    }
