"""What is read from the ledger."""

from meadow.ledger.queries.accounts import find_account
from meadow.ledger.queries.balances import balance_at, effective_balance_at, read_funds
from meadow.ledger.queries.owned import funds_of_owners, list_entries, list_open_holds

__all__ = [
    "balance_at",
    "effective_balance_at",
    "find_account",
    "funds_of_owners",
    "list_entries",
    "list_open_holds",
    "read_funds",
]
