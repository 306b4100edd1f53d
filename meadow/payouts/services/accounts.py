"""The accounts of the ledger that payouts move between."""

import datetime as dt

from meadow.core.transactions import transaction_required
from meadow.ledger.services import open_account


@transaction_required
def on_their_way(*, unit: str, now: dt.datetime) -> int:
    """Return the account of payouts that have left a wallet and are not paid yet."""
    return open_account(kind="platform", purpose="payouts on their way", unit=unit, now=now)


@transaction_required
def fees_account(*, unit: str, now: dt.datetime) -> int:
    """Return the account of what is kept of payouts."""
    return open_account(kind="platform", purpose="payout fees", unit=unit, now=now)


@transaction_required
def tax_account(*, region: str, unit: str, now: dt.datetime) -> int:
    """Return the account of what is withheld for the tax office of a region."""
    return open_account(kind="tax", purpose=f"withheld {region}", unit=unit, now=now)
