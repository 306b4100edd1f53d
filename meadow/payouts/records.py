"""What payouts answer with: plain records."""

import datetime as dt
from dataclasses import dataclass

from meadow.payouts.models import Batch, Payout, PayoutMethod


@dataclass(frozen=True, slots=True)
class MethodRecord:
    """Where somebody is paid to, without the details that are sealed."""

    public_id: str
    person_id: int | None
    kind: str
    payee_kind: str
    region: str
    bank: str
    last4: str
    state: str
    why: str
    decision: str
    usable_from: dt.datetime | None
    added_at: dt.datetime
    asked_at: dt.datetime | None
    decided_at: dt.datetime | None

    def is_usable(self, now: dt.datetime) -> bool:
        """Whether it can be paid to now."""
        return self.state == "verified" and self.usable_from is not None and self.usable_from <= now


@dataclass(frozen=True, slots=True)
class PayoutRecord:
    """A payout: gross is net, tax and fee, in minor units of `unit`."""

    public_id: str
    person_id: int | None
    method: MethodRecord
    unit: str
    gross: int
    tax: int
    fee: int
    net: int
    rules: int
    tax_region: str
    tax_rule: int
    scheduled: bool
    state: str
    batch: str
    provider: str
    transfer_id: int
    why: str
    words: str
    decision: str
    attempt: int
    tries: int
    again_at: dt.datetime | None
    reference: str
    failure: str
    asked_at: dt.datetime
    sent_at: dt.datetime | None
    settled_at: dt.datetime | None

    @property
    def is_stuck(self) -> bool:
        """Whether nobody asks its provider any more, though it may have been paid."""
        return self.state == "sending" and self.again_at is None


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """Payouts that leave together: how many, and what all of them are in minor units of `unit`.

    While it is drafted, some may have been taken out since.
    """

    public_id: str
    provider: str
    unit: str
    count: int
    total: int
    state: str
    made_by: int
    made_at: dt.datetime
    decided_by: int | None
    decided_at: dt.datetime | None
    note: str
    filed_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class ScheduleRecord:
    """When somebody is paid by the clock: `never`, or where to, in what, and when next."""

    schedule: str
    unit: str
    method: str
    next_at: dt.datetime | None


def method_record(method: PayoutMethod) -> MethodRecord:
    """Return a payout account as a plain record."""
    return MethodRecord(
        public_id=method.public_id,
        person_id=method.person_id,
        kind=method.kind,
        payee_kind=method.payee_kind,
        region=method.region,
        bank=method.bank,
        last4=method.last4,
        state=method.state,
        why=method.why,
        decision=method.decision,
        usable_from=method.usable_from,
        added_at=method.added_at,
        asked_at=method.asked_at,
        decided_at=method.decided_at,
    )


def payout_record(payout: Payout) -> PayoutRecord:
    """Return a payout as a plain record; its method and batch are best selected along."""
    return PayoutRecord(
        public_id=payout.public_id,
        person_id=payout.person_id,
        method=method_record(payout.method),
        unit=payout.unit,
        gross=payout.gross,
        tax=payout.tax,
        fee=payout.fee,
        net=payout.net,
        rules=payout.rules,
        tax_region=payout.tax_region,
        tax_rule=payout.tax_rule,
        scheduled=payout.scheduled,
        state=payout.state,
        batch=payout.batch.public_id if payout.batch is not None else "",
        provider=payout.batch.provider if payout.batch is not None else "",
        transfer_id=payout.transfer_id,
        why=payout.why,
        words=payout.words,
        decision=payout.decision,
        attempt=payout.attempt,
        tries=payout.tries,
        again_at=payout.again_at,
        reference=payout.reference,
        failure=payout.failure,
        asked_at=payout.asked_at,
        sent_at=payout.sent_at,
        settled_at=payout.settled_at,
    )


def batch_record(batch: Batch) -> BatchRecord:
    """Return a batch as a plain record."""
    return BatchRecord(
        public_id=batch.public_id,
        provider=batch.provider,
        unit=batch.unit,
        count=batch.count,
        total=batch.total,
        state=batch.state,
        made_by=batch.made_by,
        made_at=batch.made_at,
        decided_by=batch.decided_by,
        decided_at=batch.decided_at,
        note=batch.note,
        filed_at=batch.filed_at,
    )
