"""The integrity part of the API: operators read cases and take them back; moderators record and
close violations, and everybody reads their own.
"""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from ninja.params.functions import Query

from meadow.accounts.api_auth import scoped
from meadow.accounts.permissions import require_moderator, require_operator, require_person
from meadow.accounts.queries import get_person_by_handle
from meadow.core import clock
from meadow.core.pagination import Page
from meadow.integrity import queries, services
from meadow.integrity.queries import ViolationRecord
from meadow.integrity.rulebook import RuleCode
from meadow.integrity.schemas import (
    CaseOut,
    CasesOut,
    ClosingIn,
    Detector,
    State,
    TakeBackIn,
    ViolationIn,
    ViolationOut,
    ViolationsOut,
    ViolationState,
    case_out,
    violation_out,
)

router = Router(tags=["integrity"])
CURSOR: Any = Query(None, max_length=500, description="`next_cursor` of the page before")
SIZE: Any = Query(24, ge=1, le=100, description="How many at most")
HANDLE: Any = Query(None, max_length=30, description="Only those about this person")


@router.get("/integrity/cases", response=CasesOut, summary="List cases", **scoped("integrity:read"))
def list_cases(
    request: HttpRequest,
    detector: Detector | None = None,
    state: State | None = None,
    cursor: str | None = CURSOR,
    size: int = SIZE,
) -> CasesOut:
    """List what detectors decided, newest first. For operators."""
    require_operator(request.user)
    page = queries.list_cases(detector=detector, state=state, cursor=cursor, size=size)
    return CasesOut(items=[case_out(case) for case in page.items], next_cursor=page.next_cursor)


@router.get(
    "/integrity/cases/{case_id}",
    response=CaseOut,
    summary="Read a case",
    **scoped("integrity:read"),
)
def get_case(request: HttpRequest, case_id: str) -> CaseOut:
    """Read one case with its evidence. For operators."""
    require_operator(request.user)
    return case_out(queries.get_case(public_id=case_id))


@router.post(
    "/integrity/cases/{case_id}/take-back",
    response=CaseOut,
    summary="Take a case back",
    **scoped("integrity:write"),
)
def take_back(request: HttpRequest, case_id: str, wanted: TakeBackIn) -> CaseOut:
    """Let a case's facts count as they did before; figures follow within seconds. For operators."""
    operator = require_operator(request.user)
    services.take_back_case(
        public_id=case_id, operator_id=operator.pk, reason=wanted.reason.strip(), now=clock.now()
    )
    return case_out(queries.get_case(public_id=case_id))


@router.get(
    "/me/record", response=ViolationsOut, summary="Read your record", **scoped("profile:read")
)
def get_my_record(
    request: HttpRequest, cursor: str | None = CURSOR, size: int = SIZE
) -> ViolationsOut:
    """List what was recorded about you against the rules, newest first, with what mends it."""
    person = require_person(request.user)
    page = queries.list_violations(person_id=person.pk, cursor=cursor, size=size)
    return _violations(page)


@router.get(
    "/integrity/violations",
    response=ViolationsOut,
    summary="List violations",
    **scoped("moderation:read"),
)
def list_violations(
    request: HttpRequest,
    handle: str | None = HANDLE,
    state: ViolationState | None = None,
    rule: RuleCode | None = None,
    cursor: str | None = CURSOR,
    size: int = SIZE,
) -> ViolationsOut:
    """List what was recorded against the rules, newest first. For moderators and operators."""
    require_moderator(request.user)
    person_id = get_person_by_handle(handle).id if handle is not None else None
    page = queries.list_violations(
        person_id=person_id, state=state, rule=rule, cursor=cursor, size=size
    )
    return _violations(page)


@router.post(
    "/integrity/violations",
    response={201: ViolationOut},
    summary="Record a violation",
    **scoped("moderation:write"),
)
def open_violation(request: HttpRequest, wanted: ViolationIn) -> Status[ViolationOut]:
    """Record what somebody did against a rule; they are told. For moderators and operators.

    The very same a second time, while it is open, is refused with 409.
    """
    moderator = require_moderator(request.user)
    public_id = services.open_violation(
        person_id=get_person_by_handle(wanted.handle).id,
        rule=wanted.rule,
        words=wanted.words,
        subject=wanted.subject,
        moderator_id=moderator.pk,
        now=clock.now(),
    )
    return Status(201, violation_out(queries.get_violation(public_id=public_id)))


@router.get(
    "/integrity/violations/{violation_id}",
    response=ViolationOut,
    summary="Read a violation",
    **scoped("moderation:read"),
)
def get_violation(request: HttpRequest, violation_id: str) -> ViolationOut:
    """Read one violation. For moderators and operators."""
    require_moderator(request.user)
    return violation_out(queries.get_violation(public_id=violation_id))


@router.post(
    "/integrity/violations/{violation_id}/close",
    response=ViolationOut,
    summary="Close a violation",
    **scoped("moderation:write"),
)
def close_violation(request: HttpRequest, violation_id: str, wanted: ClosingIn) -> ViolationOut:
    """End a violation: it was served, or a mistake; its person is told. Not one's own."""
    moderator = require_moderator(request.user)
    services.close_violation(
        public_id=violation_id,
        reason=wanted.reason,
        words=wanted.words,
        moderator_id=moderator.pk,
        now=clock.now(),
    )
    return violation_out(queries.get_violation(public_id=violation_id))


def _violations(page: Page[ViolationRecord]) -> ViolationsOut:
    return ViolationsOut(
        items=[violation_out(one) for one in page.items], next_cursor=page.next_cursor
    )
