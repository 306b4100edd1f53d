"""Factories for tests: transfers with fees, taxes and other shares, and what gives them back."""

import datetime as dt

from meadow.core.ids import new_id
from meadow.core.transactions import transaction
from meadow.ledger import purposes
from meadow.ledger.purposes import Purpose
from meadow.ledger.records import Draft, Leg, Posted
from meadow.ledger.services import open_account, post_transfer, reverse_transfer

FEES = ("platform", "test fees")
TAX = ("tax", "test income tax")
PAYER = ("provider", "cash")


def register_purposes() -> None:
    """Give words to the accounts that these factories open."""
    purposes.register(*FEES, Purpose("Platform fee", role="fee"))
    purposes.register(*TAX, Purpose("Income tax"))


def post(
    *legs: tuple[int, int],
    now: dt.datetime,
    effective_at: dt.datetime | None = None,
    reason: str = "test.paid",
    reference: str = "",
    decision: str = "",
) -> Posted:
    """Post a transfer of (account id, amount)."""
    with transaction():
        return post_transfer(
            draft=Draft(
                key=new_id("k"),
                reason=reason,
                legs=tuple(Leg(account, amount) for account, amount in legs),
                reference=reference,
                decision=decision,
                effective_at=effective_at,
            ),
            now=now,
        )


def give_back(transfer: Posted, *, now: dt.datetime, amount: int | None = None) -> Posted:
    """Reverse a transfer, whole or in part."""
    with transaction():
        return reverse_transfer(
            transfer_id=transfer.id, key=new_id("k"), reason="test.back", amount=amount, now=now
        )


def account_for(kind: str, purpose: str, *, now: dt.datetime, unit: str = "CNY") -> int:
    """Return an account of the installation's own, opened at the first need."""
    with transaction():
        return open_account(kind=kind, purpose=purpose, unit=unit, now=now)


def earn(
    wallet: int,
    *,
    gross: int,
    fee: int = 0,
    tax: int = 0,
    now: dt.datetime,
    effective_at: dt.datetime | None = None,
    decision: str = "",
    reference: str = "",
    unit: str = "CNY",
) -> Posted:
    """Pay `gross` from outside to a wallet, less a fee and a tax."""
    register_purposes()
    shares = [(FEES, fee), (TAX, tax)]
    legs = [(account_for(*one, now=now, unit=unit), amount) for one, amount in shares if amount]
    payer = account_for(*PAYER, now=now, unit=unit)
    return post(
        (payer, -gross),
        (wallet, gross - fee - tax),
        *legs,
        now=now,
        effective_at=effective_at,
        reason="test.earned",
        decision=decision,
        reference=reference,
    )


def pay_out(wallet: int, *, gross: int, fee: int = 0, tax: int = 0, now: dt.datetime) -> Posted:
    """Pay `gross` out of a wallet to the outside, less a fee and a tax."""
    register_purposes()
    legs = [
        (account_for(*one, now=now), amount)
        for one, amount in [(FEES, fee), (TAX, tax), (PAYER, gross - fee - tax)]
        if amount
    ]
    return post((wallet, -gross), *legs, now=now, reason="test.paid_out")
