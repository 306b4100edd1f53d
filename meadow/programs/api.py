"""The programs part of the API: rules for everybody, one's own standing with reasons, ways in and out."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router, Status

from meadow.accounts.api_auth import open_to_all, scoped
from meadow.accounts.permissions import require_person
from meadow.core import clock
from meadow.core.etags import answer_with_etag
from meadow.core.limits import check_rate
from meadow.programs import checks, queries
from meadow.programs.schemas import (
    ApplyIn,
    InvitationIn,
    ProgramDecisionOut,
    ProgramOut,
    ProgramPageOut,
    decision_out,
    page_out,
    program_out,
)
from meadow.programs.services import applications, invitations, joining

router = Router(tags=["programs"])
Slug = Annotated[str, Path(max_length=40, pattern=r"^[-a-zA-Z0-9_]+$")]
STEPS = "30/minute"
CODES = "10/minute"


@router.get(
    "/programs", response=list[ProgramOut], summary="List programs", **open_to_all("programs:read")
)
def list_programs(request: HttpRequest) -> list[ProgramOut]:
    """List every program with its stage and how many are in."""
    return [program_out(card) for card in queries.list_programs()]


@router.get(
    "/programs/{slug}",
    response=ProgramPageOut,
    summary="Read a program",
    **open_to_all("programs:read"),
)
def get_program(request: HttpRequest, slug: Slug) -> HttpResponse:
    """Read a program's rule as data and in words, its versions, change log and questions."""
    return answer_with_etag(request, page_out(queries.program_page(slug, None, clock.now())))


@router.get(
    "/programs/{slug}/decision",
    response=ProgramDecisionOut,
    summary="Ask whether you are in, and why",
    **scoped("programs:read"),
)
def get_decision(request: HttpRequest, slug: Slug) -> ProgramDecisionOut:
    """Say whether the program's capability is open to you, by which values, and what is missing."""
    return _decide(request, slug)


@router.post(
    "/programs/{slug}/application",
    response={201: ProgramDecisionOut},
    summary="Apply",
    **scoped("programs:write"),
)
def apply(request: HttpRequest, slug: Slug, given: ApplyIn) -> Status[ProgramDecisionOut]:
    """Hand in an application with your answers; somebody will answer."""
    person = _count_step(request)
    applications.apply(slug=slug, person_id=person, answers=given.answers, now=clock.now())
    return Status(201, _decide(request, slug))


@router.post(
    "/programs/{slug}/invitation",
    response=ProgramDecisionOut,
    summary="Take an invitation up",
    **scoped("programs:write"),
)
def take_invitation(request: HttpRequest, slug: Slug, given: InvitationIn) -> ProgramDecisionOut:
    """Take up an invitation by its code, or without one the invitation that names you."""
    person, now = require_person(request.user).pk, clock.now()
    check_rate(name="programs.code", rate=CODES, subject=f"person:{person}", now=now)
    if given.code.strip():
        invitations.redeem_code(slug=slug, code=given.code, person_id=person, now=now)
    else:
        invitations.accept_invitation(slug=slug, person_id=person, now=now)
    return _decide(request, slug)


@router.post(
    "/programs/{slug}/leave",
    response=ProgramDecisionOut,
    summary="Leave",
    **scoped("programs:write"),
)
def leave(request: HttpRequest, slug: Slug) -> ProgramDecisionOut:
    """Leave the program, its waitlist, or take your application back."""
    joining.leave(slug=slug, person_id=_count_step(request), now=clock.now())
    return _decide(request, slug)


@router.post(
    "/programs/{slug}/return",
    response=ProgramDecisionOut,
    summary="Come back",
    **scoped("programs:write"),
)
def come_back(request: HttpRequest, slug: Slug) -> ProgramDecisionOut:
    """Come back after leaving, if the program takes you in now; the answer says how it stands."""
    joining.come_back(slug=slug, person_id=_count_step(request), now=clock.now())
    return _decide(request, slug)


@router.put(
    "/programs/{slug}/watch",
    response={204: None},
    summary="Hear of changes",
    **scoped("programs:write"),
)
def watch(request: HttpRequest, slug: Slug) -> Status[None]:
    """Be told when the program's rule, stage or seats change."""
    joining.watch(slug=slug, person_id=_count_step(request), now=clock.now())
    return Status(204, None)


@router.delete(
    "/programs/{slug}/watch",
    response={204: None},
    summary="Hear of changes no more",
    **scoped("programs:write"),
)
def unwatch(request: HttpRequest, slug: Slug) -> Status[None]:
    """Be told no more."""
    joining.unwatch(slug=slug, person_id=_count_step(request))
    return Status(204, None)


def _decide(request: HttpRequest, slug: str) -> ProgramDecisionOut:
    person = require_person(request.user).pk
    found = queries.explain(person, slug, clock.now())
    return decision_out(found, checks.decide(person, found.page.card.capability))


def _count_step(request: HttpRequest) -> int:
    """Return who asks, and count it against the rate of such steps."""
    person = require_person(request.user).pk
    check_rate(name="programs.step", rate=STEPS, subject=f"person:{person}", now=clock.now())
    return person
