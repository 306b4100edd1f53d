"""Cells, columns and moments as every table of a report writes them."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from meadow.analytics.campaign_splits import Part
from meadow.analytics.metrics import Value, divide
from meadow.analytics.words import format_value
from meadow.core.charts import Cell, Column
from meadow.promotion.queries.reports import Report
from meadow.promotion.reckoning import MICRO_DIGITS
from meadow.promotion.report_words import say_cost


def csv_of(report: Report, name: str) -> str:
    """Return where a table is had as a file."""
    return f"/promote/{report.order.public_id}/report.csv?table={name}"


def count_cell(value: int | None) -> Cell:
    """Return a count."""
    return Cell(value, format_value(value, "count"))


def ratio_cell(over: int, under: int) -> Cell:
    """Return what part of `under` is `over`."""
    share = divide(over, under)
    return Cell(share, format_value(share, "ratio"))


def money_cell(micro: float | None, unit: str) -> Cell:
    """Return millionths of a unit as an amount."""
    value: Value = None if micro is None else round(micro / 10**MICRO_DIGITS, MICRO_DIGITS)
    return Cell(value, say_cost(micro, unit))


def part_cells(part: Part, unit: str) -> list[Cell]:
    """Return the line of one part of delivery."""
    return [
        count_cell(part.impressions),
        count_cell(part.raw),
        count_cell(part.invalid),
        count_cell(part.opens),
        count_cell(part.reads),
        money_cell(part.price, unit),
    ]


def part_columns() -> list[Column]:
    """Return what stands over `part_cells`."""
    return [
        Column(_("Valid"), "count", "main"),
        Column(pgettext("impressions", "All"), "count", "quiet"),
        Column(_("Invalid"), "count", "table"),
        Column(_("Opens"), "count", "table"),
        Column(pgettext("goal of an order", "Reads"), "count", "table"),
        Column(_("Cost"), "count", "table"),
    ]


def say_time(at: dt.datetime, zone: ZoneInfo) -> str:
    """Return a moment as its reader writes it, with its offset where clocks show that time twice."""
    here = at.astimezone(zone)
    said = f"{date_format(here, 'DATE_FORMAT')} {here:%H:%M}"
    is_twice = here.utcoffset() != here.replace(fold=1 - here.fold).utcoffset()
    return f"{said} ({here.isoformat()[-6:]})" if is_twice else said
