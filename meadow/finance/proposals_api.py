"""Transfers by hand over the API: propose, look, decide; and what a person reads of their own."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from ninja.params.functions import Path, Query

from meadow.accounts.api_auth import moves_money, scoped
from meadow.accounts.permissions import require_operator, require_person
from meadow.core import clock
from meadow.core.ids import new_id
from meadow.core.limits import check_rate
from meadow.finance import limits, queries, services
from meadow.finance.asked import answer_once
from meadow.finance.proposal_schemas import (
    OwnTransferOut,
    PreviewIn,
    PreviewOut,
    ProposalIn,
    ProposalOut,
    ProposalRefusalIn,
    ProposalsOut,
    own_transfer_out,
    preview_out,
    proposal_out,
)

router = Router(tags=["finance"])
CURSOR: Any = Query(None, max_length=500, description="`next_cursor` of the page before")
SIZE: Any = Query(24, ge=1, le=100, description="How many at most")
WHICH: Any = Query("waiting", description="Those that wait, those that are decided, or all")
NAME: Any = Path(..., max_length=24, pattern="^[A-Za-z0-9]+$")
ROOT = "/operator/finance/proposals"


@router.get(ROOT, response=ProposalsOut, summary="List transfers by hand", **scoped("finance:read"))
def list_proposals(
    request: HttpRequest,
    which: queries.Which = WHICH,
    cursor: str | None = CURSOR,
    size: int = SIZE,
) -> ProposalsOut:
    """List transfers by hand, the newest first. For operators."""
    require_operator(request.user)
    page = queries.list_proposals(which=which, cursor=cursor, size=size)
    return ProposalsOut(
        items=[proposal_out(one) for one in page.items], next_cursor=page.next_cursor
    )


@router.post(
    f"{ROOT}/preview",
    response=PreviewOut,
    summary="See what a transfer would leave",
    **scoped("finance:read"),
)
def preview(request: HttpRequest, wanted: PreviewIn) -> PreviewOut:
    """Say what a transfer would leave on both accounts; nothing is kept. For operators."""
    require_operator(request.user)
    sides = {"giver": wanted.giver, "taker": wanted.taker}
    return preview_out(queries.preview(**sides, amount=wanted.amount, unit=wanted.unit))


@router.post(
    ROOT,
    response={201: ProposalOut},
    summary="Propose a transfer by hand",
    **moves_money("finance:write"),
)
def propose(request: HttpRequest, wanted: ProposalIn) -> Status[ProposalOut]:
    """Propose a transfer: nothing moves until another operator approves it. For operators."""
    operator, now = require_operator(request.user), clock.now()
    check_rate(
        name="finance.propose", rate=limits.PROPOSALS, subject=f"person:{operator.pk}", now=now
    )
    return answer_once(
        request,
        person_id=operator.pk,
        status=201,
        act=lambda: proposal_out(
            services.propose(
                operator_id=operator.pk,
                kind=wanted.kind,
                giver=wanted.giver,
                taker=wanted.taker,
                amount=wanted.amount,
                unit=wanted.unit,
                words=wanted.words,
                reference=wanted.reference,
                # The key of the call is kept beside its answer.
                key=new_id("k"),
                now=now,
            )
        ),
    )


@router.get(
    f"{ROOT}/{{proposal_id}}",
    response=ProposalOut,
    summary="Read a transfer by hand",
    **scoped("finance:read"),
)
def get_proposal(request: HttpRequest, proposal_id: str = NAME) -> ProposalOut:
    """Read a transfer by hand with both accounts as they stand now. For operators."""
    require_operator(request.user)
    return proposal_out(queries.get_proposal(proposal_id))


@router.post(
    f"{ROOT}/{{proposal_id}}/approve",
    response=ProposalOut,
    summary="Approve a transfer by hand",
    **moves_money("finance:write"),
)
def approve(request: HttpRequest, proposal_id: str = NAME) -> Status[ProposalOut]:
    """Approve what another operator proposed: it is booked at once. For operators."""
    operator, now = _decider(request)
    return answer_once(
        request,
        person_id=operator,
        status=200,
        act=lambda: proposal_out(
            services.approve(proposal=proposal_id, operator_id=operator, now=now)
        ),
    )


@router.post(
    f"{ROOT}/{{proposal_id}}/refuse",
    response=ProposalOut,
    summary="Refuse a transfer by hand",
    **moves_money("finance:write"),
)
def refuse(
    request: HttpRequest, wanted: ProposalRefusalIn, proposal_id: str = NAME
) -> Status[ProposalOut]:
    """Refuse what another operator proposed, and say why. For operators."""
    operator, now = _decider(request)
    return answer_once(
        request,
        person_id=operator,
        status=200,
        act=lambda: proposal_out(
            services.refuse(proposal=proposal_id, operator_id=operator, words=wanted.words, now=now)
        ),
    )


@router.post(
    f"{ROOT}/{{proposal_id}}/withdraw",
    response=ProposalOut,
    summary="Take a transfer by hand back",
    **moves_money("finance:write"),
)
def withdraw(request: HttpRequest, proposal_id: str = NAME) -> Status[ProposalOut]:
    """Take a proposal of your own back while it waits. For operators."""
    operator, now = _decider(request)
    return answer_once(
        request,
        person_id=operator,
        status=200,
        act=lambda: proposal_out(
            services.withdraw(proposal=proposal_id, operator_id=operator, now=now)
        ),
    )


@router.get(
    "/wallet/transfers/{proposal_id}",
    response=OwnTransferOut,
    summary="Read what operators moved",
    **scoped("wallet:read"),
)
def get_own_transfer(request: HttpRequest, proposal_id: str = NAME) -> OwnTransferOut:
    """Read what two operators moved on an account of yours, and why."""
    person = require_person(request.user)
    found = queries.get_proposal(proposal_id, person_id=person.pk)
    return own_transfer_out(found, person_id=person.pk)


def _decider(request: HttpRequest) -> "tuple[int, Any]":
    operator, now = require_operator(request.user), clock.now()
    check_rate(
        name="finance.decide", rate=limits.DECISIONS, subject=f"person:{operator.pk}", now=now
    )
    return operator.pk, now
