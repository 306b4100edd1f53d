"""Runs: many small lines of one reason about one thing, read as one line a day.

What is charged as it is delivered is booked every few seconds; whoever reads their history wants to know
what it took that day. Files and the API have every line.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from django.utils.timezone import localtime

from meadow.core.pagination import Page
from meadow.ledger.reasons import comes_in_runs

# How many pages of lines are read at a time for one of runs: most histories have none.
LINES_READ: Final = (1, 8, 64)


class Line(Protocol):
    """A line of an account's history."""

    @property
    def reason(self) -> str: ...
    @property
    def reference(self) -> str: ...
    @property
    def decision(self) -> str: ...
    @property
    def amount(self) -> int: ...
    @property
    def balance_after(self) -> int: ...
    @property
    def booked_at(self) -> dt.datetime: ...


AnyLine = TypeVar("AnyLine", bound=Line)


@dataclass(frozen=True, slots=True)
class Run(Generic[AnyLine]):
    """One or many lines read as one: `count` of them, `line` the first that was read.

    `amount` is their sum. `balance_after` is what is there once the run and all before it are booked, as
    if lines that others stand between had come together.
    """

    line: AnyLine
    count: int
    amount: int
    balance_after: int


def read_runs(
    read: Callable[[str | None, int], Page[AnyLine]],
    cursor_after: Callable[[AnyLine], str],
    *,
    cursor: str | None,
    size: int,
    backwards: bool = False,
) -> Page[Run[AnyLine]]:
    """Return one page of runs, with fewer than `size` where they are long; see `gather`.

    `read` gives so many lines after a cursor, `cursor_after` says where a line stands.
    """
    lines: list[AnyLine] = []
    page: Page[AnyLine] = Page([], cursor)
    for times in LINES_READ:
        page = read(page.next_cursor, (size + 1) * times)
        lines += page.items
        runs, count = gather(lines, most=size, backwards=backwards)
        if count < len(lines):
            return Page(runs, cursor_after(lines[count - 1]))
        if page.next_cursor is None:
            break
    return Page(runs, page.next_cursor)


def gather(
    lines: Sequence[AnyLine], *, most: int | None = None, backwards: bool = False
) -> tuple[list[Run[AnyLine]], int]:
    """Return the first `most` runs of lines, and how many lines those are.

    The lines follow each other on one account, oldest first, or newest first if `backwards`; so do the
    runs, each where its first line stands.
    """
    found: dict[tuple[object, ...], list[AnyLine]] = {}
    count = 0
    for count, line in enumerate(lines):
        key = _key(line, count)
        if key not in found and len(found) == most:
            break
        found.setdefault(key, []).append(line)
    else:
        count = len(lines)
    if not found:
        return [], 0
    balance = lines[0].balance_after - (0 if backwards else lines[0].amount)
    runs = []
    for group in found.values():
        amount = sum(line.amount for line in group)
        after = balance if backwards else balance + amount
        balance = balance - amount if backwards else after
        runs.append(Run(group[0], len(group), amount, after))
    return runs, count


def _key(line: Line, place: int) -> tuple[object, ...]:
    """Return what lines of one run share: what is given back is never reckoned up with what was taken."""
    if not line.reference or line.decision or not comes_in_runs(line.reason):
        return (place,)
    return line.reason, line.reference, line.amount > 0, localtime(line.booked_at).date()
