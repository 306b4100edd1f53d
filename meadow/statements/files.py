"""Handing statements out as files: what pages and the API share."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from meadow.accounts.permissions import require_person
from meadow.core import clock
from meadow.core.exports import stream_csv
from meadow.core.limits import check_rate
from meadow.statements import limits, queries, tables
from meadow.statements.desk import Desk
from meadow.statements.months import read_month


def year_file(request: HttpRequest, desk: Desk, year: int) -> StreamingHttpResponse:
    """Return a year as CSV. Raises StatementMissing, RateLimited."""
    _count(request, "statements.files", limits.FILES)
    statement = queries.read_year_statement(desk.account, year=year, now=clock.now())
    return stream_csv(
        name=desk.file(str(year)), header=tables.year_header(), rows=tables.year_rows(statement)
    )


def month_file(request: HttpRequest, desk: Desk, name: str) -> StreamingHttpResponse:
    """Return a month as CSV, made as it is sent. Raises StatementMissing, RateLimited."""
    _count(request, "statements.files", limits.FILES)
    statement = queries.read_month_statement(desk.account, month=read_month(name), now=clock.now())
    return stream_csv(
        name=desk.file(name), header=tables.month_header(), rows=tables.month_rows(statement)
    )


def month_print(request: HttpRequest, desk: Desk, name: str) -> HttpResponse:
    """Return a month as PDF. Raises StatementMissing, TooLongToPrint, RateLimited."""
    _count(request, "statements.print", limits.PRINTED)
    statement = queries.read_month_statement(desk.account, month=read_month(name), now=clock.now())
    # Drawing needs a library of fonts: 20 MB that no process loads before somebody prints.
    from meadow.statements.pdf import draw_month

    answer = HttpResponse(draw_month(statement, whose=desk.whose), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{desk.file(name)}.pdf"'
    return answer


def _count(request: HttpRequest, name: str, rate: str) -> None:
    person = require_person(request.user)
    check_rate(name=name, rate=rate, subject=f"person:{person.pk}", now=clock.now())
