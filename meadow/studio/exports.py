"""Figures as CSV files: UTF-8 with a mark for spreadsheets, and no cell that a spreadsheet would run."""

import io
from collections.abc import Iterable, Sequence

from defusedcsv import csv
from django.http import HttpResponse

from meadow.analytics.metrics import Metric, Value

BYTE_ORDER_MARK = "\ufeff"
Field = str | Value


def answer_csv(
    *, name: str, header: Sequence[str], rows: Iterable[Sequence[Field]]
) -> HttpResponse:
    """Return a file of this name; numbers stay numbers, and no value is an empty field."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    answer = HttpResponse(BYTE_ORDER_MARK + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def column_name(metric: Metric) -> str:
    """Return the heading of a metric's column, with the unit where the number alone does not say it."""
    return f"{metric.name} (ms)" if metric.unit == "ms" else str(metric.name)
