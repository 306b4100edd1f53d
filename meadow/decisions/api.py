"""The decisions part of the API: one's own, receipts for anybody to check, and appeals."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from ninja.params.functions import Body, Path, Query

from meadow.accounts.api_auth import open_to_all, scoped
from meadow.accounts.permissions import require_moderator, require_operator, require_person
from meadow.core import clock
from meadow.core.limits import caller, check_rate
from meadow.decisions import appeal_services, limits, queries
from meadow.decisions.queries import AppealState
from meadow.decisions.receipts import verify
from meadow.decisions.schemas import (
    AnswerIn,
    AppealIn,
    AppealOut,
    AppealsOut,
    DecisionOut,
    DecisionsOut,
    KeysOut,
    ReceiptOut,
    TermsIn,
    TermsListOut,
    TermsOut,
    VerdictOut,
    appeal_out,
    decision_out,
    key_out,
    terms_out,
    verdict_out,
)
from meadow.decisions.viewers import viewer_of

router = Router(tags=["decisions"])
CURSOR: Any = Query(None, max_length=500, description="`next_cursor` of the page before")
SIZE: Any = Query(24, ge=1, le=100, description="How many at most")
SCOPE: Any = Query(
    None,
    max_length=80,
    pattern="^[a-z0-9][a-z0-9._/-]*$",
    description="Only what this decided, such as `programs/creator-center`",
)
OUTCOME: Any = Query(
    None,
    max_length=40,
    pattern="^[a-z0-9][a-z0-9._-]*$",
    description="Only those that ended so, such as `admitted`",
)
STATE: Any = Query(
    "open", description="Those that wait, that were answered, or that were withdrawn"
)
NAME: Any = Path(..., max_length=24, pattern="^[A-Za-z0-9]+$")
RECEIPT: Any = Body(..., description="A receipt, just as it was downloaded")


@router.get(
    "/decisions",
    response=DecisionsOut,
    summary="List decisions about you",
    **scoped("decisions:read"),
)
def list_decisions(
    request: HttpRequest,
    scope: str | None = SCOPE,
    outcome: str | None = OUTCOME,
    cursor: str | None = CURSOR,
    size: int = SIZE,
) -> DecisionsOut:
    """List what was decided about you, newest first."""
    person = require_person(request.user)
    page = queries.list_decisions(person.pk, scope, outcome=outcome, cursor=cursor, size=size)
    return DecisionsOut(
        items=[decision_out(one) for one in page.items], next_cursor=page.next_cursor
    )


@router.get(
    "/decisions/keys",
    response=KeysOut,
    summary="List the keys that sign decisions",
    **open_to_all("decisions:read"),
)
def list_keys(request: HttpRequest) -> KeysOut:
    """List every public key that decisions were ever signed with, and when. Open to all."""
    return KeysOut(items=[key_out(key) for key in queries.list_keys()])


@router.post(
    "/decisions/verify",
    response=VerdictOut,
    summary="Check a receipt",
    **open_to_all("decisions:read"),
)
def verify_receipt(request: HttpRequest, receipt: dict[str, Any] = RECEIPT) -> VerdictOut:
    """Say whether a receipt is one of ours, and if not, everything that is wrong. Open to all."""
    check_rate(
        name="decisions.verify", rate=limits.CHECKS, subject=caller(request), now=clock.now()
    )
    return verdict_out(verify(receipt, keys=queries.public_keys()))


@router.get(
    "/decisions/{decision_id}",
    response=DecisionOut,
    summary="Read a decision",
    **scoped("decisions:read"),
)
def get_decision(request: HttpRequest, decision_id: str = NAME) -> DecisionOut:
    """Read a decision about you. Operators read any, moderators those that were appealed against."""
    return decision_out(queries.find_decision(decision_id, viewer_of(request)))


@router.get(
    "/decisions/{decision_id}/receipt",
    response=ReceiptOut,
    summary="Get a decision's receipt",
    **scoped("decisions:read"),
)
def get_receipt(request: HttpRequest, decision_id: str = NAME) -> Any:
    """Get what anybody needs to check the decision without asking us."""
    decision = queries.find_decision(decision_id, viewer_of(request))
    return queries.receipt(decision.public_id)


@router.post(
    "/decisions/{decision_id}/appeal",
    response={201: AppealOut},
    summary="Appeal against a decision",
    **scoped("decisions:write"),
)
def open_appeal(
    request: HttpRequest, wanted: AppealIn, decision_id: str = NAME
) -> Status[AppealOut]:
    """Appeal against a decision about you, in time, one at a time. The answer has a date."""
    now, viewer = clock.now(), viewer_of(request)
    check_rate(
        name="decisions.appeal",
        rate=limits.APPEALS,
        subject=f"person:{viewer.person_id}",
        now=now,
    )
    decision = queries.find_decision(decision_id, viewer)
    appeal = appeal_services.open_appeal(
        decision=decision.public_id, person_id=viewer.person_id, words=wanted.words, now=now
    )
    return Status(201, appeal_out(appeal))


@router.get("/appeals", response=AppealsOut, summary="List appeals", **scoped("decisions:read"))
def list_appeals(
    request: HttpRequest,
    state: AppealState = STATE,
    cursor: str | None = CURSOR,
    size: int = SIZE,
) -> AppealsOut:
    """List appeals that wait, were answered or withdrawn. For moderators and operators."""
    require_moderator(request.user)
    page = queries.list_appeals(state=state, cursor=cursor, size=size)
    return AppealsOut(items=[appeal_out(one) for one in page.items], next_cursor=page.next_cursor)


@router.get(
    "/appeals/terms",
    response=TermsListOut,
    summary="Read the terms of appeals",
    **open_to_all("decisions:read"),
)
def list_terms(request: HttpRequest) -> TermsListOut:
    """Read within how many days appeals are answered, and how that changed. Open to all."""
    return TermsListOut(items=[terms_out(one) for one in queries.list_terms()])


@router.post(
    "/appeals/terms",
    response={201: TermsOut},
    summary="Change the terms of appeals",
    **scoped("decisions:write"),
)
def change_terms(request: HttpRequest, wanted: TermsIn) -> Status[TermsOut]:
    """Set within how many days appeals opened from now on are answered. For operators."""
    operator = require_operator(request.user)
    terms = appeal_services.change_terms(
        answer_days=wanted.answer_days,
        note=wanted.note,
        seen=wanted.seen,
        operator_id=operator.pk,
        now=clock.now(),
    )
    return Status(201, terms_out(terms))


@router.get(
    "/appeals/{appeal_id}", response=AppealOut, summary="Read an appeal", **scoped("decisions:read")
)
def get_appeal(request: HttpRequest, appeal_id: str = NAME) -> AppealOut:
    """Read an appeal of yours; moderators and operators read any."""
    return appeal_out(queries.find_appeal(appeal_id, viewer_of(request)))


@router.post(
    "/appeals/{appeal_id}/withdraw",
    response=AppealOut,
    summary="Withdraw an appeal",
    **scoped("decisions:write"),
)
def withdraw_appeal(request: HttpRequest, appeal_id: str = NAME) -> AppealOut:
    """Take your open appeal back. You may appeal again while the decision's time to appeal runs."""
    person = require_person(request.user)
    return appeal_out(
        appeal_services.withdraw_appeal(appeal=appeal_id, person_id=person.pk, now=clock.now())
    )


@router.post(
    "/appeals/{appeal_id}/answer",
    response=AppealOut,
    summary="Answer an appeal",
    **scoped("decisions:write"),
)
def answer_appeal(request: HttpRequest, wanted: AnswerIn, appeal_id: str = NAME) -> AppealOut:
    """Grant an appeal or refuse it. For moderators and operators who did not decide themselves."""
    reviewer = require_moderator(request.user)
    return appeal_out(
        appeal_services.answer_appeal(
            appeal=appeal_id,
            reviewer_id=reviewer.pk,
            upheld=wanted.upheld,
            words=wanted.words,
            now=clock.now(),
        )
    )
