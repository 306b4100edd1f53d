"""What the payouts' part of the API takes and answers: amounts in minor units, with their unit."""

import datetime as dt
from typing import Literal

from ninja import Field, Schema

from meadow.payouts.limits import LARGEST_AMOUNT, MOST_BRACKETS, MOST_IN_BATCH
from meadow.payouts.records import BatchRecord, MethodRecord, PayoutRecord

UNIT = r"^[A-Z]{3}$"
ID = "^[A-Za-z0-9]{1,24}$"
Kind = Literal["bank", "stripe"]
PayeeKind = Literal["person", "business"]
Period = Literal["payout", "month", "year"]
PayoutState = Literal[
    "asked", "held", "batched", "approved", "sending", "sent", "paid", "failed", "returned"
]


class AccountIn(Schema):
    """A payout account: a bank's with holder, bank and account, or `stripe`, a connected account."""

    kind: Kind
    payee_kind: PayeeKind
    region: str = Field(pattern="^[A-Z]{2}$")
    holder: str = Field("", max_length=120)
    bank: str = Field("", max_length=80)
    bank_code: str = Field("", max_length=20)
    account: str = Field("", max_length=50)
    stripe: str = Field("", max_length=60)


class PayoutAccountOut(Schema):
    """A payout account; of its details, the bank and the last four characters."""

    id: str
    kind: Kind
    payee_kind: PayeeKind
    region: str
    bank: str
    last4: str
    state: Literal["unverified", "asked", "verified", "refused", "removed"]
    why: str = Field(description="The code of why it was refused, else empty")
    decision: str
    usable_from: dt.datetime | None
    added_at: dt.datetime


class PayoutAccountsOut(Schema):
    """Payout accounts."""

    items: list[PayoutAccountOut]


class PayoutAccountVerdictIn(Schema):
    """Whether a payout account is verified; why, where it is not."""

    verified: bool
    why: Literal["", "name", "missing", "region", "proof"] = ""


class PayoutScheduleIn(Schema):
    """When to be paid by the clock, in what, and to which account."""

    schedule: Literal["never", "weekly", "monthly"]
    unit: str = Field("CNY", pattern=UNIT)
    account: str = Field("", max_length=24, pattern="^[A-Za-z0-9]*$")


class ScheduleOut(Schema):
    """When somebody is paid by the clock, and next."""

    schedule: Literal["never", "weekly", "monthly"]
    unit: str
    account: str
    next_at: dt.datetime | None


class PayoutIn(Schema):
    """How much leaves the wallet, and to which account."""

    amount: int = Field(ge=1, le=LARGEST_AMOUNT, description="Minor units: 1250 is 12.50")
    unit: str = Field(pattern=UNIT)
    account: str = Field(pattern=ID)


class FiguresOut(Schema):
    """A payout taken apart: gross is net, tax and fee."""

    gross: int
    tax: int
    fee: int
    net: int


class PayoutOut(Schema):
    """A payout: `failure` is the provider's code for why it did not arrive, mostly empty."""

    id: str
    state: PayoutState
    unit: str
    gross: int
    tax: int
    fee: int
    net: int
    account: str
    last4: str
    rules: int
    tax_rule: int
    scheduled: bool
    batch: str
    why: str
    decision: str
    failure: str
    asked_at: dt.datetime
    sent_at: dt.datetime | None
    settled_at: dt.datetime | None


class PayoutsOut(Schema):
    """One page of payouts, newest first."""

    items: list[PayoutOut]
    next_cursor: str | None


class HoldIn(Schema):
    """Why a payout is held, and in words to its payee."""

    why: Literal["origin", "account", "identity", "conduct"]
    words: str = Field(min_length=1, max_length=500)


class BatchIn(Schema):
    """By what to pay what waits, and in what currency."""

    provider: str = Field(pattern="^[a-z_]{1,20}$", examples=["bank_file", "stripe", "sandbox"])
    unit: str = Field(pattern=UNIT)


class ApprovalIn(Schema):
    """A batch as it was seen by whoever approves it."""

    count: int = Field(ge=1, le=MOST_IN_BATCH)
    total: int = Field(ge=1, le=LARGEST_AMOUNT * MOST_IN_BATCH)


class PayoutRefusalIn(Schema):
    """Why a batch should not leave."""

    note: str = Field(min_length=1, max_length=300)


class PayoutBatchOut(Schema):
    """A batch: how many payouts and how much, of when it was drawn up, then of its approval."""

    id: str
    provider: str
    unit: str
    state: Literal["drafted", "approved", "refused"]
    count: int
    total: int
    note: str
    made_at: dt.datetime
    decided_at: dt.datetime | None
    filed_at: dt.datetime | None


class BatchesOut(Schema):
    """One page of batches, newest first."""

    items: list[PayoutBatchOut]
    next_cursor: str | None


class BatchContentOut(Schema):
    """A batch, and what is in it."""

    batch: PayoutBatchOut
    payouts: list[PayoutOut]


class FileLineOut(Schema):
    """One line of a bank file."""

    payout: str
    holder: str
    account: str
    bank: str
    bank_code: str
    region: str
    amount: str
    currency: str


class FileOut(Schema):
    """A bank file."""

    lines: list[FileLineOut]


class ResultIn(Schema):
    """What a bank said of one payout."""

    payout: str = Field(pattern=ID)
    verdict: Literal["paid", "failed"]
    why: str = Field("", max_length=60)


class ResultsIn(Schema):
    """What a bank said of a batch."""

    items: list[ResultIn] = Field(min_length=1, max_length=MOST_IN_BATCH)


class RefusedLineOut(Schema):
    """A result that was not taken, and why."""

    payout: str
    why: str


class ResultsOut(Schema):
    """How many results were taken, how many were known already, and which were refused."""

    taken: int
    known: int
    refused: list[RefusedLineOut]


class NumbersIn(Schema):
    """Every number of a currency's rules; `fee_rate` in ten-thousandths, Monday is 0."""

    least: int = Field(ge=1, le=LARGEST_AMOUNT)
    most: int = Field(ge=1, le=LARGEST_AMOUNT)
    fee: int = Field(ge=0, le=LARGEST_AMOUNT)
    fee_rate: int = Field(ge=0, le=5_000)
    cooldown_days: int = Field(ge=0, le=90)
    weekday: int = Field(ge=0, le=6)
    month_day: int = Field(ge=1, le=28)


class RulesTrialIn(NumbersIn):
    """Rules to be tried."""

    unit: str = Field(pattern=UNIT)


class RulesIn(RulesTrialIn):
    """Rules to be set; `seen` is the version that was looked at."""

    note: str = Field(min_length=1, max_length=300)
    seen: int = Field(ge=0, le=2**31 - 1)


class PayoutRulesOut(NumbersIn):
    """A version of a currency's rules; 0 is what Meadow ships with."""

    unit: str
    number: int
    set_at: dt.datetime | None
    note: str


class RulesVersionsOut(Schema):
    """The versions of a currency's rules, the one in force first."""

    items: list[PayoutRulesOut]


class BracketIO(Schema):
    """From `above` minor units on, `rate` ten-thousandths of what is above are withheld."""

    above: int = Field(ge=0, le=LARGEST_AMOUNT)
    rate: int = Field(ge=0, le=10_000)


class TaxTrialIn(Schema):
    """A rule of withholding to be tried; an empty region is all without a rule of their own."""

    region: str = Field(pattern="^([A-Z]{2})?$")
    payee_kind: PayeeKind
    unit: str = Field(pattern=UNIT)
    period: Period
    brackets: list[BracketIO] = Field(max_length=MOST_BRACKETS)


class TaxIn(TaxTrialIn):
    """A rule of withholding to be set; `seen` is the newest version of the same, 0 for none."""

    note: str = Field(min_length=1, max_length=300)
    seen: int = Field(ge=0, le=2**31 - 1)


class TaxOut(TaxTrialIn):
    """A version of a rule of withholding."""

    number: int
    set_at: dt.datetime | None
    note: str


class TaxVersionsOut(Schema):
    """The versions of all rules of withholding, the newest of each first."""

    items: list[TaxOut]


class TrialOut(Schema):
    """Payouts of the last 365 days under other rules: sums of minor units, as it was and would be."""

    payouts: int
    gross: int
    before: int
    after: int
    refused: int


def account_out(one: MethodRecord) -> PayoutAccountOut:
    """Return a payout account for the API."""
    names = ("kind", "payee_kind", "region", "bank", "last4", "state", "why", "decision")
    return PayoutAccountOut(
        id=one.public_id,
        usable_from=one.usable_from,
        added_at=one.added_at,
        **{name: getattr(one, name) for name in names},
    )


def payout_out(one: PayoutRecord) -> PayoutOut:
    """Return a payout for the API."""
    names = (
        *("state", "unit", "gross", "tax", "fee", "net", "rules", "tax_rule", "scheduled"),
        *("batch", "why", "decision", "failure", "asked_at", "sent_at", "settled_at"),
    )
    return PayoutOut(
        id=one.public_id,
        account=one.method.public_id,
        last4=one.method.last4,
        **{name: getattr(one, name) for name in names},
    )


def batch_out(one: BatchRecord) -> PayoutBatchOut:
    """Return a batch for the API."""
    names = ("provider", "unit", "state", "count", "total", "note")
    return PayoutBatchOut(
        id=one.public_id,
        made_at=one.made_at,
        decided_at=one.decided_at,
        filed_at=one.filed_at,
        **{name: getattr(one, name) for name in names},
    )
