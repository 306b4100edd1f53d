"""The rest of the finance over the API: at a glance, under way, stuck, checks, differences, limits."""

from dataclasses import asdict
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Status
from ninja.params.functions import Path, Query

from meadow.accounts.api_auth import moves_money, scoped
from meadow.accounts.permissions import require_operator
from meadow.core import clock
from meadow.core.limits import check_rate
from meadow.finance import limits, queries, services
from meadow.finance.asked import answer_once
from meadow.finance.waiting_schemas import (
    CheckOut,
    ChecksOut,
    ComparedOut,
    DifferencesOut,
    FinanceTermsIn,
    FinanceTermsListOut,
    FinanceTermsOut,
    KindOut,
    ReconciliationDifferenceOut,
    ResolutionIn,
    ResolutionOut,
    ResolutionsOut,
    SummaryOut,
    TotalOut,
    WaitingListOut,
    WaitingOut,
    check_out,
    resolution_out,
    terms_out,
)
from meadow.ledger.queries import get_check, last_check, list_checks
from meadow.ledger.services import ask_check
from meadow.payments.queries import list_compared_days, list_differences

router = Router(tags=["finance"])
CURSOR: Any = Query(None, max_length=500, description="`next_cursor` of the page before")
SIZE: Any = Query(24, ge=1, le=100, description="How many at most")
KIND: Any = Query("", max_length=30, description="One kind alone; those there are, `totals` names")
NAME: Any = Path(..., max_length=24, pattern="^[A-Za-z0-9]+$")
JOB: Any = Path(..., ge=1, le=2**63 - 1)
ROOT = "/operator/finance"


@router.get(
    f"{ROOT}/summary", response=SummaryOut, summary="Read the finance", **scoped("finance:read")
)
def get_summary(request: HttpRequest) -> SummaryOut:
    """Read what stands where, what waits, what is stuck, what was proven last. For operators."""
    require_operator(request.user)
    last, days = last_check(), list_compared_days(most=1)
    return SummaryOut(
        balances=[
            KindOut(unit=unit, kind=kind, posted=posted)
            for unit, kinds in queries.sum_by_kind().items()
            for kind, posted in kinds.items()
        ],
        pending=_totals(stuck=False),
        stuck=_totals(stuck=True),
        last_check=check_out(last) if last else None,
        last_comparison=ComparedOut(**asdict(days[0])) if days else None,
    )


@router.get(
    f"{ROOT}/pending",
    response=WaitingListOut,
    summary="List what is under way",
    **scoped("finance:read"),
)
def list_pending(
    request: HttpRequest, kind: str = KIND, cursor: str | None = CURSOR, size: int = SIZE
) -> WaitingListOut:
    """List everything that has begun and is not done, the oldest first. For operators."""
    require_operator(request.user)
    return _waiting(kind, cursor, size, stuck=False)


@router.get(
    f"{ROOT}/stuck", response=WaitingListOut, summary="List what is stuck", **scoped("finance:read")
)
def list_stuck(
    request: HttpRequest, kind: str = KIND, cursor: str | None = CURSOR, size: int = SIZE
) -> WaitingListOut:
    """List what has waited longer than the limits say, the oldest first. For operators."""
    require_operator(request.user)
    return _waiting(kind, cursor, size, stuck=True)


@router.post(
    f"{ROOT}/stuck/jobs/{{job_id}}/retry",
    response={200: TotalOut},
    summary="Try a failed job again",
    **moves_money("finance:write"),
)
def retry_job(request: HttpRequest, job_id: int = JOB) -> Status[TotalOut]:
    """Have a failed job of money tried again, and say how many are left. For operators."""
    operator, now = require_operator(request.user), clock.now()
    check_rate(name="finance.retry", rate=limits.RETRIES, subject=f"person:{operator.pk}", now=now)

    def act() -> TotalOut:
        services.retry_job(job_id=job_id, now=now)
        left = [one for one in _totals(stuck=True) if one.kind == "jobs"]
        return left[0] if left else TotalOut(kind="jobs", title="", unit="", count=0, amount=0)

    return answer_once(request, person_id=operator.pk, status=200, act=act)


@router.get(
    f"{ROOT}/checks",
    response=ChecksOut,
    summary="List checks of the books",
    **scoped("finance:read"),
)
def list_books_checks(
    request: HttpRequest, cursor: str | None = CURSOR, size: int = SIZE
) -> ChecksOut:
    """List the proofs of the books, the latest first. For operators."""
    require_operator(request.user)
    page = list_checks(cursor=cursor, size=size)
    return ChecksOut(items=[check_out(one) for one in page.items], next_cursor=page.next_cursor)


@router.post(
    f"{ROOT}/checks",
    response={202: CheckOut},
    summary="Check the books now",
    **scoped("finance:write"),
)
def ask_bookscheck_out(request: HttpRequest) -> Status[CheckOut]:
    """Have the books proven; while one waits or runs, it is that one. For operators."""
    operator, now = require_operator(request.user), clock.now()
    check_rate(name="finance.check", rate=limits.CHECKS, subject=f"person:{operator.pk}", now=now)
    return Status(202, check_out(ask_check(operator_id=operator.pk, now=now)))


@router.get(
    f"{ROOT}/checks/{{check_id}}",
    response=CheckOut,
    summary="Read a check of the books",
    **scoped("finance:read"),
)
def get_bookscheck_out(request: HttpRequest, check_id: str = NAME) -> CheckOut:
    """Read how far a proof of the books is, or what it found. For operators."""
    require_operator(request.user)
    return check_out(get_check(check_id))


@router.get(
    "/payments/differences",
    response=DifferencesOut,
    summary="List differences with providers",
    **scoped("payments:operate"),
)
def get_differences(request: HttpRequest) -> DifferencesOut:
    """List where providers and our books differ, the latest day first. For operators."""
    require_operator(request.user)
    known = queries.resolved_names("difference")
    items = [
        ReconciliationDifferenceOut(name=name, resolved=name in known, **asdict(one))
        for one in list_differences()
        if (name := queries.difference_name(one))
    ]
    return DifferencesOut(items=items)


@router.get(
    f"{ROOT}/resolutions",
    response=ResolutionsOut,
    summary="List what was resolved",
    **scoped("finance:read"),
)
def list_resolutions(
    request: HttpRequest,
    subject: Literal["difference", "news"] = "difference",
    cursor: str | None = CURSOR,
    size: int = SIZE,
) -> ResolutionsOut:
    """List what was done about differences or lone news, the latest first. For operators."""
    require_operator(request.user)
    page = queries.list_resolutions(subject=subject, cursor=cursor, size=size)
    return ResolutionsOut(
        items=[resolution_out(one) for one in page.items], next_cursor=page.next_cursor
    )


@router.post(
    f"{ROOT}/resolutions",
    response={201: ResolutionOut},
    summary="Resolve a difference",
    **moves_money("finance:write"),
)
def resolve(request: HttpRequest, wanted: ResolutionIn) -> Status[ResolutionOut]:
    """Keep what was done about a difference or lone news. For operators."""
    operator, now = require_operator(request.user), clock.now()
    check_rate(
        name="finance.resolve", rate=limits.CHANGES, subject=f"person:{operator.pk}", now=now
    )
    return answer_once(
        request,
        person_id=operator.pk,
        status=201,
        act=lambda: resolution_out(
            services.resolve(
                subject=wanted.subject,
                name=wanted.name,
                words=wanted.words,
                operator_id=operator.pk,
                now=now,
            )
        ),
    )


@router.get(
    f"{ROOT}/limits",
    response=FinanceTermsListOut,
    summary="Read the limits of finance",
    **scoped("finance:read"),
)
def list_terms(request: HttpRequest) -> FinanceTermsListOut:
    """Read the versions of the limits, the one in force first. For operators."""
    require_operator(request.user)
    return FinanceTermsListOut(items=[terms_out(one) for one in queries.list_terms()])


@router.post(
    f"{ROOT}/limits",
    response={201: FinanceTermsOut},
    summary="Change the limits of finance",
    **scoped("finance:write"),
)
def change_terms(request: HttpRequest, wanted: FinanceTermsIn) -> Status[FinanceTermsOut]:
    """Set the limits from now on; each version stays. For operators."""
    operator, now = require_operator(request.user), clock.now()
    check_rate(name="finance.terms", rate=limits.CHANGES, subject=f"person:{operator.pk}", now=now)
    made = services.change_terms(
        proposal_days=wanted.proposal_days,
        appeal_days=wanted.appeal_days,
        stuck_after=wanted.stuck_after,
        note=wanted.note,
        seen=wanted.seen,
        operator_id=operator.pk,
        now=now,
    )
    return Status(201, terms_out(made))


def _waiting(kind: str, cursor: str | None, size: int, *, stuck: bool) -> WaitingListOut:
    now = clock.now()
    page = queries.list_waiting(stuck=stuck, now=now, kind=kind, cursor=cursor, size=size)
    items = [
        WaitingOut(
            kind=line.source.name,
            id=line.waiting.name,
            about=line.source.say(line.waiting),
            since=line.waiting.since,
            amount=line.waiting.amount,
            unit=line.waiting.unit,
            url=line.source.link(line.waiting),
            advice=str(line.source.advice),
        )
        for line in page.items
    ]
    return WaitingListOut(items=items, totals=_totals(stuck=stuck), next_cursor=page.next_cursor)


def _totals(*, stuck: bool) -> list[TotalOut]:
    return [
        TotalOut(
            kind=one.source.name,
            title=str(one.source.title),
            unit=total.unit,
            count=total.count,
            amount=total.amount,
        )
        for one in queries.sum_waiting(stuck=stuck, now=clock.now())
        for total in one.totals
    ]
