"""Tables as CSV files: UTF-8 with a mark for spreadsheets, and no cell that a spreadsheet would run."""

import io
from collections.abc import Iterable, Sequence

from defusedcsv import csv
from django.http import HttpResponse

BYTE_ORDER_MARK = "\ufeff"
Field = str | int | float | None


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
