"""What the operator's finance says over the API: amounts in minor units, with their unit."""

import datetime as dt
from typing import Any

from ninja import Schema

from meadow.ledger.purposes import say_purpose
from meadow.ledger.reasons import say_reason
from meadow.ledger.records import (
    AccountRecord,
    BookedLine,
    OpenHold,
    TransferRecord,
    TrialLine,
)


class TrialLineOut(Schema):
    """What stands on all accounts of a kind and purpose; `held` null where it is not known."""

    unit: str
    kind: str
    purpose: str
    title: str
    accounts: int
    posted: int
    held: int | None


class TrialBalanceOut(Schema):
    """What stands on whose accounts; each unit adds up to zero."""

    at: dt.datetime | None
    items: list[TrialLineOut]


class LedgerAccountOut(Schema):
    """An account."""

    id: str
    kind: str
    owner: str
    purpose: str
    title: str
    unit: str
    opened_at: dt.datetime
    posted: int
    held: int
    available: int


class LedgerAccountsOut(Schema):
    """A page of accounts."""

    items: list[LedgerAccountOut]
    next_cursor: str | None


class LedgerHoldOut(Schema):
    """A hold that is open."""

    id: str
    amount: int
    captured: int
    reason: str
    title: str
    reference: str
    held_at: dt.datetime
    expires_at: dt.datetime


class HoldingAccountOut(LedgerAccountOut):
    """An account with its open holds, those that end first, 50 at most."""

    holds: list[LedgerHoldOut]


class LedgerEntryOut(Schema):
    """What one transfer did to an account, and what it held after it."""

    transfer: str
    reason: str
    title: str
    reference: str
    amount: int
    balance: int
    effective_at: dt.datetime
    booked_at: dt.datetime


class EntriesOut(Schema):
    """A page of entries, the latest first."""

    items: list[LedgerEntryOut]
    next_cursor: str | None


class LegOut(Schema):
    """What an account gained by a transfer, or gave, below zero."""

    account: str
    kind: str
    owner: str
    purpose: str
    title: str
    amount: int
    unit: str


class TransferOut(Schema):
    """A transfer with all it says."""

    id: str
    key: str
    reason: str
    title: str
    params: dict[str, Any]
    reference: str
    decision: str
    hold: str
    reverses: str
    reversed_by: list[str]
    effective_at: dt.datetime
    booked_at: dt.datetime
    legs: list[LegOut]


def trial_line_out(one: TrialLine) -> TrialLineOut:
    """Return a line of the trial balance as the API says it."""
    return TrialLineOut(
        unit=one.unit,
        kind=one.kind,
        purpose=one.purpose,
        title=say_purpose(one.kind, one.purpose),
        accounts=one.accounts,
        posted=one.posted,
        held=one.held,
    )


def account_out(one: AccountRecord) -> LedgerAccountOut:
    """Return an account as the API says it."""
    return LedgerAccountOut(**_account(one))


def holding_account_out(one: AccountRecord, holds: list[OpenHold]) -> HoldingAccountOut:
    """Return an account with its holds as the API says it."""
    said = [
        LedgerHoldOut(
            id=hold.public_id,
            amount=hold.amount,
            captured=hold.captured,
            reason=hold.reason,
            title=say_reason(hold.reason, hold.params),
            reference=hold.reference,
            held_at=hold.held_at,
            expires_at=hold.expires_at,
        )
        for hold in holds
    ]
    return HoldingAccountOut(**_account(one), holds=said)


def entry_out(one: BookedLine) -> LedgerEntryOut:
    """Return an entry as the API says it."""
    return LedgerEntryOut(
        transfer=one.transfer_id,
        reason=one.reason,
        title=say_reason(one.reason, one.params),
        reference=one.reference,
        amount=one.amount,
        balance=one.balance,
        effective_at=one.effective_at,
        booked_at=one.booked_at,
    )


def transfer_out(one: TransferRecord) -> TransferOut:
    """Return a transfer as the API says it."""
    return TransferOut(
        id=one.public_id,
        key=one.key,
        reason=one.reason,
        title=say_reason(one.reason, one.params),
        params=dict(one.params),
        reference=one.reference,
        decision=one.decision,
        hold=one.hold,
        reverses=one.reverses,
        reversed_by=one.reversed_by,
        effective_at=one.effective_at,
        booked_at=one.booked_at,
        legs=[
            LegOut(
                account=leg.account.public_id,
                kind=leg.account.kind,
                owner=leg.account.owner,
                purpose=leg.account.purpose,
                title=say_purpose(leg.account.kind, leg.account.purpose),
                amount=leg.amount,
                unit=leg.unit,
            )
            for leg in one.legs
        ],
    )


def _account(one: AccountRecord) -> dict[str, Any]:
    return {
        "id": one.public_id,
        "kind": one.kind,
        "owner": one.owner,
        "purpose": one.purpose,
        "title": say_purpose(one.kind, one.purpose),
        "unit": one.unit,
        "opened_at": one.opened_at,
        "posted": one.posted,
        "held": one.held,
        "available": one.available,
    }
