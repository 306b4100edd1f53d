"""What the wallet's part of the API takes and answers: amounts in minor units, with their unit."""

import datetime as dt
from typing import Literal

from ninja import Field, Schema

from meadow.payments.records import PaymentRecord, RefundRecord

UNIT = r"^[A-Z]{3}$"
MOST = 10**15


class FundsOut(Schema):
    """What a wallet holds in one currency; `available` of it is not promised away."""

    unit: str
    posted: int
    held: int
    available: int


class WalletOut(Schema):
    """A wallet, currency by currency; `notices` are below how much you are told, by currency."""

    balances: list[FundsOut]
    notices: dict[str, int]


class WalletEntryOut(Schema):
    """One line of a wallet's history: what a transfer added (or took, below zero)."""

    transfer: str
    reason: str
    title: str
    reference: str
    decision: str
    amount: int
    balance_after: int
    unit: str
    effective_at: dt.datetime
    booked_at: dt.datetime


class WalletHistoryOut(Schema):
    """One page of a wallet's history, newest first."""

    items: list[WalletEntryOut]
    next_cursor: str | None


class WalletHoldOut(Schema):
    """What is promised away, and until when."""

    id: str
    reason: str
    title: str
    reference: str
    amount: int
    unit: str
    held_at: dt.datetime
    expires_at: dt.datetime


class HoldsOut(Schema):
    """What of a wallet is promised away, what ends first first."""

    items: list[WalletHoldOut]


class TopUpIn(Schema):
    """How much to take in, and by whom; `method` is a provider's token of a payment method."""

    amount: int = Field(ge=1, le=MOST, description="Minor units: 1250 is 12.50")
    unit: str = Field(pattern=UNIT)
    provider: str = Field(pattern="^[a-z]{1,20}$", examples=["sandbox", "stripe"])
    method: str = Field("", max_length=120, pattern="^[A-Za-z0-9_]*$")


class PaymentOut(Schema):
    """A payment; `pay_url` is where its payer goes on, `client_secret` what an app goes on with."""

    id: str
    amount: int
    unit: str
    provider: str
    state: Literal["opened", "waiting", "succeeded", "failed"]
    failure: str = Field(description="The provider's code for why, empty when it did not fail")
    trouble: str = Field(description="Why what came in was not booked, mostly empty")
    refunded: int
    pay_url: str
    client_secret: str
    opened_at: dt.datetime
    settled_at: dt.datetime | None


class PaymentsOut(Schema):
    """One page of payments, newest first."""

    items: list[PaymentOut]
    next_cursor: str | None


class NoticeIn(Schema):
    """Below how much to be told; null: not at all."""

    unit: str = Field(pattern=UNIT)
    below: int | None = Field(ge=1, le=MOST)


class RefundIn(Schema):
    """How much to give back, and why."""

    amount: int = Field(ge=1, le=MOST)
    note: str = Field(min_length=1, max_length=200)


class RefundOut(Schema):
    """A refund: `asked` until the provider has settled it."""

    id: str
    amount: int
    state: Literal["asked", "succeeded", "failed"]
    failure: str
    note: str
    asked_at: dt.datetime
    settled_at: dt.datetime | None


class RefundsOut(Schema):
    """The refunds of a payment, oldest first."""

    items: list[RefundOut]


def payment_out(one: PaymentRecord, *, site: str) -> PaymentOut:
    """Return a payment for the API, its pay page with the site's address."""
    return PaymentOut(
        id=one.public_id,
        amount=one.amount,
        unit=one.unit,
        provider=one.provider,
        state=one.state,  # type: ignore[arg-type] # one of the model's
        failure=one.failure,
        trouble=one.trouble,
        refunded=one.refunded,
        pay_url=f"{site}{one.pay_url}" if one.pay_url.startswith("/") else one.pay_url,
        client_secret=one.client_secret,
        opened_at=one.opened_at,
        settled_at=one.settled_at,
    )


def refund_out(one: RefundRecord) -> RefundOut:
    """Return a refund for the API."""
    return RefundOut(
        id=one.public_id,
        amount=one.amount,
        state=one.state,  # type: ignore[arg-type] # one of the model's
        failure=one.failure,
        note=one.note,
        asked_at=one.asked_at,
        settled_at=one.settled_at,
    )
