"""Reporting a thing: grouped with what others said about it, weighed, and kept as it stood."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any, Final

import orjson
from django.db import IntegrityError
from django.db.models import Count, F, Q

from meadow.accounts.queries import list_moderators
from meadow.core.ids import new_id
from meadow.core.limits import check_rate
from meadow.core.transactions import savepoint, transaction, transaction_required
from meadow.integrity.errors import (
    AnsweredAlready,
    OwnSubject,
    ReportedAlready,
    SubjectMissing,
    WordsNeeded,
)
from meadow.integrity.models import Inquiry, Report, Snapshot
from meadow.integrity.moderation.reasons import OTHER, ReasonCode
from meadow.integrity.moderation.subjects import SubjectKind, SubjectView, look_at, owner_of
from meadow.integrity.moderation.weighing import (
    SCREENED,
    Terms,
    accuracy,
    severity,
    terms_in_force,
    weigh,
)
from meadow.notifications.services import Notice, notify_many

# As many as an angry evening holds, and no more than somebody reads in a day.
RATES: Final = ("20/hour", "60/day")
URGENT: Final = "integrity.urgent_report"
UPHELD: Final = (
    Inquiry.Outcome.HIDDEN,
    Inquiry.Outcome.WARNED,
    Inquiry.Outcome.SUSPENDED,
    Inquiry.Outcome.BARRED,
)


def report_subject(
    *,
    kind: SubjectKind,
    public_id: str,
    reporter_id: int,
    reason: ReasonCode,
    words: str,
    now: dt.datetime,
) -> str:
    """Report a thing that one can see; returns the report's public id.

    Everybody's reports of one thing are one inquiry, and each keeps what stood there. Raises
    SubjectMissing, OwnSubject, WordsNeeded, ReportedAlready, AnsweredAlready, RateLimited.
    """
    words = words.strip()
    if reason == OTHER and not words:
        raise WordsNeeded
    for rate in RATES:
        check_rate(name="integrity.report", rate=rate, subject=f"person:{reporter_id}", now=now)
    with transaction():
        seen = _look(kind, public_id, reporter_id)
        content = seen.content()
        _refuse_the_same(kind, public_id, reporter_id, digest_of(content))
        inquiry = open_inquiry(seen, now=now)
        snapshot = keep_snapshot(inquiry, content, now=now)
        try:
            with savepoint():
                report = Report.objects.create(
                    public_id=new_id("r"),
                    inquiry=inquiry,
                    reporter_id=reporter_id,
                    reason=reason,
                    words=words,
                    snapshot=snapshot,
                    created_at=now,
                )
        except IntegrityError as twice:
            raise ReportedAlready from twice
        Inquiry.objects.filter(pk=inquiry.pk).update(reports=F("reports") + 1, last_at=now)
        reweigh(inquiry, reach=seen.reach, terms=terms_in_force(), now=now)
    return report.public_id


@transaction_required
def _look(kind: SubjectKind, public_id: str, reporter_id: int) -> SubjectView:
    owner = owner_of(kind)
    if owner is None:
        raise SubjectMissing
    if owner.lock is not None:
        # Held before anything is looked at: whoever deletes it meanwhile comes before or after.
        owner.lock(public_id)
    if not owner.may_see(public_id, reporter_id):
        raise SubjectMissing
    seen = owner.look(public_id)
    if seen is None or seen.is_gone:
        raise SubjectMissing
    if seen.author_id == reporter_id:
        raise OwnSubject
    return seen


@transaction_required
def open_inquiry(seen: SubjectView, *, now: dt.datetime) -> Inquiry:
    """Return the open inquiry about a thing, locked; made where there is none.

    Two who report at the same moment come to the same one: the second insert gives way. Where
    somebody decides between the insert and the lock, the next round makes a new one.
    """
    while True:
        fresh = Inquiry(
            public_id=new_id("q"),
            kind=seen.kind,
            subject=seen.public_id,
            author_id=seen.author_id,
            opened_at=now,
            last_at=now,
        )
        Inquiry.objects.bulk_create([fresh], ignore_conflicts=True)
        found = (
            Inquiry.objects.select_for_update()
            .filter(kind=seen.kind, subject=seen.public_id, outcome=Inquiry.Outcome.OPEN)
            .first()
        )
        if found is not None:
            return found


@transaction_required
def keep_snapshot(inquiry: Inquiry, content: dict[str, Any], *, now: dt.datetime) -> Snapshot:
    """Keep what stands there now, once for as long as it stays the same."""
    return Snapshot.objects.get_or_create(
        inquiry=inquiry,
        digest=digest_of(content),
        defaults={"content": content, "taken_at": now},
    )[0]


@transaction_required
def reweigh(inquiry: Inquiry, *, reach: int, terms: Terms, now: dt.datetime) -> None:
    """Set an inquiry's priority from its reports; whoever keeps order hears of an urgent one once."""
    said = list(Report.objects.filter(inquiry=inquiry).values_list("reason", "reporter_id"))
    reasons = {reason for reason, _ in said} | ({SCREENED} if inquiry.found else set())
    known = accuracies_of([reporter for _, reporter in said if reporter is not None])
    inquiry.priority = weigh(
        terms,
        reasons=reasons,
        accuracies=[known.get(reporter, 0.5) for _, reporter in said],
        reach=reach,
    )
    inquiry.save(update_fields=["priority"])
    if severity(terms, reasons) >= terms.urgent_from:
        _tell_moderators(inquiry, now=now)


def accuracies_of(person_ids: Sequence[int]) -> dict[int, float]:
    """Return how far each of these reporters is believed, by id."""
    rows = (
        Report.objects.filter(reporter_id__in=set(person_ids))
        .exclude(inquiry__outcome=Inquiry.Outcome.OPEN)
        .values("reporter_id")
        .annotate(answered=Count("pk"), upheld=Count("pk", filter=Q(inquiry__outcome__in=UPHELD)))
    )
    known = {
        row["reporter_id"]: accuracy(upheld=row["upheld"], answered=row["answered"]) for row in rows
    }
    new = accuracy(upheld=0, answered=0)
    return {person_id: known.get(person_id, new) for person_id in person_ids}


def weigh_open(*, now: dt.datetime, most: int = 500) -> int:
    """Weigh the most urgent open inquiries again, since reach grows; returns how many."""
    terms = terms_in_force()
    waiting = list(
        Inquiry.objects.filter(outcome=Inquiry.Outcome.OPEN)
        .order_by("-priority", "pk")
        .values_list("pk", "kind", "subject")[:most]
    )
    for pk, kind, subject in waiting:
        seen = look_at(kind=kind, public_id=subject)
        with transaction():
            inquiry = Inquiry.objects.select_for_update().get(pk=pk)
            if inquiry.outcome == Inquiry.Outcome.OPEN:
                reweigh(inquiry, reach=seen.reach if seen else 0, terms=terms, now=now)
    return len(waiting)


def digest_of(content: dict[str, Any]) -> str:
    """Return the digest by which two looks at a thing are the same."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _refuse_the_same(kind: str, public_id: str, reporter_id: int, digest: str) -> None:
    """Raise AnsweredAlready where this person's report of the very same was dismissed."""
    before = Report.objects.filter(
        reporter_id=reporter_id,
        inquiry__kind=kind,
        inquiry__subject=public_id,
        inquiry__outcome=Inquiry.Outcome.DISMISSED,
        snapshot__digest=digest,
    )
    if before.exists():
        raise AnsweredAlready


@transaction_required
def _tell_moderators(inquiry: Inquiry, *, now: dt.datetime) -> None:
    notices = [
        Notice(
            person_id=person_id,
            kind=URGENT,
            params={"kind": inquiry.kind},
            url=f"/operator/reports/{inquiry.public_id}",
            key=f"urgent-report:{inquiry.public_id}",
        )
        for person_id in list_moderators()
        if person_id != inquiry.author_id
    ]
    notify_many(notices=notices, now=now)
