"""What is read from the ledger."""

from meadow.ledger.queries.accounts import find_account
from meadow.ledger.queries.balances import balance_at, effective_balance_at, read_funds
from meadow.ledger.queries.books import trial_balance
from meadow.ledger.queries.checks import get_check, last_check, list_checks
from meadow.ledger.queries.explained import (
    explain_lines,
    fingerprint_lines,
    list_moved_accounts,
    sum_by_reason,
)
from meadow.ledger.queries.explorer import (
    each_entry,
    get_account,
    get_accounts,
    get_transfer,
    list_accounts,
    walk_entries,
)
from meadow.ledger.queries.owned import (
    funds_of_owners,
    list_entries,
    list_holds,
    list_runs,
    read_holds,
)
from meadow.ledger.queries.waiting import open_holds, sum_open_holds

__all__ = [
    "balance_at",
    "each_entry",
    "effective_balance_at",
    "explain_lines",
    "find_account",
    "fingerprint_lines",
    "funds_of_owners",
    "get_account",
    "get_accounts",
    "get_check",
    "get_transfer",
    "last_check",
    "list_accounts",
    "list_checks",
    "list_entries",
    "list_holds",
    "list_moved_accounts",
    "list_open_holds",
    "list_runs",
    "open_holds",
    "read_funds",
    "read_holds",
    "sum_by_reason",
    "sum_open_holds",
    "trial_balance",
    "walk_entries",
]
