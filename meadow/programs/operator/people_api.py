"""A program's people over the API: places by hand, invitations, and answers to applications."""

import datetime as dt
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Router, Status
from ninja.params.functions import Query

from meadow.accounts.api_auth import scoped
from meadow.accounts.permissions import require_moderator
from meadow.accounts.queries import get_person_by_handle
from meadow.core import clock
from meadow.programs import checks, queries
from meadow.programs.models import State
from meadow.programs.operator.api import CURSOR, ONE, OPERATE, SCOPE, SIZE, Slug, by_operator
from meadow.programs.operator.people_schemas import (
    ApplicationsOut,
    ApplicationState,
    AskedApplicationOut,
    ByHandIn,
    CodeOut,
    CodesIn,
    InvitationsOut,
    LineOut,
    ListIn,
    MembersOut,
    ReviewIn,
    WordsIn,
    application_out,
    code_out,
    invitation_out,
    line_out,
    member_out,
)
from meadow.programs.schemas import ProgramDecisionOut, decision_out
from meadow.programs.services import applications, grants, invitations, suspensions

router = Router(tags=["programs"])
REVIEW: dict[str, Any] = scoped(SCOPE)
Handle = Annotated[str, Path(max_length=30, pattern=r"^[A-Za-z0-9_]+$")]
PublicId = Annotated[str, Path(max_length=24, pattern=r"^[A-Za-z0-9]+$")]
STATE: Any = Query(None, description="Only who stands there")
ANSWERED: Any = Query("open", description="Those that wait, or those that came to this")
PROGRAM: Any = Query(
    None, max_length=40, pattern=r"^[-a-zA-Z0-9_]+$", description="Only those of this program"
)
PERSON = f"{ONE}/people/{{handle}}"


@router.get(f"{ONE}/people", response=MembersOut, summary="List who stands where", **OPERATE)
def list_people(
    request: HttpRequest,
    slug: Slug,
    state: State | None = STATE,
    cursor: str | None = CURSOR,
    size: int = SIZE,
) -> MembersOut:
    """List a program's people; the waitlist in its order, others newest first. For operators."""
    page = queries.list_members(slug, state=state, cursor=cursor, size=size)
    return MembersOut(items=[member_out(one) for one in page.items], next_cursor=page.next_cursor)


@router.get(PERSON, response=ProgramDecisionOut, summary="Read somebody's place", **OPERATE)
def get_place(request: HttpRequest, slug: Slug, handle: Handle) -> ProgramDecisionOut:
    """Say where somebody stands and why, as they see it themselves. For operators."""
    return _place(slug, get_person_by_handle(handle).id)


@router.post(f"{PERSON}/grant", response=ProgramDecisionOut, summary="Let somebody in", **OPERATE)
def grant(request: HttpRequest, slug: Slug, handle: Handle, given: ByHandIn) -> ProgramDecisionOut:
    """Let somebody in by name, whatever rule and stage say, while there is a seat. For operators."""
    person = get_person_by_handle(handle).id
    grants.grant_place(
        person_id=person, reason=given.words, until=given.until, **by_operator(request, slug)
    )
    return _place(slug, person)


@router.delete(f"{PERSON}/grant", response=ProgramDecisionOut, summary="End a grant", **OPERATE)
def revoke_grant(request: HttpRequest, slug: Slug, handle: Handle) -> ProgramDecisionOut:
    """End a grant: who does not meet the rule has the grace period. For operators."""
    person = get_person_by_handle(handle).id
    grants.revoke_grant(person_id=person, **by_operator(request, slug))
    return _place(slug, person)


@router.post(
    f"{PERSON}/suspension", response=ProgramDecisionOut, summary="Suspend somebody", **OPERATE
)
def suspend(
    request: HttpRequest, slug: Slug, handle: Handle, given: ByHandIn
) -> ProgramDecisionOut:
    """Close the program's capability to somebody who is in; their seat is kept. For operators."""
    person = get_person_by_handle(handle).id
    suspensions.suspend(
        person_id=person, words=given.words, until=given.until, **by_operator(request, slug)
    )
    return _place(slug, person)


@router.post(f"{PERSON}/suspension/lift", response=ProgramDecisionOut, summary="Lift it", **OPERATE)
def lift(request: HttpRequest, slug: Slug, handle: Handle, given: WordsIn) -> ProgramDecisionOut:
    """Open the capability again to somebody who is suspended. For operators."""
    person = get_person_by_handle(handle).id
    suspensions.lift_suspension(person_id=person, words=given.words, **by_operator(request, slug))
    return _place(slug, person)


@router.get(f"{ONE}/invitations", response=InvitationsOut, summary="List invitations", **OPERATE)
def list_invitations(
    request: HttpRequest, slug: Slug, cursor: str | None = CURSOR, size: int = SIZE
) -> InvitationsOut:
    """List invitations, newest first; of a code only who took it is known. For operators."""
    page = queries.list_invitations(slug, now=clock.now(), cursor=cursor, size=size)
    return InvitationsOut(
        items=[invitation_out(one) for one in page.items], next_cursor=page.next_cursor
    )


@router.post(
    f"{ONE}/invitations/codes", response={201: list[CodeOut]}, summary="Make codes", **OPERATE
)
def issue_codes(request: HttpRequest, slug: Slug, wanted: CodesIn) -> Status[list[CodeOut]]:
    """Make codes that let in whoever has one, once each; they are told here alone. For operators."""
    by = by_operator(request, slug)
    issued = invitations.issue_codes(
        count=wanted.count, note=wanted.note, expires_at=_in_days(by, wanted.days), **by
    )
    return Status(201, [code_out(one) for one in issued])


@router.post(f"{ONE}/invitations/list", response=list[LineOut], summary="Invite a list", **OPERATE)
def invite_list(request: HttpRequest, slug: Slug, wanted: ListIn) -> list[LineOut]:
    """Invite everybody on a list, and say what became of each line. For operators."""
    by = by_operator(request, slug)
    report = invitations.import_list(
        content=wanted.csv.encode(), note=wanted.note, expires_at=_in_days(by, wanted.days), **by
    )
    return [line_out(one) for one in report]


@router.delete(
    f"{ONE}/invitations/{{public_id}}",
    response={204: None},
    summary="Take an invitation back",
    **OPERATE,
)
def revoke_invitation(request: HttpRequest, slug: Slug, public_id: PublicId) -> Status[None]:
    """Take back an invitation that nobody took up yet. For operators."""
    invitations.revoke_invitation(public_id=public_id, **by_operator(request, slug))
    return Status(204, None)


@router.get(
    "/operator/applications", response=ApplicationsOut, summary="List applications", **REVIEW
)
def list_applications(
    request: HttpRequest,
    program: str | None = PROGRAM,
    state: ApplicationState = ANSWERED,
    cursor: str | None = CURSOR,
    size: int = SIZE,
) -> ApplicationsOut:
    """List applications that wait, the oldest first, or answered ones. For moderators and operators."""
    require_moderator(request.user)
    page = queries.list_applications(program, state=state, cursor=cursor, size=size)
    return ApplicationsOut(
        items=[application_out(one) for one in page.items], next_cursor=page.next_cursor
    )


@router.get(
    "/operator/applications/{public_id}",
    response=AskedApplicationOut,
    summary="Read an application",
    **REVIEW,
)
def get_application(request: HttpRequest, public_id: PublicId) -> AskedApplicationOut:
    """Read an application with its answers. For moderators and operators."""
    require_moderator(request.user)
    return application_out(queries.get_application(public_id))


@router.post(
    "/operator/applications/{public_id}/answer",
    response=AskedApplicationOut,
    summary="Answer an application",
    **REVIEW,
)
def answer_application(
    request: HttpRequest, public_id: PublicId, given: ReviewIn
) -> AskedApplicationOut:
    """Accept an application or refuse it; nobody answers their own. For moderators and operators."""
    applications.review_application(
        public_id=public_id,
        accept=given.accept,
        words=given.words,
        reviewer_id=require_moderator(request.user).pk,
        now=clock.now(),
    )
    return application_out(queries.get_application(public_id))


def _place(slug: str, person_id: int) -> ProgramDecisionOut:
    found = queries.explain(person_id, slug, clock.now())
    return decision_out(found, checks.decide(person_id, found.page.card.capability))


def _in_days(by: dict[str, Any], days: int) -> dt.datetime:
    end: dt.datetime = by["now"] + dt.timedelta(days=days)
    return end
