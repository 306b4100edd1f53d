"""Judging what was read, and taking a judgement back; verdicts leave by a job of the same transaction.

Recording what somebody did against a rule, and closing it: they are told, and so are the packages above.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import pyarrow.compute as pc
from django.db import connection

from meadow.analytics.columns import to_ipc
from meadow.analytics.facts import Verdict
from meadow.analytics.verdicts import publish_verdicts
from meadow.core.events import publish
from meadow.core.ids import new_id
from meadow.core.jobs import enqueue, find_task
from meadow.core.transactions import transaction, transaction_required
from meadow.integrity import scanning
from meadow.integrity.detectors import DETECTORS, Finding, least_reads
from meadow.integrity.errors import (
    AboutYourself,
    CaseMissing,
    CaseTakenBackAlready,
    ViolationClosedAlready,
    ViolationMissing,
    ViolationRecordedAlready,
)
from meadow.integrity.events import ViolationClosed, ViolationOpened
from meadow.integrity.models import Case, Closing, DetectorRule, ScanMark, TakeBack, Violation
from meadow.integrity.queries import (
    Rule,
    find_covered,
    get_marks,
    get_rules,
    read_judged,
    subject_of,
)
from meadow.integrity.rulebook import ClosingReason, RuleCode
from meadow.notifications.services import notify

# A message of this many verdicts is about 400 KB.
VERDICTS_A_MESSAGE: Final = 2000
JUDGED: Final = ("fact_id", "author_id", "note_id", "provenance", "reason")
Stage = Literal["judged", "restored"]
RECORD_PAGE: Final = "/settings/record"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What one detector found in the reads of one reader."""

    reader: scanning.Reader
    rule: Rule
    findings: Sequence[Finding]


def scan_facts(*, now: dt.datetime) -> int:
    """Let every detector look at what was stored since the last scan; returns the cases opened.

    Cases and the mark of how far the scan came are one transaction: killed before it, the next scan
    sees the same again; after it, the verdicts' jobs are there. Raises EngineUnavailable.
    """
    marks, opened = get_marks(), 0
    for life, newest in scanning.find_lives().items():
        # The newest batch may still be growing: it is looked at again, which opens no case twice.
        batch = marks.get(life, 0)
        new = scanning.count_new_reads(life=life, batch=batch)
        suspicions = find_suspicions(life=life, batch=batch, new=new) if new.count else []
        readers = {one.reader.person: one.reader.number for one in suspicions}
        facts = scanning.find_facts(readers=readers, new=new)
        with transaction():
            # One scan at a time: the second sees the cases of the first.
            list(DetectorRule.objects.select_for_update().order_by("pk"))
            for suspicion in suspicions:
                opened += open_cases(suspicion, facts=facts[suspicion.reader.person], now=now)
            ScanMark.objects.update_or_create(
                life=life, defaults={"batch": newest, "scanned_at": now}
            )
    return opened


def find_suspicions(*, life: int, batch: int, new: scanning.NewReads) -> list[Suspicion]:
    """Return what the detectors find in the reads around those stored since `batch`."""
    rules = get_rules()
    if not rules:
        return []
    least = min(least_reads(rule.detector, rule.limits) for rule in rules)
    found = []
    for reader in scanning.find_readers(life=life, batch=batch, new=new, least=least):
        for rule in rules:
            findings = DETECTORS[rule.detector](
                reader.at, signed_in=reader.signed_in, limits=rule.limits
            )
            if findings:
                found.append(Suspicion(reader, rule, findings))
    return found


@transaction_required
def open_cases(suspicion: Suspicion, *, facts: Any, now: dt.datetime) -> int:
    """Open a case for each stretch that holds facts which none covers yet; returns how many."""
    subject, rule = subject_of(suspicion.reader.person), suspicion.rule
    covered = find_covered(subject=subject, detector=rule.detector)
    opened = 0
    for finding in suspicion.findings:
        inside = facts.filter(
            pc.and_(
                pc.greater_equal(facts["at"], finding.first),
                pc.less_equal(facts["at"], finding.last),
            )
        )
        fresh = inside.filter([one not in covered for one in inside["fact_id"].to_pylist()])
        if not fresh.num_rows:
            continue
        covered.update(fresh["fact_id"].to_pylist())
        case = Case.objects.create(
            public_id=new_id("k"),
            subject=subject,
            signed_in=suspicion.reader.signed_in,
            rule_id=rule.id,
            evidence=finding.measured,
            window_from=to_moment(finding.first),
            window_to=to_moment(finding.last),
            facts=fresh.num_rows,
            judged=to_ipc(fresh.select(JUDGED).combine_chunks(), compression="zstd"),
            decided_at=now,
        )
        enqueue_delivery(case, stage="judged")
        opened += 1
    return opened


def take_back_case(*, public_id: str, operator_id: int, reason: str, now: dt.datetime) -> None:
    """Let a case's facts count as they say themselves. Raises CaseMissing, CaseTakenBackAlready."""
    with transaction():
        case = Case.objects.filter(public_id=public_id).select_for_update().first()
        if case is None:
            raise CaseMissing
        if TakeBack.objects.filter(case=case).exists():
            raise CaseTakenBackAlready
        TakeBack.objects.create(
            case=case,
            operator_id=operator_id,
            reason=reason,
            # Also where clocks differ: the later verdict of a fact is the one that holds.
            taken_back_at=max(now, case.decided_at + dt.timedelta(milliseconds=1)),
        )
        enqueue_delivery(case, stage="restored")


@transaction_required
def enqueue_delivery(case: Case, *, stage: Stage) -> None:
    """Have a case's verdicts published once this transaction has committed."""
    enqueue(find_task("integrity.deliver_verdicts"), case_id=case.public_id, stage=stage)


def deliver_verdicts(*, case_id: str, stage: Stage) -> int:
    """Publish a case's verdicts, or those that take it back; returns how many.

    Ids are made of case, fact and stage: killed anywhere, it runs again and changes nothing more.
    Raises EngineUnavailable.
    """
    verdicts = make_verdicts(
        Case.objects.select_related("rule").get(public_id=case_id), stage=stage
    )
    for start in range(0, len(verdicts), VERDICTS_A_MESSAGE):
        publish_verdicts(verdicts[start : start + VERDICTS_A_MESSAGE])
    return len(verdicts)


def make_verdicts(case: Case, *, stage: Stage) -> list[Verdict]:
    """Return the verdicts of a case: invalid for the detector's reason, or as each fact said."""
    judging = stage == "judged"
    at = case.decided_at if judging else TakeBack.objects.get(case=case).taken_back_at
    return [
        Verdict(
            id=verdict_id(case_id=case.public_id, fact_id=row["fact_id"], stage=stage),
            fact_id=row["fact_id"],
            author_id=row["author_id"],
            note_id=row["note_id"],
            provenance="invalid" if judging else row["provenance"],
            reason=case.rule.detector if judging else row["reason"],
            case_id=case.public_id,
            at=int(at.timestamp() * 1000),
        )
        for row in read_judged(case.judged).to_pylist()
    ]


def verdict_id(*, case_id: str, fact_id: str, stage: Stage) -> str:
    """Return the id of a verdict, the same however often it is published."""
    return f"v{hashlib.sha256(f'{case_id} {fact_id} {stage}'.encode()).hexdigest()[:32]}"


def to_moment(ms: int) -> dt.datetime:
    """Return milliseconds since 1970 as a moment."""
    return dt.datetime.fromtimestamp(ms / 1000, tz=dt.UTC)


def open_violation(
    *,
    person_id: int,
    rule: RuleCode,
    words: str,
    moderator_id: int,
    now: dt.datetime,
    subject: str = "",
) -> str:
    """Record what somebody did against a rule, and tell them; returns the violation's public id.

    Raises AboutYourself, and ViolationRecordedAlready while the very same is open: a form sent twice
    records once.
    """
    with transaction():
        return record_violation(
            person_id=person_id,
            rule=rule,
            words=words,
            moderator_id=moderator_id,
            subject=subject,
            now=now,
        )


@transaction_required
def record_violation(
    *,
    person_id: int,
    rule: RuleCode,
    words: str,
    moderator_id: int,
    now: dt.datetime,
    subject: str,
) -> str:
    """Record a violation as a step of another use case. Raises what `open_violation` does."""
    if person_id == moderator_id:
        raise AboutYourself
    _lock_record(person_id)
    same = Violation.objects.filter(
        person_id=person_id, rule=rule, words=words, subject=subject, closing__isnull=True
    )
    if same.exists():
        raise ViolationRecordedAlready
    violation = Violation.objects.create(
        public_id=new_id("v"),
        person_id=person_id,
        rule=rule,
        words=words,
        subject=subject,
        moderator_id=moderator_id,
        opened_at=now,
    )
    publish(
        ViolationOpened(
            person_id=person_id,
            violation_id=violation.public_id,
            rule=rule,
            at=now.isoformat(),
        )
    )
    notify(
        person_id=person_id,
        kind="integrity.violation_opened",
        params={"rule": rule},
        url=f"{RECORD_PAGE}#{violation.public_id}",
        key=f"violation-opened:{violation.public_id}",
        now=now,
    )
    return violation.public_id


def close_violation(
    *, public_id: str, reason: ClosingReason, words: str, moderator_id: int, now: dt.datetime
) -> None:
    """End a violation: it was served, or it was a mistake; its person is told.

    Raises ViolationMissing, ViolationClosedAlready, AboutYourself.
    """
    with transaction():
        end_violation(
            public_id=public_id, reason=reason, words=words, moderator_id=moderator_id, now=now
        )


@transaction_required
def end_violation(
    *, public_id: str, reason: ClosingReason, words: str, moderator_id: int, now: dt.datetime
) -> None:
    """Close a violation as a step of another use case. Raises what `close_violation` does."""
    violation = Violation.objects.filter(public_id=public_id).select_for_update().first()
    if violation is None:
        raise ViolationMissing
    if violation.person_id == moderator_id:
        raise AboutYourself
    if Closing.objects.filter(violation=violation).exists():
        raise ViolationClosedAlready
    Closing.objects.create(
        violation=violation,
        reason=reason,
        words=words,
        moderator_id=moderator_id,
        closed_at=now,
    )
    if violation.person_id is None:
        return
    publish(
        ViolationClosed(
            person_id=violation.person_id,
            violation_id=public_id,
            rule=violation.rule,
            reason=reason,
            at=now.isoformat(),
        )
    )
    notify(
        person_id=violation.person_id,
        kind="integrity.violation_closed",
        params={"rule": violation.rule, "reason": reason},
        url=f"{RECORD_PAGE}#{public_id}",
        key=f"violation-closed:{public_id}",
        now=now,
    )


@transaction_required
def _lock_record(person_id: int) -> None:
    """Let one moderator at a time add to a person's record; the lock ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('integrity.record:' || %s, 0))",
            [str(person_id)],
        )
