"""Statements as tables: every line of a month, and the months and reasons of a year."""

from collections.abc import Iterator
from typing import Final

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from meadow.core.exports import Field
from meadow.ledger.reasons import say_reason, say_reason_together
from meadow.ledger.records import ExplainedLine
from meadow.ledger.words import write_figure
from meadow.statements import queries
from meadow.statements.months import zone_name
from meadow.statements.records import MonthStatement, Sums, YearMonth, YearStatement

_TIME: Final = "%Y-%m-%d %H:%M:%S"


def month_header() -> list[str]:
    """Return what the columns of a month are called."""
    zone = {"zone": zone_name()}
    return [
        *(_("Booked (%(zone)s)") % zone, _("Counts from (%(zone)s)") % zone, _("Transfer")),
        *(_("Reason"), _("Reason in words"), _("About"), _("Gross"), _("Fees")),
        *(_("Tax withheld"), _("Shares of others"), _("Net"), _("Change"), _("Balance after")),
        *(_("Unit"), _("Gives back"), _("Decision")),
    ]


def month_rows(statement: MonthStatement) -> Iterator[list[Field]]:
    """Yield the opening balance, every line, and the closing balance: a file without it was cut."""
    unit, blank = statement.account.unit, [None] * 6
    month = statement.month
    opening = write_figure(statement.opening, unit)
    begins, ends = localtime(month.begins), localtime(min(month.ends, statement.made_at))
    start: list[Field] = [f"{begins:{_TIME}}", None, None, None, _("Opening balance"), None]
    yield [*start, *blank, opening, unit, None, None]
    balance = statement.opening
    for one in queries.each_line(statement):
        balance = one.balance_after
        yield _line(one)
    end: list[Field] = [f"{ends:{_TIME}}", None, None, None, _("Closing balance"), None]
    yield [*end, *blank, write_figure(balance, unit), unit, None, None]


def _line(one: ExplainedLine) -> list[Field]:
    figures = (one.gross, one.fees, one.taxes, one.others, one.net, one.amount, one.balance_after)
    return [
        f"{localtime(one.booked_at):{_TIME}}",
        f"{localtime(one.effective_at):{_TIME}}",
        *(one.transfer, one.reason, say_reason(one.reason, one.params), one.reference),
        *(write_figure(figure, one.unit) for figure in figures),
        one.unit,
        _("yes") if one.is_reversal else None,
        one.decision or None,
    ]


def year_header() -> list[str]:
    """Return what the columns of a year are called."""
    return [
        *(
            _("Month"),
            _("Reason"),
            _("Reason in words"),
            _("Lines"),
            pgettext("statement", "Came in"),
            _("Went out"),
        ),
        *(_("Fees"), _("Tax withheld"), _("Shares of others"), _("Opening balance")),
        *(_("Closing balance"), _("Unit")),
    ]


def year_rows(statement: YearStatement) -> Iterator[list[Field]]:
    """Yield each month, the first first, then each reason, then the year."""
    unit = statement.account.unit
    for one in reversed(statement.months):
        yield [one.month.name, None, None, *_sums(one.sums, unit), *_ends(one, unit), unit]
    for reason, sums in statement.by_reason:
        words = say_reason_together(reason)
        yield [None, reason, words, *_sums(sums, unit), None, None, unit]
    whole = [*_sums(statement.sums, unit), *_ends(statement, unit), unit]
    yield [str(statement.year), None, _("Together"), *whole]


def _sums(sums: Sums, unit: str) -> list[Field]:
    figures = (sums.came_in, sums.went_out, sums.fees, sums.taxes, sums.others)
    return [sums.lines, *(write_figure(figure, unit) for figure in figures)]


def _ends(one: YearMonth | YearStatement, unit: str) -> list[Field]:
    return [write_figure(one.opening, unit), write_figure(one.closing, unit)]
