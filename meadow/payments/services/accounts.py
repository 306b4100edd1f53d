"""The accounts of the ledger that payments move between."""

import datetime as dt

from meadow.core.transactions import transaction_required
from meadow.ledger.services import open_account


@transaction_required
def wallet_account(*, person_id: int, unit: str, now: dt.datetime) -> int:
    """Return the account of a person's wallet in a unit, opened at the first need."""
    return open_account(kind="person", owner=str(person_id), purpose="wallet", unit=unit, now=now)


@transaction_required
def provider_account(*, provider: str, unit: str, now: dt.datetime) -> int:
    """Return the account of a provider: below zero by what it brought in and still owes or paid out."""
    return open_account(kind="provider", purpose=provider, unit=unit, now=now)


@transaction_required
def refunds_account(*, unit: str, now: dt.datetime) -> int:
    """Return the account of refunds that have left a wallet and are not at the provider yet."""
    return open_account(kind="platform", purpose="refunds on their way", unit=unit, now=now)
