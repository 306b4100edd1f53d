"""What is read from the ledger."""

from meadow.ledger.queries.accounts import find_account
from meadow.ledger.queries.balances import balance_at, effective_balance_at, read_funds

__all__ = ["balance_at", "effective_balance_at", "find_account", "read_funds"]
