"""Pages of statements: a year with its months, a month with its lines, one transfer; and their files."""

from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from meadow.accounts.permissions import require_person
from meadow.core import clock
from meadow.core.money import UNITS, Money, format_money
from meadow.ledger.reasons import link_reason, say_reason
from meadow.ledger.records import TransferRecord
from meadow.statements import queries
from meadow.statements.desk import (
    Desk,
    operators_desk,
    own_desk,
    told_line,
    told_month,
    told_reasons,
    told_sums,
)
from meadow.statements.errors import StatementMissing
from meadow.statements.files import month_file, month_print, year_file
from meadow.statements.months import month_of, read_month, zone_name
from meadow.statements.records import Sums
from meadow.statements.words import say_account, say_state, say_time

LONGEST_UNIT: Final = 3


@never_cache
@login_required
@require_safe
def own_latest(request: HttpRequest) -> HttpResponse:
    """Show the statements of the reader's wallet, this year first."""
    desk = own_desk(request.user, unit=_unit(request))
    if desk is None:
        return render(request, "statements/year.html", {"statement": None})
    return _year(request, desk, month_of(clock.now()).year)


@never_cache
@login_required
@require_safe
def own_year(request: HttpRequest, year: int) -> HttpResponse:
    """Show a year of the reader's wallet."""
    return _year(request, _own(request), year)


@never_cache
@login_required
@require_safe
def own_year_csv(request: HttpRequest, year: int) -> StreamingHttpResponse:
    """Hand out a year of the reader's wallet as a file."""
    return year_file(request, _own(request), year)


@never_cache
@login_required
@require_safe
def own_month(request: HttpRequest, month: str) -> HttpResponse:
    """Show a month of the reader's wallet, line by line."""
    return _month(request, _own(request), month)


@never_cache
@login_required
@require_safe
def own_month_csv(request: HttpRequest, month: str) -> StreamingHttpResponse:
    """Hand out a month of the reader's wallet as a table."""
    return month_file(request, _own(request), month)


@never_cache
@login_required
@require_safe
def own_month_pdf(request: HttpRequest, month: str) -> HttpResponse:
    """Hand out a month of the reader's wallet to print and keep."""
    return month_print(request, _own(request), month)


@never_cache
@login_required
@require_safe
def any_latest(request: HttpRequest, account: str) -> HttpResponse:
    """Show an operator the statements of an account, this year first."""
    desk = operators_desk(request.user, account_id=account)
    return _year(request, desk, month_of(clock.now()).year)


@never_cache
@login_required
@require_safe
def any_year(request: HttpRequest, account: str, year: int) -> HttpResponse:
    """Show an operator a year of an account."""
    return _year(request, operators_desk(request.user, account_id=account), year)


@never_cache
@login_required
@require_safe
def any_year_csv(request: HttpRequest, account: str, year: int) -> StreamingHttpResponse:
    """Hand out a year of an account as a file, to an operator."""
    return year_file(request, operators_desk(request.user, account_id=account), year)


@never_cache
@login_required
@require_safe
def any_month(request: HttpRequest, account: str, month: str) -> HttpResponse:
    """Show an operator a month of an account."""
    return _month(request, operators_desk(request.user, account_id=account), month)


@never_cache
@login_required
@require_safe
def any_month_csv(request: HttpRequest, account: str, month: str) -> StreamingHttpResponse:
    """Hand out a month of an account as a table, to an operator."""
    return month_file(request, operators_desk(request.user, account_id=account), month)


@never_cache
@login_required
@require_safe
def any_month_pdf(request: HttpRequest, account: str, month: str) -> HttpResponse:
    """Hand out a month of an account to print and keep, to an operator."""
    return month_print(request, operators_desk(request.user, account_id=account), month)


@never_cache
@login_required
@require_safe
def transfer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the reader what one transfer did with theirs, and where the rest of it went."""
    person = require_person(request.user)
    found = queries.find_own_transfer(public_id, person_id=person.pk)
    context = {
        "transfer": found,
        "title": say_reason(found.reason, found.params),
        "about": link_reason(found.reason, found.reference),
        "booked": say_time(found.booked_at),
        "counts_from": say_time(found.effective_at),
        "is_late": found.effective_at != found.booked_at,
        "legs": _legs(found, person.pk),
        "month": month_of(found.booked_at).name,
        "unit": next(leg.unit for leg in found.legs if queries.is_own(leg.account, person.pk)),
    }
    return render(request, "statements/transfer.html", context)


def _own(request: HttpRequest) -> Desk:
    desk = own_desk(request.user, unit=_unit(request))
    if desk is None:
        raise StatementMissing
    return desk


def _unit(request: HttpRequest) -> str:
    asked = request.GET.get("unit", "")[:LONGEST_UNIT]
    return asked if asked in UNITS else ""


def _year(request: HttpRequest, desk: Desk, year: int) -> HttpResponse:
    statement = queries.read_year_statement(desk.account, year=year, now=clock.now())
    context = {
        "statement": statement,
        "desk": desk,
        "zone": zone_name(),
        "opening": desk.sum(statement.opening),
        "closing": desk.sum(statement.closing),
        "sums": told_sums(desk, statement.sums),
        "months": [
            {
                **told_month(desk, one.month, one.state),
                "sums": told_sums(desk, one.sums),
                "closing": desk.sum(one.closing),
            }
            for one in statement.months
        ],
        "reasons": told_reasons(desk, statement.by_reason),
        "years": [
            {"year": one, "href": desk.address(str(one)), "current": one == year}
            for one in statement.years
        ],
        "units": _units(desk, str(year)),
        "csv": desk.address(f"{year}.csv"),
    }
    return render(request, "statements/year.html", context)


def _month(request: HttpRequest, desk: Desk, name: str) -> HttpResponse:
    month = read_month(name)
    statement = queries.read_month_statement(desk.account, month=month, now=clock.now())
    cursor = request.GET.get("cursor")
    page = queries.read_runs(statement, cursor=cursor)
    more = desk.address(name, cursor=page.next_cursor) if page.next_cursor else ""
    context = {
        **told_month(desk, month, statement.state),
        "desk": desk,
        "zone": zone_name(),
        "about_state": say_state(month, statement.state),
        "opening": desk.sum(statement.opening),
        "closing": desk.sum(statement.closing),
        "sums": told_sums(desk, statement.sums),
        "reasons": told_reasons(
            desk, [(one.reason, Sums().plus(one)) for one in statement.by_reason]
        ),
        "lines": [told_line(desk, one) for one in page.items],
        "is_first": not cursor,
        "more": more,
        "year": desk.address(str(month.year)),
        "fingerprint": queries.read_fingerprint(statement),
    }
    return render(request, "statements/month.html", context)


def _units(desk: Desk, *parts: str) -> list[dict[str, Any]]:
    return [
        {
            "unit": one,
            "href": f"{desk.base}?unit={one}",
            "current": one == desk.account.unit,
        }
        for one in (desk.units if len(desk.units) > 1 else ())
    ]


def _legs(found: TransferRecord, person_id: int) -> list[dict[str, Any]]:
    """Return what each side gained: the reader's own by name, others by what their accounts are for."""
    own: dict[tuple[str, str], int] = {}
    others: dict[tuple[str, str], int] = {}
    for leg in found.legs:
        side = own if queries.is_own(leg.account, person_id) else others
        called = say_account(leg.account.kind, leg.account.purpose)
        side[called, leg.unit] = side.get((called, leg.unit), 0) + leg.amount
    return [
        {
            "title": title,
            "is_own": side is own,
            "sum": f"{'+' if amount > 0 else ''}{format_money(Money(amount, unit))}",
        }
        for side in (own, others)
        for (title, unit), amount in side.items()
    ]
