"""The API of charges: an operator's software asks and captures, people answer."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from ninja.params.functions import Path, Query

from meadow.accounts.api_auth import moves_money, scoped
from meadow.accounts.permissions import require_operator, require_person
from meadow.accounts.queries import find_by_handles, get_people
from meadow.charges import limits, queries, services
from meadow.charges.records import ChargeRecord
from meadow.charges.schemas import (
    CaptureIn,
    CaptureOut,
    ChargeIn,
    ChargeOut,
    ChargesOut,
    MovesOut,
    ReturnIn,
    ReturnOut,
    capture_out,
    charge_out,
    return_out,
)
from meadow.core import clock
from meadow.core.idempotency import StoredAnswer, demand_kept_key, run_request_once
from meadow.core.limits import check_rate
from meadow.core.pagination import Page

router = Router(tags=["charges"])
CURSOR: Any = Query(None, max_length=500, description="`next_cursor` of the page before")
SIZE: Any = Query(24, ge=1, le=100, description="How many at most")
WHICH: Any = Query("all", description="All, those that wait, those that are held, or those over")
NAME: Any = Path(..., max_length=24, pattern="^[A-Za-z0-9]+$")


@router.post(
    "/charges",
    response={201: ChargeOut},
    summary="Ask a person for money",
    **moves_money("charges:write"),
)
def ask(request: HttpRequest, wanted: ChargeIn) -> Status[ChargeOut]:
    """Ask a person for up to `most`. They are told, and nothing moves before they agree. For operators."""
    operator, now = require_operator(request.user), clock.now()
    key = demand_kept_key(request)
    check_rate(name="charges.ask", rate=limits.ASKS, subject=f"person:{operator.pk}", now=now)
    person_id = find_by_handles([wanted.person]).get(wanted.person.lower())
    given = wanted.dict(exclude={"person"})
    asked = services.ask_charge(
        **given, person_id=person_id, key=key, operator_id=operator.pk, now=now
    )
    return Status(201, _out(asked))


@router.get("/charges", response=ChargesOut, summary="List charges", **scoped("charges:write"))
def list_charges(
    request: HttpRequest,
    which: queries.Which = WHICH,
    cursor: str | None = CURSOR,
    size: int = SIZE,
) -> ChargesOut:
    """List what was asked of everybody, newest first. For operators."""
    require_operator(request.user)
    return _page(queries.list_charges(which=which, cursor=cursor, size=size))


@router.get(
    "/charges/{charge_id}", response=ChargeOut, summary="Read a charge", **scoped("charges:write")
)
def get_charge(request: HttpRequest, charge_id: str = NAME) -> ChargeOut:
    """Read how a charge stands: ask until it is answered. For operators."""
    require_operator(request.user)
    return _out(queries.find_charge(charge_id, person_id=None))


@router.get(
    "/charges/{charge_id}/moves",
    response=MovesOut,
    summary="Read what moved by a charge",
    **scoped("charges:write"),
)
def get_moves(request: HttpRequest, charge_id: str = NAME) -> MovesOut:
    """Read what was captured of a charge and what was given back. For operators."""
    require_operator(request.user)
    queries.find_charge(charge_id, person_id=None)
    return _moves(charge_id)


@router.post(
    "/charges/{charge_id}/captures",
    response={201: CaptureOut},
    summary="Capture a part of a charge, or all",
    **moves_money("charges:write"),
)
def capture(request: HttpRequest, wanted: CaptureIn, charge_id: str = NAME) -> Status[CaptureOut]:
    """Take a part of what is held; `closes`, or taking all, sets the rest free. For operators."""
    operator, now = require_operator(request.user), clock.now()
    key = demand_kept_key(request)
    check_rate(
        name="charges.capture", rate=limits.CAPTURES, subject=f"person:{operator.pk}", now=now
    )
    taken = services.capture(
        charge=charge_id,
        amount=wanted.amount,
        closes=wanted.closes,
        key=key,
        operator_id=operator.pk,
        now=now,
    )
    return Status(201, capture_out(taken))


@router.post(
    "/charges/{charge_id}/void",
    response=ChargeOut,
    summary="Call a charge off",
    **moves_money("charges:write"),
)
def void(request: HttpRequest, charge_id: str = NAME) -> Any:
    """Take back what was asked for, or set free what is held; captures stay. For operators."""
    operator = require_operator(request.user)
    return _once(
        request, operator.pk, lambda: services.void_charge(charge=charge_id, now=clock.now())
    )


@router.post(
    "/charges/{charge_id}/returns",
    response={201: ReturnOut},
    summary="Give a charge back",
    **moves_money("charges:write"),
)
def give_back(request: HttpRequest, wanted: ReturnIn, charge_id: str = NAME) -> Status[ReturnOut]:
    """Give a part of what was captured back to the wallet it came from. For operators."""
    operator, now = require_operator(request.user), clock.now()
    key = demand_kept_key(request)
    check_rate(name="charges.return", rate=limits.RETURNS, subject=f"person:{operator.pk}", now=now)
    given = services.give_back(
        charge=charge_id,
        amount=wanted.amount,
        note=wanted.note,
        key=key,
        operator_id=operator.pk,
        now=now,
    )
    return Status(201, return_out(given))


@router.get(
    "/wallet/charges",
    response=ChargesOut,
    summary="List what you were asked for",
    **scoped("wallet:read"),
)
def list_own(request: HttpRequest, cursor: str | None = CURSOR, size: int = SIZE) -> ChargesOut:
    """List what you were asked to pay, newest first."""
    person = require_person(request.user)
    return _page(queries.list_charges(person_id=person.pk, cursor=cursor, size=size))


@router.get(
    "/wallet/charges/{charge_id}",
    response=ChargeOut,
    summary="Read what you were asked for",
    **scoped("wallet:read"),
)
def get_own(request: HttpRequest, charge_id: str = NAME) -> ChargeOut:
    """Read who asks you for how much, for what, and until when."""
    person = require_person(request.user)
    return _out(queries.find_charge(charge_id, person_id=person.pk))


@router.post(
    "/wallet/charges/{charge_id}/agree",
    response=ChargeOut,
    summary="Agree to a charge",
    **moves_money("wallet:spend"),
)
def agree(request: HttpRequest, charge_id: str = NAME) -> Any:
    """Hold what you are asked for in your wallet; the asker can take it until the charge ends."""
    person, now = require_person(request.user), clock.now()
    _check_answers(person.pk)
    return _once(
        request,
        person.pk,
        lambda: services.agree(charge=charge_id, person_id=person.pk, now=now),
    )


@router.post(
    "/wallet/charges/{charge_id}/decline",
    response=ChargeOut,
    summary="Decline a charge",
    **moves_money("wallet:spend"),
)
def decline(request: HttpRequest, charge_id: str = NAME) -> Any:
    """Say no: nothing moves, and the asker is told."""
    person, now = require_person(request.user), clock.now()
    _check_answers(person.pk)
    return _once(
        request,
        person.pk,
        lambda: services.decline(charge=charge_id, person_id=person.pk, now=now),
    )


def _check_answers(person_id: int) -> None:
    subject = f"person:{person_id}"
    check_rate(name="charges.answer", rate=limits.ANSWERS, subject=subject, now=clock.now())


def _once(request: HttpRequest, person_id: int, act: Callable[[], ChargeRecord]) -> Any:
    """Do what has no row of its own to keep a key in, and replay its answer ever after."""
    demand_kept_key(request)
    answer = run_request_once(
        request,
        person_id=person_id,
        action=lambda: StoredAnswer(status=200, body=_out(act()).model_dump(mode="json")),
    )
    return answer.body


def _out(one: ChargeRecord) -> ChargeOut:
    return charge_out(one, _people([one]))


def _page(page: Page[ChargeRecord]) -> ChargesOut:
    people = _people(page.items)
    items = [charge_out(one, people) for one in page.items]
    return ChargesOut(items=items, next_cursor=page.next_cursor)


def _people(charges: Any) -> Any:
    return get_people({i for one in charges for i in (one.person_id, one.asked_by_id) if i})


def _moves(charge_id: str) -> MovesOut:
    return MovesOut(
        captures=[capture_out(one) for one in queries.list_captures(charge_id)],
        returns=[return_out(one) for one in queries.list_returns(charge_id)],
    )
