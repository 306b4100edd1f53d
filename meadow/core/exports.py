"""Tables as CSV files: UTF-8 with a mark for spreadsheets, and no cell that a spreadsheet would run."""

import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from defusedcsv import csv
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import get_language, override

BYTE_ORDER_MARK = "\ufeff"
Field = str | int | float | None
# Rows written before they are sent: few enough for memory, enough to be worth a piece.
SENT_AT_ONCE = 500


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


def stream_csv(
    *, name: str, header: Sequence[str], rows: Iterable[Sequence[Field]]
) -> StreamingHttpResponse:
    """Return a file of this name that is written as it is sent, however long.

    The first piece is written before this returns, so that what `rows` refuses at once is refused
    with its own answer. Words of later rows are in the language that is active now.
    """
    pieces = _pieces(header, iter(rows), get_language())
    first = next(pieces)
    answer = StreamingHttpResponse(_joined(first, pieces), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _pieces(
    header: Sequence[str], rows: Iterator[Sequence[Field]], language: str | None
) -> Iterator[str]:
    before: str = BYTE_ORDER_MARK
    some: list[Sequence[Field]] = [header]
    while some:
        text = io.StringIO()
        with override(language):
            writer = csv.writer(text)
            writer.writerows(some)
            some = list(islice(rows, SENT_AT_ONCE))
        yield before + text.getvalue()
        before = ""


def _joined(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest
