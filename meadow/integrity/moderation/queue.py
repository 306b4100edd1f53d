"""Reads of the queue, of one inquiry, of what hides a thing, and of one's own reports."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Final

from django.db.models import Count, Q, QuerySet

from meadow.accounts.queries import get_people
from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.integrity.errors import InquiryMissing
from meadow.integrity.models import Action, Inquiry, Report, Snapshot, Violation
from meadow.integrity.moderation.records import (
    OPEN,
    ActionRecord,
    History,
    InquiryLine,
    InquiryPage,
    OwnReport,
    ReportRecord,
    SnapshotRecord,
)
from meadow.integrity.moderation.reporting import accuracies_of
from meadow.integrity.moderation.restricting import ENDS_BY

PAGE_SIZE: Final = 30
RESTRICTED: Final = ("hidden", "suspended", "barred")
STATES: Final = ("open", "mine", "decided")
TITLE_LENGTH: Final = 80


def list_inquiries(
    *,
    state: str = "open",
    kind: str | None = None,
    reason: str | None = None,
    moderator_id: int | None = None,
    now: dt.datetime,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[InquiryLine]:
    """Return one page of the queue, most urgent first, or of what was decided, newest first.

    `mine` are those that `moderator_id` holds. Raises InvalidCursor.
    """
    rows = _in_state(state, moderator_id=moderator_id, now=now)
    if kind is not None:
        rows = rows.filter(kind=kind)
    if reason == "screened":
        rows = rows.exclude(found=[])
    elif reason is not None:
        rows = rows.filter(Q(pk__in=Report.objects.filter(reason=reason).values("inquiry_id")))
    if cursor is not None:
        rows = rows.filter(_after(decode_cursor(cursor), decided=state == "decided"))
    order = ("-pk",) if state == "decided" else ("-priority", "pk")
    found = list(rows.order_by(*order)[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return Page(
        items=_lines(found[:size]),
        next_cursor=encode_cursor({"priority": last.priority, "pk": last.pk}) if last else None,
    )


def count_states(*, moderator_id: int, now: dt.datetime) -> dict[str, int]:
    """Return how many inquiries are open, how many of them one holds, and how many were decided."""
    held = Q(outcome=OPEN, claimed_by_id=moderator_id, claimed_until__gt=now)
    counts: dict[str, int] = Inquiry.objects.aggregate(
        open=Count("pk", filter=Q(outcome=OPEN)),
        mine=Count("pk", filter=held),
        decided=Count("pk", filter=~Q(outcome=OPEN)),
    )
    return counts


def get_inquiry(*, public_id: str) -> InquiryPage:
    """Return one inquiry with its reports, snapshots, actions and its author's history.

    Raises InquiryMissing.
    """
    row = Inquiry.objects.filter(public_id=public_id).first()
    if row is None:
        raise InquiryMissing
    return InquiryPage(
        line=_lines([row])[0],
        reports=_reports(row),
        snapshots=[
            SnapshotRecord(content=one.content, digest=one.digest, taken_at=one.taken_at)
            for one in Snapshot.objects.filter(inquiry=row).order_by("-pk")
        ],
        actions=_actions(row),
        history=_history(row),
        author_id=row.author_id,
    )


def find_hiding(*, kind: str, public_id: str) -> str:
    """Return the decision that hides a thing, for its author's banner; empty where none does."""
    last = (
        Action.objects.filter(inquiry__kind=kind, inquiry__subject=public_id, kind__in=ENDS_BY)
        .order_by("-pk")
        .values_list("kind", "decision")
        .first()
    )
    return last[1] if last and last[0] != "restore" else ""


def find_reported(*, kind: str, public_ids: Collection[str]) -> set[str]:
    """Return which of some things were ever reported or found by screening."""
    found = Inquiry.objects.filter(kind=kind, subject__in=public_ids)
    return set(found.values_list("subject", flat=True))


def is_under_review(*, kind: str, public_id: str) -> bool:
    """Whether somebody reported a thing, or screening found it, and nobody has decided yet."""
    return Inquiry.objects.filter(
        kind=kind, subject=public_id, outcome=Inquiry.Outcome.OPEN
    ).exists()


def get_action(*, decision: str) -> tuple[ActionRecord, dict[str, Any]] | None:
    """Return what a decision did and the newest snapshot it relied on, None where neither is ours."""
    row = Action.objects.filter(decision=decision).select_related("inquiry").first()
    if row is None:
        return None
    seen = (
        Snapshot.objects.filter(inquiry=row.inquiry, taken_at__lte=row.done_at)
        .order_by("-pk")
        .first()
    )
    return _action(row, {}), seen.content if seen else {}


def list_own_reports(
    *, person_id: int, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[OwnReport]:
    """Return one page of what somebody reported, newest first. Raises InvalidCursor."""
    rows = Report.objects.filter(reporter_id=person_id)
    if cursor is not None:
        before = decode_cursor(cursor).get("before")
        if not isinstance(before, int):
            raise InvalidCursor
        rows = rows.filter(pk__lt=before)
    found = list(rows.select_related("inquiry", "snapshot").order_by("-pk")[: size + 1])
    again = _shown_again([one.inquiry_id for one in found])
    return Page(
        items=[_own_report(one, again) for one in found[:size]],
        next_cursor=encode_cursor({"before": found[size - 1].pk}) if len(found) > size else None,
    )


def find_own_report(*, person_id: int, kind: str, public_id: str) -> str:
    """Return the public id of somebody's open report of a thing, empty where there is none."""
    found = Report.objects.filter(
        reporter_id=person_id, inquiry__kind=kind, inquiry__subject=public_id, inquiry__outcome=OPEN
    )
    return found.values_list("public_id", flat=True).first() or ""


def title_of(content: dict[str, Any]) -> str:
    """Return a few words to name a thing by: its title, or how its words begin."""
    said = str(content.get("title") or content.get("body") or "").replace("\n", " ")
    return said if len(said) <= TITLE_LENGTH else f"{said[: TITLE_LENGTH - 1]}…"


def address_of(kind: str, public_id: str) -> str:
    """Return the page of a thing that is known by its id alone; empty where there is none."""
    return f"/n/{public_id}" if kind == "note" else ""


def _own_report(row: Report, again: Collection[int]) -> OwnReport:
    return OwnReport(
        public_id=row.public_id,
        kind=row.inquiry.kind,
        title=title_of(row.snapshot.content),
        url=address_of(row.inquiry.kind, row.inquiry.subject),
        reason=row.reason,
        words=row.words,
        created_at=row.created_at,
        outcome=row.inquiry.outcome,
        answered_at=row.inquiry.closed_at,
        shown_again=row.inquiry.outcome in RESTRICTED and row.inquiry_id in again,
    )


def _shown_again(inquiry_ids: Collection[int]) -> set[int]:
    """Return which of these inquiries ended with their subject in view again."""
    rows = Action.objects.filter(inquiry_id__in=inquiry_ids, kind__in=ENDS_BY)
    last = dict(rows.order_by("pk").values_list("inquiry_id", "kind"))
    return {inquiry_id for inquiry_id, kind in last.items() if kind == "restore"}


def _in_state(state: str, *, moderator_id: int | None, now: dt.datetime) -> "QuerySet[Inquiry]":
    if state == "decided":
        return Inquiry.objects.exclude(outcome=OPEN)
    rows = Inquiry.objects.filter(outcome=OPEN)
    if state == "mine":
        return rows.filter(claimed_by_id=moderator_id, claimed_until__gt=now)
    return rows


def _after(position: dict[str, Any], *, decided: bool) -> Q:
    pk, priority = position.get("pk"), position.get("priority")
    if not isinstance(pk, int) or not isinstance(priority, int):
        raise InvalidCursor
    if decided:
        return Q(pk__lt=pk)
    return Q(priority__lt=priority) | Q(priority=priority, pk__gt=pk)


def _lines(rows: Sequence[Inquiry]) -> list[InquiryLine]:
    """Return inquiries with authors, reasons and titles: four queries however many there are."""
    ids = [row.pk for row in rows]
    people = get_people(
        {row.author_id for row in rows if row.author_id is not None}
        | {row.claimed_by_id for row in rows if row.claimed_by_id is not None}
    )
    reasons: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for pk, reason in Report.objects.filter(inquiry_id__in=ids).values_list("inquiry_id", "reason"):
        reasons[pk][reason] += 1
    contents = dict(
        Snapshot.objects.filter(inquiry_id__in=ids)
        .order_by("inquiry_id", "-pk")
        .distinct("inquiry_id")
        .values_list("inquiry_id", "content")
    )
    return [
        InquiryLine(
            id=row.pk,
            public_id=row.public_id,
            kind=row.kind,
            subject=row.subject,
            author=people.get(row.author_id) if row.author_id is not None else None,
            title=title_of(contents.get(row.pk, {})),
            reasons=dict(reasons[row.pk].most_common()),
            found=row.found,
            reports=row.reports,
            priority=row.priority,
            opened_at=row.opened_at,
            last_at=row.last_at,
            outcome=row.outcome,
            closed_at=row.closed_at,
            claimed_by=people[row.claimed_by_id].handle
            if row.claimed_by_id is not None and row.claimed_by_id in people
            else "",
            claimed_until=row.claimed_until,
        )
        for row in rows
    ]


def _reports(row: Inquiry) -> list[ReportRecord]:
    said = list(Report.objects.filter(inquiry=row).order_by("-pk")[:100])
    known = accuracies_of([one.reporter_id for one in said if one.reporter_id is not None])
    return [
        ReportRecord(
            public_id=one.public_id,
            reason=one.reason,
            words=one.words,
            created_at=one.created_at,
            accuracy=known.get(one.reporter_id, 0.5) if one.reporter_id is not None else 0.5,
        )
        for one in said
    ]


def _actions(row: Inquiry) -> list[ActionRecord]:
    rows = list(Action.objects.filter(inquiry=row).order_by("pk"))
    people = get_people({one.moderator_id for one in rows if one.moderator_id is not None})
    return [_action(one, {pk: card.handle for pk, card in people.items()}) for one in rows]


def _action(row: Action, handles: dict[int, str]) -> ActionRecord:
    return ActionRecord(
        public_id=row.public_id,
        kind=row.kind,
        handle=handles.get(row.moderator_id or 0, ""),
        by_rule=row.moderator_id is None,
        rule=row.rule,
        words=row.words,
        decision=row.decision,
        violation=row.violation,
        done_at=row.done_at,
        until=row.until,
    )


def _history(row: Inquiry) -> History:
    """Return what is known of an inquiry's author, this inquiry left out."""
    if row.author_id is None:
        return History(0, 0, 0, 0, 0, 0, 0)
    before = (
        Inquiry.objects.filter(author_id=row.author_id)
        .exclude(pk=row.pk)
        .aggregate(
            inquiries=Count("pk"),
            dismissed=Count("pk", filter=Q(outcome="dismissed")),
            warned=Count("pk", filter=Q(outcome="warned")),
            hidden=Count("pk", filter=Q(outcome="hidden")),
            suspended=Count("pk", filter=Q(outcome__in=["suspended", "barred"])),
        )
    )
    violations = Violation.objects.filter(person_id=row.author_id).aggregate(
        open_violations=Count("pk", filter=Q(closing__isnull=True)), all_violations=Count("pk")
    )
    return History(**violations, **before)
