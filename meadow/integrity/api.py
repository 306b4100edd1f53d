"""The integrity part of the API: operators read cases and take them back."""

from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query

from meadow.accounts.api_auth import scoped
from meadow.accounts.permissions import require_operator
from meadow.core import clock
from meadow.integrity import queries, services
from meadow.integrity.schemas import CaseOut, CasesOut, Detector, State, TakeBackIn, case_out

router = Router(tags=["integrity"])
CURSOR: Any = Query(None, max_length=500, description="`next_cursor` of the page before")
SIZE: Any = Query(24, ge=1, le=100, description="How many at most")


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
