"""What the rest of the operator's finance takes and answers over the API: minor units, with their unit."""

import datetime as dt
from typing import Any, Literal

from ninja import Field, Schema

from meadow.finance.models import LONGEST_WORDS
from meadow.finance.records import ResolutionRecord, TermsRecord
from meadow.ledger.records import CheckRecord


class TotalOut(Schema):
    """How many of a kind wait, and how much of a unit ("" for what is no amount)."""

    kind: str
    title: str
    unit: str
    count: int
    amount: int


class WaitingOut(Schema):
    """One thing that waits; `amount` is null where it is no amount."""

    kind: str
    id: str
    about: str
    since: dt.datetime
    amount: int | None
    unit: str
    url: str
    advice: str


class WaitingListOut(Schema):
    """A page of what waits, the oldest first, and how much waits in all."""

    items: list[WaitingOut]
    totals: list[TotalOut]
    next_cursor: str | None


class BreachOut(Schema):
    """What broke an invariant first."""

    invariant: str
    where: str
    found: str


class CheckOut(Schema):
    """A proof of the books; `ended_at` is null until it is done."""

    id: str
    by: str
    asked_at: dt.datetime
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    invariants: int
    proven: int
    entries: int
    breaches: list[BreachOut]


class ChecksOut(Schema):
    """A page of proofs of the books."""

    items: list[CheckOut]
    next_cursor: str | None


class KindOut(Schema):
    """What stands on all accounts of a kind."""

    unit: str
    kind: str
    posted: int


class ComparedOut(Schema):
    """A day that was held against a payment service."""

    day: dt.date
    provider: str
    charges: int
    differences: int
    compared_at: dt.datetime


class SummaryOut(Schema):
    """The finance at a glance."""

    balances: list[KindOut]
    pending: list[TotalOut]
    stuck: list[TotalOut]
    last_check: CheckOut | None
    last_comparison: ComparedOut | None


class ReconciliationDifferenceOut(Schema):
    """Where a provider and our books differ on a day (UTC), in minor units of `unit`."""

    name: str
    day: dt.date
    provider: str
    kind: Literal["unknown_here", "not_booked", "not_there", "amount", "refunded"]
    payment: str
    reference: str
    unit: str
    ours: int
    theirs: int
    resolved: bool


class DifferencesOut(Schema):
    """Where providers and our books differ, the latest day first."""

    items: list[ReconciliationDifferenceOut]


class ResolutionIn(Schema):
    """What was done about a difference, or news about no payment, by its `name`."""

    subject: Literal["difference", "news"]
    name: str = Field(..., min_length=1, max_length=250)
    words: str = Field(..., min_length=1, max_length=LONGEST_WORDS)


class ResolutionOut(Schema):
    """What was done about a difference or lone news, with what it said then."""

    id: str
    subject: str
    name: str
    words: str
    resolved_at: dt.datetime
    told: dict[str, Any]


class ResolutionsOut(Schema):
    """A page of what was resolved, the latest first."""

    items: list[ResolutionOut]
    next_cursor: str | None


class FinanceTermsIn(Schema):
    """New limits; `seen` is the version that was looked at, `stuck_after` in minutes by kind."""

    proposal_days: int = Field(..., ge=1, le=60)
    appeal_days: int = Field(..., ge=7, le=365)
    stuck_after: dict[str, int] = Field(
        default_factory=dict, description="A kind that is left out keeps what it has"
    )
    note: str = Field(..., min_length=1, max_length=LONGEST_WORDS)
    seen: int = Field(..., ge=1, le=2**31 - 1)


class FinanceTermsOut(Schema):
    """A version of the limits."""

    number: int
    proposal_days: int
    appeal_days: int
    stuck_after: dict[str, int]
    active_from: dt.datetime
    note: str


class FinanceTermsListOut(Schema):
    """The versions of the limits, the newest first."""

    items: list[FinanceTermsOut]


def check_out(one: CheckRecord) -> CheckOut:
    """Return a proof of the books as the API says it."""
    return CheckOut(
        id=one.public_id,
        by=one.by,
        asked_at=one.asked_at,
        started_at=one.started_at,
        ended_at=one.ended_at,
        invariants=one.invariants,
        proven=one.proven,
        entries=one.entries,
        breaches=[
            BreachOut(invariant=part.name, where=part.where, found=part.found)
            for part in one.breaches
        ],
    )


def resolution_out(one: ResolutionRecord) -> ResolutionOut:
    """Return a resolution as the API says it."""
    return ResolutionOut(
        id=one.public_id,
        subject=one.subject,
        name=one.name,
        words=one.words,
        resolved_at=one.resolved_at,
        told=dict(one.told),
    )


def terms_out(one: TermsRecord) -> FinanceTermsOut:
    """Return a version of the limits as the API says it."""
    return FinanceTermsOut(
        number=one.number,
        proposal_days=one.proposal_days,
        appeal_days=one.appeal_days,
        stuck_after=dict(one.stuck_after),
        active_from=one.active_from,
        note=one.note,
    )
