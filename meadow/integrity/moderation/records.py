"""Reports, inquiries and what was done about them: plain frozen records."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from meadow.accounts.queries import PersonCard

OPEN = ""


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """One person's report, as those who keep order read it: who it was stays unsaid."""

    public_id: str
    reason: str
    words: str
    created_at: dt.datetime
    accuracy: float


@dataclass(frozen=True, slots=True)
class OwnReport:
    """One's own report and what became of it: `outcome` is empty while nobody decided.

    `shown_again` is whether what was hidden is in view again. `title` is what was reported, as it
    stood then.
    """

    public_id: str
    kind: str
    title: str
    url: str
    reason: str
    words: str
    created_at: dt.datetime
    outcome: str
    answered_at: dt.datetime | None
    shown_again: bool


@dataclass(frozen=True, slots=True)
class SnapshotRecord:
    """What was there at a time: title, body, about, pictures (public ids)."""

    content: dict[str, Any]
    digest: str
    taken_at: dt.datetime


@dataclass(frozen=True, slots=True)
class ActionRecord:
    """What was done; `handle` is empty for a rule or for somebody who is gone, `until` without an end."""

    public_id: str
    kind: str
    handle: str
    by_rule: bool
    rule: str
    words: str
    decision: str
    violation: str
    done_at: dt.datetime
    until: dt.datetime | None


@dataclass(frozen=True, slots=True)
class InquiryLine:
    """An inquiry in the queue; `reasons` maps a reason to how many gave it."""

    id: int
    public_id: str
    kind: str
    subject: str
    author: PersonCard | None
    title: str
    reasons: dict[str, int]
    found: Sequence[dict[str, Any]]
    reports: int
    priority: int
    opened_at: dt.datetime
    last_at: dt.datetime
    outcome: str
    closed_at: dt.datetime | None
    claimed_by: str
    claimed_until: dt.datetime | None

    @property
    def is_open(self) -> bool:
        """Whether nobody decided yet."""
        return self.outcome == OPEN


@dataclass(frozen=True, slots=True)
class History:
    """What is known of an author: open violations, and inquiries by outcome (barred counts as suspended)."""

    open_violations: int
    all_violations: int
    inquiries: int
    dismissed: int
    warned: int
    hidden: int
    suspended: int


@dataclass(frozen=True, slots=True)
class InquiryPage:
    """One inquiry with everything that whoever decides looks at."""

    line: InquiryLine
    reports: Sequence[ReportRecord]
    snapshots: Sequence[SnapshotRecord]
    actions: Sequence[ActionRecord]
    history: History
    author_id: int | None
