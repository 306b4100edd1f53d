"""Factories for tests: wallets with something in them."""

import datetime as dt
from itertools import count

from meadow.core.transactions import transaction
from meadow.ledger.records import Draft, Leg
from meadow.ledger.services import open_account, post_transfer

WHEN = dt.datetime(2026, 5, 1, 12, 0, tzinfo=dt.UTC)
_numbers = count()


def wallet(owner: str, amount: int = 0, *, unit: str = "CNY", now: dt.datetime = WHEN) -> int:
    """Return the account of a person's wallet, with `amount` given from outside."""
    with transaction():
        account = open_account(kind="person", owner=owner, purpose="wallet", unit=unit, now=now)
    if amount:
        give(account, amount, unit=unit, now=now)
    return account


def give(account_id: int, amount: int, *, unit: str = "CNY", now: dt.datetime = WHEN) -> None:
    """Put units from outside into an account."""
    with transaction():
        outside = open_account(kind="provider", purpose="cash", unit=unit, now=now)
        post_transfer(
            draft=Draft(
                key=f"given-{next(_numbers)}",
                reason="test.given",
                legs=(Leg(account_id, amount), Leg(outside, -amount)),
            ),
            now=now,
        )
