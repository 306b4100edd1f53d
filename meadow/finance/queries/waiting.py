"""What is under way and what is stuck, of all kinds in one list, the oldest first."""

import datetime as dt
import heapq
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db.models import QuerySet

from meadow.core.failed_jobs import list_failed
from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.core.waiting import Ask, Total, Waiting, add_up, oldest_first
from meadow.finance.models import Proposal, Resolution
from meadow.finance.queries.resolutions import difference_name, resolved_names
from meadow.finance.queries.terms import terms_in_force
from meadow.finance.sources import Source, list_sources
from meadow.ledger.queries import trial_balance
from meadow.payments.queries import list_differences
from meadow.payments.records import DifferenceRecord

# Jobs that move money: what they leave undone is somebody's.
MONEY_JOBS = ("payments.", "ledger.", "payouts.", "finance.")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that waits, with its kind."""

    source: Source
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class SourceTotals:
    """How many of a kind wait, by unit."""

    source: Source
    totals: list[Total]

    @property
    def count(self) -> int:
        """Return how many there are in all."""
        return sum(one.count for one in self.totals)


def list_waiting(
    *,
    stuck: bool,
    now: dt.datetime,
    kind: str = "",
    cursor: str | None = None,
    size: int = 50,
) -> Page[Line]:
    """Return one page of what is under way, or `stuck`: of one kind, or of all. Raises InvalidCursor."""
    ask = Ask(now=now, most=size + 1, after=_place(cursor) if cursor else None)
    found = [
        [Line(one, waiting) for waiting in one.read(asked)]
        for one, asked in _asked(ask, stuck=stuck)
        if kind in ("", one.name)
    ]
    merged = heapq.merge(*found, key=lambda line: (line.waiting.since, line.waiting.name))
    lines = [line for line, _more in zip(merged, range(size + 1), strict=False)]
    if len(lines) <= size:
        return Page(lines, None)
    last = lines[size - 1].waiting
    place = {"since": last.since.isoformat(), "name": last.name}
    return Page(lines[:size], encode_cursor(place))


def sum_waiting(*, stuck: bool, now: dt.datetime) -> list[SourceTotals]:
    """Return how many wait of each kind, and how much, by unit; kinds with none too."""
    asks = _asked(Ask(now=now), stuck=stuck)
    return [SourceTotals(one, one.total(asked)) for one, asked in asks]


def stuck_after() -> Mapping[str, int]:
    """Return the minutes from which on each kind counts as stuck, under the terms in force."""
    said = terms_in_force().stuck_after
    return {one.name: said.get(one.name, one.minutes) for one in list_sources(stuck=True)}


def _asked(ask: Ask, *, stuck: bool) -> list[tuple[Source, Ask]]:
    sources = list_sources(stuck=stuck)
    if not stuck:
        return [(one, ask) for one in sources]
    limits = stuck_after()
    return [
        (one, replace(ask, before=ask.now - dt.timedelta(minutes=limits[one.name])))
        for one in sources
    ]


def _place(cursor: str) -> tuple[dt.datetime, str]:
    place = decode_cursor(cursor)
    try:
        return dt.datetime.fromisoformat(place["since"]), str(place["name"])
    except (KeyError, TypeError, ValueError) as other:
        raise InvalidCursor from other


def open_proposals(ask: Ask) -> list[Waiting]:
    """Return transfers by hand that nobody has decided; `about` is their kind."""
    found = oldest_first(_proposals(), ask, when="proposed_at")
    return [
        Waiting(one.public_id, one.proposed_at, one.amount, one.unit, one.kind) for one in found
    ]


def sum_open_proposals(ask: Ask) -> list[Total]:
    """Return how many transfers by hand wait and how much they move, by unit."""
    return add_up(_proposals(), ask, when="proposed_at", amount="amount", unit="unit")


def open_differences(ask: Ask) -> list[Waiting]:
    """Return differences with providers that nobody resolved; `about` is their kind."""
    known = resolved_names(Resolution.Subject.DIFFERENCE)
    found = [
        Waiting(name, _midnight(one), abs(one.ours - one.theirs), one.unit, one.kind)
        for one in list_differences()
        if (name := difference_name(one)) not in known
    ]
    return _cut(found, ask)


def sum_open_differences(ask: Ask) -> list[Total]:
    """Return how many differences nobody resolved, by unit, and how much they are."""
    sums: dict[str, list[int]] = {}
    for one in open_differences(replace(ask, most=1000, after=None)):
        sums.setdefault(one.unit, []).append(one.amount or 0)
    return [Total(unit, len(these), sum(these)) for unit, these in sorted(sums.items())]


def failed_jobs(ask: Ask) -> list[Waiting]:
    """Return jobs of money that gave up; their name is their number, `about` the task."""
    found = [
        Waiting(str(one.id), one.failed_at, None, "", one.task)
        for one in list_failed(prefixes=MONEY_JOBS)
    ]
    return _cut(found, ask)


def count_failed_jobs(ask: Ask) -> list[Total]:
    """Return how many jobs of money gave up."""
    count = len(failed_jobs(replace(ask, most=1000, after=None)))
    return [Total("", count, 0)] if count else []


def _cut(found: list[Waiting], ask: Ask) -> list[Waiting]:
    after = ask.after
    kept = [
        one
        for one in found
        if (ask.before is None or one.since < ask.before)
        and (after is None or (one.since, one.name) > after)
    ]
    return sorted(kept, key=lambda one: (one.since, one.name))[: ask.most]


def _midnight(one: DifferenceRecord) -> dt.datetime:
    return dt.datetime.combine(one.day, dt.time(), tzinfo=dt.UTC)


def _proposals() -> "QuerySet[Proposal]":
    return Proposal.objects.filter(state=Proposal.State.WAITING)


def sum_by_kind() -> dict[str, dict[str, int]]:
    """Return what stands on all accounts of each kind, unit by unit, in minor units."""
    sums: dict[str, dict[str, int]] = {}
    for line in trial_balance():
        kinds = sums.setdefault(line.unit, {})
        kinds[line.kind] = kinds.get(line.kind, 0) + line.posted
    return sums
