"""Factories for tests: wallets with something in them."""

import datetime as dt

from meadow.core.ids import new_id
from meadow.core.transactions import transaction
from meadow.ledger.queries import list_accounts
from meadow.ledger.records import Draft, Leg
from meadow.ledger.services import hold_funds, open_account, post_transfer, reverse_transfer

WHEN = dt.datetime(2026, 5, 1, 12, 0, tzinfo=dt.UTC)


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
                key=new_id("given"),
                reason="test.given",
                legs=(Leg(account_id, amount), Leg(outside, -amount)),
            ),
            now=now,
        )


def make_books(owner: str, *, now: dt.datetime = WHEN) -> dict[str, str]:
    """Return the public ids of an account on which something is held, and of a transfer that was reversed."""
    account, shop = wallet(owner, 12_050, now=now), wallet("a shop", now=now)
    number = new_id("k")
    with transaction():
        hold_funds(
            account_id=account,
            amount=3_000,
            key=f"held-{number}",
            reason="test.held",
            expires_at=now + dt.timedelta(days=3650),
            now=now,
        )
    with transaction():
        legs = (Leg(account, -2_000), Leg(shop, 2_000))
        draft = Draft(f"paid-{number}", "test.paid", legs, {"note": "=1+1"}, reference="order 7")
        paid = post_transfer(draft=draft, now=now)
    with transaction():
        reverse_transfer(
            transfer_id=paid.id, key=f"back-{number}", reason="test.back", amount=500, now=now
        )
    found = list_accounts(owner=owner, kind="person").items[0]
    return {"account": found.public_id, "transfer": paid.public_id}
