"""The payee's part of the API: payout accounts, asking, the schedule."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from ninja.params.functions import Path, Query

from meadow.accounts.api_auth import moves_money, scoped
from meadow.accounts.permissions import require_person
from meadow.core import clock
from meadow.core.idempotency import demand_kept_key
from meadow.core.limits import check_rate
from meadow.payouts import limits, queries, services
from meadow.payouts.records import ScheduleRecord
from meadow.payouts.schemas import (
    UNIT,
    AccountIn,
    FiguresOut,
    PayoutAccountOut,
    PayoutAccountsOut,
    PayoutIn,
    PayoutOut,
    PayoutScheduleIn,
    PayoutsOut,
    ScheduleOut,
    account_out,
    payout_out,
)

router = Router(tags=["payouts"])
CURSOR: Any = Query(None, max_length=500, description="`next_cursor` of the page before")
SIZE: Any = Query(24, ge=1, le=100, description="How many at most")
NAME: Any = Path(..., max_length=24, pattern="^[A-Za-z0-9]+$")


def _count(request: HttpRequest, name: str, rate: str) -> int:
    """Count one try and return who tries."""
    person = require_person(request.user)
    check_rate(name=name, rate=rate, subject=f"person:{person.pk}", now=clock.now())
    return person.pk


@router.get("/wallet/payout-accounts", response=PayoutAccountsOut, **scoped("wallet:read"))
def list_accounts(request: HttpRequest) -> PayoutAccountsOut:
    """List your payout accounts, newest first."""
    person = require_person(request.user)
    return PayoutAccountsOut(items=[account_out(one) for one in queries.list_methods(person.pk)])


@router.post("/wallet/payout-accounts", response={201: PayoutAccountOut}, **scoped("payouts:write"))
def add_account(request: HttpRequest, wanted: AccountIn) -> Status[PayoutAccountOut]:
    """Add a payout account and ask for it to be verified; the same again is the same account."""
    person_id, now = _count(request, "payouts.method", limits.METHODS), clock.now()
    names = ("stripe",) if wanted.kind == "stripe" else ("holder", "bank", "bank_code", "account")
    added = services.add_method(
        person_id=person_id,
        kind=wanted.kind,
        payee_kind=wanted.payee_kind,
        region=wanted.region,
        details={name: getattr(wanted, name) for name in names},
        now=now,
    )
    asked = services.ask_verification(method=added.public_id, person_id=person_id, now=now)
    return Status(201, account_out(asked))


@router.delete(
    "/wallet/payout-accounts/{account_id}", response={204: None}, **scoped("payouts:write")
)
def remove_account(request: HttpRequest, account_id: str = NAME) -> Status[None]:
    """Forget a payout account of yours; what is on its way to it still arrives."""
    person_id = _count(request, "payouts.method", limits.METHODS)
    services.remove_method(method=account_id, person_id=person_id, now=clock.now())
    return Status(204, None)


@router.get("/wallet/payout-schedule", response=ScheduleOut, **scoped("wallet:read"))
def get_schedule(request: HttpRequest) -> ScheduleOut:
    """Read when you are paid by the clock."""
    return _schedule_out(queries.read_schedule(require_person(request.user).pk))


@router.put("/wallet/payout-schedule", response=ScheduleOut, **scoped("payouts:write"))
def set_schedule(request: HttpRequest, wanted: PayoutScheduleIn) -> ScheduleOut:
    """Choose when all that is free is paid out by itself."""
    chosen = services.set_schedule(
        person_id=_count(request, "payouts.change", limits.CHANGES),
        schedule=wanted.schedule,
        unit=wanted.unit,
        method=wanted.account,
        now=clock.now(),
    )
    return _schedule_out(chosen)


@router.get("/wallet/payouts", response=PayoutsOut, **scoped("wallet:read"))
def list_payouts(request: HttpRequest, cursor: str | None = CURSOR, size: int = SIZE) -> PayoutsOut:
    """List your payouts, newest first."""
    person = require_person(request.user)
    page = queries.list_payouts(person_id=person.pk, cursor=cursor, size=size)
    return PayoutsOut(items=[payout_out(one) for one in page.items], next_cursor=page.next_cursor)


@router.post("/wallet/payouts", response={201: PayoutOut}, **moves_money("payouts:write"))
def ask_payout(request: HttpRequest, wanted: PayoutIn) -> Status[PayoutOut]:
    """Take an amount out of your wallet to be paid out."""
    key = demand_kept_key(request)
    asked = services.ask_payout(
        person_id=_count(request, "payouts.ask", limits.ASKS),
        method=wanted.account,
        unit=wanted.unit,
        gross=wanted.amount,
        key=key,
        now=clock.now(),
    )
    return Status(201, payout_out(asked))


@router.get("/wallet/payouts/quote", response=FiguresOut, **scoped("wallet:read"))
def quote(
    request: HttpRequest,
    account: str = Query(..., max_length=24, pattern="^[A-Za-z0-9]+$"),
    amount: int = Query(..., ge=1, le=limits.LARGEST_AMOUNT),
    unit: str = Query("CNY", pattern=UNIT),
) -> FiguresOut:
    """Read what of an amount would be withheld, kept and left, and change nothing."""
    found = services.quote_payout(
        person_id=require_person(request.user).pk,
        method=account,
        unit=unit,
        gross=amount,
        now=clock.now(),
    )
    return FiguresOut(gross=found.gross, tax=found.tax, fee=found.fee, net=found.net)


@router.get("/wallet/payouts/{payout_id}", response=PayoutOut, **scoped("wallet:read"))
def get_payout(request: HttpRequest, payout_id: str = NAME) -> PayoutOut:
    """Read how a payout of yours stands."""
    person = require_person(request.user)
    return payout_out(queries.find_payout(payout_id, person_id=person.pk))


@router.post(
    "/wallet/payouts/{payout_id}/cancellation", response=PayoutOut, **moves_money("payouts:write")
)
def cancel_payout(request: HttpRequest, payout_id: str = NAME) -> PayoutOut:
    """Put a payout of yours back into your wallet while it is in no batch."""
    demand_kept_key(request)
    person_id = _count(request, "payouts.change", limits.CHANGES)
    return payout_out(
        services.cancel_payout(payout=payout_id, person_id=person_id, now=clock.now())
    )


def _schedule_out(found: ScheduleRecord) -> ScheduleOut:
    return ScheduleOut(
        schedule=found.schedule,  # type: ignore[arg-type] # one of the model's
        unit=found.unit,
        account=found.method,
        next_at=found.next_at,
    )
