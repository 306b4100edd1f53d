"""Reads of rules, cases and violations: plain frozen records."""

import datetime as dt
import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from django.db.models import Count, QuerySet
from numpy.typing import NDArray

from meadow.accounts.queries import PersonCard, get_people
from meadow.core.columns import read_columns
from meadow.core.database import fetch_prepared
from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.integrity.errors import CaseMissing, ViolationMissing
from meadow.integrity.models import Case, Closing, DetectorRule, ScanMark, TakeBack, Violation

PAGE_SIZE = 24
STANDS, TAKEN_BACK = "stands", "taken_back"
OPEN, CLOSED = "open", "closed"
_OPEN_OF_ALL = """
SELECT v.person_id::bigint, count(*)::bigint FROM integrity_violation v
WHERE v.person_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM integrity_closing c WHERE c.violation_id = v.id)
GROUP BY v.person_id ORDER BY v.person_id
"""
_BROKEN = """
SELECT rule, is_open, count(*) FILTER (WHERE is_open) OVER ()
FROM (SELECT v.id, v.rule,
             NOT EXISTS (SELECT FROM integrity_closing c WHERE c.violation_id = v.id) AS is_open
      FROM integrity_violation v WHERE v.person_id = %s) recorded
ORDER BY is_open DESC, id DESC LIMIT %s
"""


@dataclass(frozen=True)
class BrokenRule:
    """A rule that a violation names, and whether the violation is open."""

    rule: str
    is_open: bool


@dataclass(frozen=True)
class Rule:
    """The limits of a detector in force."""

    id: int
    detector: str
    version: int
    limits: dict[str, Any]


@dataclass(frozen=True)
class TakenBack:
    """Who took a case back, why and when; `handle` is empty for somebody who is gone."""

    handle: str
    reason: str
    at: dt.datetime


@dataclass(frozen=True)
class CaseRecord:
    """A case with its evidence: what was measured, and the limits that it was held against."""

    public_id: str
    detector: str
    version: int
    signed_in: bool
    measured: dict[str, Any]
    limits: dict[str, Any]
    window_from: dt.datetime
    window_to: dt.datetime
    facts: int
    decided_at: dt.datetime
    taken_back: TakenBack | None

    @property
    def state(self) -> str:
        """Whether it `stands` or was `taken_back`."""
        return TAKEN_BACK if self.taken_back else STANDS


@dataclass(frozen=True)
class ClosedRecord:
    """Why a violation was closed, by whom and when; `handle` is empty for somebody who is gone."""

    reason: str
    words: str
    handle: str
    at: dt.datetime


@dataclass(frozen=True)
class ViolationRecord:
    """What was recorded about somebody; `person` is None once they are gone."""

    public_id: str
    person: PersonCard | None
    rule: str
    words: str
    subject: str
    moderator: str
    opened_at: dt.datetime
    closed: ClosedRecord | None

    @property
    def state(self) -> str:
        """Whether it is `open` or `closed`."""
        return CLOSED if self.closed else OPEN


def get_rules() -> list[Rule]:
    """Return the newest version of each detector's limits, without the ones it switches off."""
    newest = DetectorRule.objects.order_by("detector", "-version").distinct("detector")
    return [
        Rule(id=rule.pk, detector=rule.detector, version=rule.version, limits=rule.parameters)
        for rule in newest
        if rule.is_active
    ]


def get_marks() -> dict[int, int]:
    """Return up to which batch of each life of the stream detectors have looked."""
    return dict(ScanMark.objects.values_list("life", "batch"))


def subject_of(pseudonym: str) -> str:
    """Return what cases know a pseudonym by; 128 random bits need no slow hash."""
    return hashlib.sha256(pseudonym.encode()).hexdigest()


def list_cases(
    *,
    detector: str | None = None,
    state: str | None = None,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[CaseRecord]:
    """Return one page of all cases, newest first. Raises InvalidCursor."""
    cases = Case.objects.all()
    if detector is not None:
        cases = cases.filter(rule__detector=detector)
    if state is not None:
        cases = cases.filter(taken_back__isnull=state == STANDS)
    return _page(cases, cursor, size)


def list_cases_of(
    *, pseudonym: str, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[CaseRecord]:
    """Return one page of the cases of one reader, newest first. Raises InvalidCursor."""
    return _page(Case.objects.filter(subject=subject_of(pseudonym)), cursor, size)


def get_case(*, public_id: str) -> CaseRecord:
    """Return one case. Raises CaseMissing."""
    found = _records(Case.objects.filter(public_id=public_id))
    if not found:
        raise CaseMissing
    return found[0]


def find_covered(*, subject: str, detector: str) -> set[str]:
    """Return the facts of a reader that `detector` does not judge: judged already, or pardoned.

    A case that stands covers its facts, whichever detector opened it, so that a fact has one
    verdict that stands; one that was taken back covers them against the same detector.
    """
    covered: set[str] = set()
    cases = Case.objects.filter(subject=subject).values_list(
        "judged", "rule__detector", "taken_back"
    )
    for judged, by, taken_back in cases:
        if taken_back is None or by == detector:
            covered.update(read_judged(judged)["fact_id"].to_pylist())
    return covered


def read_judged(judged: bytes | memoryview) -> Any:
    """Return the facts of a case as a table: fact_id, author_id, note_id, provenance, reason."""
    return pa.ipc.open_stream(bytes(judged)).read_all()


def _page(cases: "QuerySet[Case]", cursor: str | None, size: int) -> Page[CaseRecord]:
    if cursor is not None:
        before = decode_cursor(cursor).get("before")
        if not isinstance(before, int):
            raise InvalidCursor
        cases = cases.filter(pk__lt=before)
    pks = list(cases.order_by("-pk").values_list("pk", flat=True)[: size + 1])
    return Page(
        items=_records(Case.objects.filter(pk__in=pks[:size])),
        next_cursor=encode_cursor({"before": pks[size - 1]}) if len(pks) > size else None,
    )


def _records(cases: "QuerySet[Case]") -> list[CaseRecord]:
    queryset = cases.select_related("rule", "taken_back").order_by("-pk")
    rows = list(queryset.defer("judged"))
    taken = [row.taken_back for row in rows if hasattr(row, "taken_back")]
    operators = _handles({one.operator_id for one in taken})
    return [
        CaseRecord(
            public_id=row.public_id,
            detector=row.rule.detector,
            version=row.rule.version,
            signed_in=row.signed_in,
            measured=row.evidence,
            limits=row.rule.parameters,
            window_from=row.window_from,
            window_to=row.window_to,
            facts=row.facts,
            decided_at=row.decided_at,
            taken_back=_taken_back(row.taken_back, operators)
            if hasattr(row, "taken_back")
            else None,
        )
        for row in rows
    ]


def _taken_back(row: TakeBack, operators: dict[int, str]) -> TakenBack:
    return TakenBack(
        handle=operators.get(row.operator_id, ""), reason=row.reason, at=row.taken_back_at
    )


def _handles(ids: Collection[int]) -> dict[int, str]:
    return {pk: card.handle for pk, card in get_people(ids).items()} if ids else {}


def count_open(person_ids: Collection[int]) -> dict[int, int]:
    """Return how many violations are open about each of these people; who has none is missing."""
    rows = (
        Violation.objects.filter(person_id__in=person_ids, closing__isnull=True)
        .values("person_id")
        .annotate(count=Count("pk"))
    )
    return {row["person_id"]: row["count"] for row in rows}


def list_broken(person_id: int, *, most: int) -> tuple[list[BrokenRule], int]:
    """Return the rules that violations of a person name, open ones first, then the newest.

    At most `most`; with them how many are open in all.
    """
    rows = fetch_prepared(_BROKEN, [person_id, most])
    return [BrokenRule(*row[:2]) for row in rows], rows[0][2] if rows else 0


def open_person_ids() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return everybody about whom a violation is open: ids, ascending, and how many of each."""
    ids, counts = read_columns(_OPEN_OF_ALL, columns=2)
    return ids, counts


def list_violations(
    *,
    person_id: int | None = None,
    state: str | None = None,
    rule: str | None = None,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[ViolationRecord]:
    """Return one page of violations, of one person or of all, newest first. Raises InvalidCursor."""
    violations = Violation.objects.all()
    if person_id is not None:
        violations = violations.filter(person_id=person_id)
    if state is not None:
        violations = violations.filter(closing__isnull=state == OPEN)
    if rule is not None:
        violations = violations.filter(rule=rule)
    if cursor is not None:
        before = decode_cursor(cursor).get("before")
        if not isinstance(before, int):
            raise InvalidCursor
        violations = violations.filter(pk__lt=before)
    rows = list(violations.select_related("closing").order_by("-pk")[: size + 1])
    return Page(
        items=_violation_records(rows[:size]),
        next_cursor=encode_cursor({"before": rows[size - 1].pk}) if len(rows) > size else None,
    )


def get_violation(*, public_id: str) -> ViolationRecord:
    """Return one violation. Raises ViolationMissing."""
    rows = list(Violation.objects.filter(public_id=public_id).select_related("closing"))
    if not rows:
        raise ViolationMissing
    return _violation_records(rows)[0]


def _violation_records(rows: list[Violation]) -> list[ViolationRecord]:
    closings = [row.closing for row in rows if hasattr(row, "closing")]
    acting = {row.moderator_id for row in rows} | {one.moderator_id for one in closings}
    people = get_people(acting | {row.person_id for row in rows if row.person_id is not None})
    handles = {pk: card.handle for pk, card in people.items()}
    return [
        ViolationRecord(
            public_id=row.public_id,
            person=people.get(row.person_id) if row.person_id is not None else None,
            rule=row.rule,
            words=row.words,
            subject=row.subject,
            moderator=handles.get(row.moderator_id, ""),
            opened_at=row.opened_at,
            closed=_closed(row.closing, handles) if hasattr(row, "closing") else None,
        )
        for row in rows
    ]


def _closed(row: Closing, handles: dict[int, str]) -> ClosedRecord:
    return ClosedRecord(
        reason=row.reason,
        words=row.words,
        handle=handles.get(row.moderator_id, ""),
        at=row.closed_at,
    )
