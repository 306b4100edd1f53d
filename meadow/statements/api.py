"""Statements over the API: a year, a month line by line, their files, one transfer. All of it is read."""

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Router
from ninja.params.functions import Path, Query

from meadow.accounts.api_auth import scoped
from meadow.accounts.permissions import require_person
from meadow.core import clock
from meadow.statements import queries
from meadow.statements.desk import Desk, operators_desk, own_desk
from meadow.statements.errors import StatementMissing
from meadow.statements.files import month_file, month_print, year_file
from meadow.statements.months import FIRST_YEAR, LAST_YEAR, month_of, read_month, zone_name
from meadow.statements.schemas import (
    BookedTransferOut,
    MonthOut,
    YearOut,
    month_out,
    own_transfer_out,
    year_out,
)

router = Router(tags=["statements"])
UNIT: Any = Query("CNY", pattern="^[A-Z]{3}$", description="The currency, such as `CNY`")
YEAR: Any = Query(None, ge=FIRST_YEAR, le=LAST_YEAR, description="Without it, this year")
A_YEAR: Any = Path(..., ge=FIRST_YEAR, le=LAST_YEAR)
MONTH: Any = Path(..., pattern=r"^2\d{3}-(0[1-9]|1[0-2])$", description="Such as `2026-11`")
NAME: Any = Path(..., max_length=24, pattern="^[A-Za-z0-9]+$")
CURSOR: Any = Query(None, max_length=500, description="`next_cursor` of the page before")
SIZE: Any = Query(50, ge=1, le=500, description="How many lines at most")
OWN = "/wallet/statements"
ANY = "/operator/statements/{account_id}"


@router.get(OWN, response=YearOut, summary="List your statements", **scoped("wallet:read"))
def list_own(request: HttpRequest, unit: str = UNIT, year: int | None = YEAR) -> YearOut:
    """List the months of a year of your wallet in one currency, with their sums."""
    return _year(_own(request, unit), year)


@router.get(
    OWN + "/{month}", response=MonthOut, summary="Read a statement", **scoped("wallet:read")
)
def get_own(
    request: HttpRequest,
    month: str = MONTH,
    unit: str = UNIT,
    cursor: str | None = CURSOR,
    size: int = SIZE,
) -> MonthOut:
    """Read a month of your wallet: its balances, its sums, and a page of its lines."""
    return _month(_own(request, unit), month, cursor, size)


@router.get(OWN + "/{month}/csv", summary="Download a statement as CSV", **scoped("wallet:read"))
def get_own_csv(
    request: HttpRequest, month: str = MONTH, unit: str = UNIT
) -> StreamingHttpResponse:
    """Download all lines of a month of your wallet as CSV."""
    return month_file(request, _own(request, unit), month)


@router.get(OWN + "/{month}/pdf", summary="Download a statement as PDF", **scoped("wallet:read"))
def get_own_pdf(request: HttpRequest, month: str = MONTH, unit: str = UNIT) -> HttpResponse:
    """Download a month of your wallet to print and keep."""
    return month_print(request, _own(request, unit), month)


@router.get(OWN + "/years/{year}/csv", summary="Download a year as CSV", **scoped("wallet:read"))
def get_own_year_csv(
    request: HttpRequest, year: int = A_YEAR, unit: str = UNIT
) -> StreamingHttpResponse:
    """Download the months and reasons of a year of your wallet as CSV."""
    return year_file(request, _own(request, unit), year)


@router.get(
    "/wallet/booked/{transfer_id}",
    response=BookedTransferOut,
    summary="Read a transfer of yours",
    **scoped("wallet:read"),
)
def get_own_transfer(request: HttpRequest, transfer_id: str = NAME) -> BookedTransferOut:
    """Read what a transfer did with yours, and what the rest of it went to."""
    person = require_person(request.user)
    found = queries.find_own_transfer(transfer_id, person_id=person.pk)
    return own_transfer_out(found, person_id=person.pk)


@router.get(
    ANY,
    response=YearOut,
    summary="List the statements of an account",
    **scoped("finance:read"),
)
def list_any(request: HttpRequest, account_id: str = NAME, year: int | None = YEAR) -> YearOut:
    """List the months of a year of an account, with their sums. For operators."""
    return _year(operators_desk(request.user, account_id=account_id), year)


@router.get(
    ANY + "/{month}",
    response=MonthOut,
    summary="Read a statement of an account",
    **scoped("finance:read"),
)
def get_any(
    request: HttpRequest,
    account_id: str = NAME,
    month: str = MONTH,
    cursor: str | None = CURSOR,
    size: int = SIZE,
) -> MonthOut:
    """Read a month of an account, with a page of its lines. For operators."""
    return _month(operators_desk(request.user, account_id=account_id), month, cursor, size)


@router.get(
    ANY + "/{month}/csv",
    summary="Download a statement of an account as CSV",
    **scoped("finance:read"),
)
def get_any_csv(
    request: HttpRequest, account_id: str = NAME, month: str = MONTH
) -> StreamingHttpResponse:
    """Download all lines of a month of an account as CSV. For operators."""
    return month_file(request, operators_desk(request.user, account_id=account_id), month)


@router.get(
    ANY + "/{month}/pdf",
    summary="Download a statement of an account as PDF",
    **scoped("finance:read"),
)
def get_any_pdf(request: HttpRequest, account_id: str = NAME, month: str = MONTH) -> HttpResponse:
    """Download a month of an account to print and keep. For operators."""
    return month_print(request, operators_desk(request.user, account_id=account_id), month)


def _own(request: HttpRequest, unit: str) -> Desk:
    desk = own_desk(request.user, unit=unit)
    if desk is None:
        raise StatementMissing
    return desk


def _year(desk: Desk, year: int | None) -> YearOut:
    now = clock.now()
    chosen = month_of(now).year if year is None else year
    return year_out(
        queries.read_year_statement(desk.account, year=chosen, now=now), zone=zone_name()
    )


def _month(desk: Desk, name: str, cursor: str | None, size: int) -> MonthOut:
    statement = queries.read_month_statement(desk.account, month=read_month(name), now=clock.now())
    page = queries.read_lines(statement, cursor=cursor, size=size)
    return month_out(
        statement,
        zone=zone_name(),
        fingerprint=queries.read_fingerprint(statement),
        lines=page.items,
        next_cursor=page.next_cursor,
    )
