"""What payments answer with: plain records."""

import datetime as dt
from dataclasses import dataclass, field

from meadow.payments.models import Payment, Refund


@dataclass(frozen=True, slots=True)
class RefundRecord:
    """What is given back of a payment, in minor units of the payment's unit."""

    public_id: str
    amount: int
    state: str
    failure: str
    note: str
    asked_at: dt.datetime
    settled_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """A payment as its payer sees it; `client_secret` is there only while an app needs it."""

    public_id: str
    person_id: int | None
    amount: int
    unit: str
    provider: str
    reference: str
    state: str
    failure: str
    trouble: str
    pay_url: str
    refunded: int
    opened_at: dt.datetime
    settled_at: dt.datetime | None
    client_secret: str = field(default="", repr=False)

    @property
    def is_open(self) -> bool:
        """Whether it can still come in without being begun anew."""
        return self.state in (Payment.State.OPENED, Payment.State.WAITING)


def payment_record(payment: Payment, *, client_secret: str = "") -> PaymentRecord:
    """Return a payment as a plain record."""
    return PaymentRecord(
        public_id=payment.public_id,
        person_id=payment.person_id,
        amount=payment.amount,
        unit=payment.unit,
        provider=payment.provider,
        reference=payment.reference,
        state=payment.state,
        failure=payment.failure,
        trouble=payment.trouble,
        pay_url=payment.pay_url,
        refunded=payment.refunded,
        opened_at=payment.opened_at,
        settled_at=payment.settled_at,
        client_secret=client_secret,
    )


def refund_record(refund: Refund) -> RefundRecord:
    """Return a refund as a plain record."""
    return RefundRecord(
        public_id=refund.public_id,
        amount=refund.amount,
        state=refund.state,
        failure=refund.failure,
        note=refund.note,
        asked_at=refund.asked_at,
        settled_at=refund.settled_at,
    )


@dataclass(frozen=True, slots=True)
class PlayRecord:
    """A charge of play money as its pay page shows it."""

    reference: str
    amount: int
    unit: str
    state: str
    return_url: str


@dataclass(frozen=True, slots=True)
class DifferenceRecord:
    """Where a provider and our books differ, in minor units of `unit`."""

    day: dt.date
    provider: str
    kind: str
    payment: str
    reference: str
    unit: str
    ours: int
    theirs: int


@dataclass(frozen=True, slots=True)
class ComparedDay:
    """One day of one provider that was held against our books."""

    day: dt.date
    provider: str
    charges: int
    differences: int
    compared_at: dt.datetime


@dataclass(frozen=True, slots=True)
class BoundsRecord:
    """How much people may top up in a currency, in minor units; `version` is the number of the rule."""

    unit: str
    version: int
    least: int
    most: int
    per_day: int
    per_month: int
    since: dt.datetime
    note: str
    operator_id: int | None


@dataclass(frozen=True, slots=True)
class SpendingRecord:
    """What somebody lets go out of their wallet, None for no limit, and what did go out.

    `next_from` is when the `next_…` limits take over, None where nothing is about to change.
    """

    unit: str
    per_day: int | None = None
    per_month: int | None = None
    next_per_day: int | None = None
    next_per_month: int | None = None
    next_from: dt.datetime | None = None
    spent_day: int = 0
    spent_month: int = 0
