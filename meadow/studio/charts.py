"""Figures as rows and columns of a chart card, every number with its unit and its facts."""

import datetime as dt
from collections.abc import Callable, Sequence

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from meadow.analytics.metrics import Label, Value, get_metric
from meadow.analytics.words import format_value, provenance_name, surface_name
from meadow.core.charts import Cell, Chart, Column, Role, Row

__all__ = [
    "Cell",
    "Chart",
    "Column",
    "Row",
    "day_name",
    "days_text",
    "hour_name",
    "label_name",
    "make_cell",
    "make_column",
    "make_rows",
    "shorten",
]
Rows = Sequence[tuple[Label, dict[str, Value]]]
Linker = Callable[[str, Label], str]


def make_cell(metric: str, value: Value, href: str = "") -> Cell:
    """Return a number in its metric's unit."""
    return Cell(value, format_value(value, get_metric(metric).unit), href)


def make_column(metric: str, role: Role, *, name: str = "") -> Column:
    """Return the series of a metric."""
    asked = get_metric(metric)
    return Column(name or str(asked.name), asked.unit, role)


def make_rows(
    rows: Rows, metrics: Sequence[str], *, link: Linker, describe: Callable[[Label], str]
) -> list[Row]:
    """Return the lines of a table, every number with a link to its facts."""
    return [
        Row(
            label=describe(label),
            short=shorten(label),
            cells=[make_cell(key, values[key], link(key, label)) for key in metrics],
        )
        for label, values in rows
    ]


def shorten(label: Label) -> str:
    """Return what stands under an axis: Nov 3, 11/3, 14."""
    if isinstance(label, dt.date):
        chinese = (get_language() or "").startswith("zh")
        return f"{label.month}/{label.day}" if chinese else date_format(label, "M j")
    return str(label)


def day_name(label: Label) -> str:
    """Return a day as its reader writes it."""
    assert isinstance(label, dt.date)  # noqa: S101 - rows by day
    return date_format(label, "DATE_FORMAT")


def hour_name(label: Label) -> str:
    """Return an hour of the day: 14:00-15:00."""
    hour = int(label)  # type: ignore[arg-type]
    return f"{hour:02}:00–{(hour + 1) % 24:02}:00"


def label_name(by: str, label: Label) -> str:
    """Return the name of a label of any split, for tables and files."""
    if by == "surface":
        return surface_name(str(label))
    if by == "provenance":
        return provenance_name(str(label))
    if by == "hour":
        return hour_name(label)
    return label.isoformat() if isinstance(label, dt.date) else str(label)


def days_text(since: dt.date, until: dt.date) -> str:
    """Return the days of a period in words."""
    if since == until:
        return day_name(since)
    return _("%(since)s to %(until)s") % {"since": day_name(since), "until": day_name(until)}
