"""Reporting over the API, and the queue for moderators and operators."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from ninja.params.functions import Query

from meadow.accounts.api_auth import scoped
from meadow.accounts.permissions import require_moderator, require_person
from meadow.core import clock
from meadow.integrity.moderation import acting, figures, queue, reporting
from meadow.integrity.moderation.acting import Statement
from meadow.integrity.moderation.schemas import (
    FigureOut,
    InquiriesOut,
    InquiryPageOut,
    OwnReportOut,
    OwnReportsOut,
    QueueState,
    ReasonFilter,
    ReportIn,
    RestoreIn,
    VerdictIn,
    inquiry_out,
    own_report_out,
    page_out,
)
from meadow.integrity.moderation.subjects import SubjectKind, look_at

router = Router(tags=["moderation"])
CURSOR: Any = Query(None, max_length=500, description="`next_cursor` of the page before")
SIZE: Any = Query(30, ge=1, le=100, description="How many at most")
DAYS: Any = Query(30, ge=1, le=366, description="How many days back, today among them")


@router.post(
    "/reports",
    response={201: OwnReportOut},
    summary="Report a note, comment or person",
    **scoped("reports"),
)
def create_report(request: HttpRequest, wanted: ReportIn) -> Status[OwnReportOut]:
    """Say what is wrong with something. Its author never learns of you; you are told what becomes of it.

    A second report of the same thing by you, while the first is open, is refused with 409.
    """
    person = require_person(request.user)
    reporting.report_subject(
        kind=wanted.kind,
        public_id=wanted.id,
        reporter_id=person.pk,
        reason=wanted.reason,
        words=wanted.words,
        now=clock.now(),
    )
    newest = queue.list_own_reports(person_id=person.pk, size=1)
    return Status(201, own_report_out(newest.items[0]))


@router.get("/me/reports", response=OwnReportsOut, summary="List your reports", **scoped("reports"))
def list_my_reports(
    request: HttpRequest, cursor: str | None = CURSOR, size: int = SIZE
) -> OwnReportsOut:
    """List what you reported and what became of it, newest first."""
    person = require_person(request.user)
    page = queue.list_own_reports(person_id=person.pk, cursor=cursor, size=size)
    return OwnReportsOut(
        items=[own_report_out(one) for one in page.items], next_cursor=page.next_cursor
    )


@router.get(
    "/moderation/inquiries",
    response=InquiriesOut,
    summary="List what was reported",
    **scoped("moderation:read"),
)
def list_inquiries(
    request: HttpRequest,
    state: QueueState = "open",
    kind: SubjectKind | None = None,
    reason: ReasonFilter | None = None,
    cursor: str | None = CURSOR,
    size: int = SIZE,
) -> InquiriesOut:
    """List open inquiries, most urgent first, or decided ones, newest first. For moderators."""
    moderator = require_moderator(request.user)
    page = queue.list_inquiries(
        state=state,
        kind=kind,
        reason=reason,
        moderator_id=moderator.pk,
        now=clock.now(),
        cursor=cursor,
        size=size,
    )
    return InquiriesOut(
        items=[inquiry_out(one) for one in page.items], next_cursor=page.next_cursor
    )


@router.get(
    "/moderation/figures",
    response=FigureOut,
    summary="Count reports and actions",
    **scoped("moderation:read"),
)
def get_figures(request: HttpRequest, days: int = DAYS) -> FigureOut:
    """Count what was reported, what became of it and how fast. For moderators and operators."""
    require_moderator(request.user)
    counted = figures.count_period(now=clock.now(), days=days)
    return FigureOut(
        since=counted.since,
        until=counted.until,
        reports=counted.reports,
        decided=counted.decided,
        median_seconds=counted.median_seconds,
        **figures.as_rows(counted),
    )


@router.post(
    "/moderation/next",
    response=InquiryPageOut,
    summary="Claim the next one",
    **scoped("moderation:write"),
)
def take_next(request: HttpRequest) -> InquiryPageOut:
    """Claim the most urgent inquiry that nobody is at; 404 where nothing waits. For moderators."""
    moderator = require_moderator(request.user)
    return _page(acting.take_next(moderator_id=moderator.pk, now=clock.now()))


@router.get(
    "/moderation/inquiries/{inquiry_id}",
    response=InquiryPageOut,
    summary="Read an inquiry",
    **scoped("moderation:read"),
)
def get_inquiry(request: HttpRequest, inquiry_id: str) -> InquiryPageOut:
    """Read one with its reports, what stood there then and now, and its author's history."""
    require_moderator(request.user)
    return _page(inquiry_id)


@router.post(
    "/moderation/inquiries/{inquiry_id}/claim",
    response=InquiryPageOut,
    summary="Claim an inquiry",
    **scoped("moderation:write"),
)
def claim(request: HttpRequest, inquiry_id: str) -> InquiryPageOut:
    """Hold one for some minutes, so that nobody else works on it; 409 while somebody does."""
    moderator = require_moderator(request.user)
    acting.claim(public_id=inquiry_id, moderator_id=moderator.pk, now=clock.now())
    return _page(inquiry_id)


@router.post(
    "/moderation/inquiries/{inquiry_id}/release",
    response=InquiryPageOut,
    summary="Give an inquiry back",
    **scoped("moderation:write"),
)
def release(request: HttpRequest, inquiry_id: str) -> InquiryPageOut:
    """End your own claim; somebody else's stays."""
    moderator = require_moderator(request.user)
    acting.release(public_id=inquiry_id, moderator_id=moderator.pk)
    return _page(inquiry_id)


@router.post(
    "/moderation/inquiries/{inquiry_id}/decide",
    response=InquiryPageOut,
    summary="Decide an inquiry",
    **scoped("moderation:write"),
)
def decide(request: HttpRequest, inquiry_id: str, wanted: VerdictIn) -> InquiryPageOut:
    """Leave it, or restrict it with a statement of reasons; author and reporters are told. Once only."""
    moderator = require_moderator(request.user)
    statement = (
        Statement(rule=wanted.rule, words=wanted.words) if wanted.rule and wanted.words else None
    )
    acting.decide(
        public_id=inquiry_id,
        verdict=wanted.verdict,
        statement=statement,
        with_violation=wanted.with_violation,
        days=wanted.days,
        moderator_id=moderator.pk,
        now=clock.now(),
    )
    return _page(inquiry_id)


@router.post(
    "/moderation/inquiries/{inquiry_id}/restore",
    response=InquiryPageOut,
    summary="Lift a restriction",
    **scoped("moderation:write"),
)
def restore(request: HttpRequest, inquiry_id: str, wanted: RestoreIn) -> InquiryPageOut:
    """Show again what was hidden, let write again who was suspended; a violation beside it is closed."""
    moderator = require_moderator(request.user)
    acting.restore(
        public_id=inquiry_id, moderator_id=moderator.pk, words=wanted.words, now=clock.now()
    )
    return _page(inquiry_id)


def _page(public_id: str) -> InquiryPageOut:
    found = queue.get_inquiry(public_id=public_id)
    return page_out(found, look_at(kind=found.line.kind, public_id=found.line.subject))
