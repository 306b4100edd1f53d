"""What writes to the ledger."""

from meadow.ledger.services.accounts import open_account
from meadow.ledger.services.holds import (
    EXPIRED_AT_ONCE,
    capture_hold,
    expire_holds,
    hold_funds,
    void_hold,
)
from meadow.ledger.services.posting import post_alone, post_transfer, post_transfers
from meadow.ledger.services.proving import ask_check, prove_books, run_check
from meadow.ledger.services.reversing import reverse_transfer

__all__ = [
    "EXPIRED_AT_ONCE",
    "ask_check",
    "capture_hold",
    "expire_holds",
    "hold_funds",
    "open_account",
    "post_alone",
    "post_transfer",
    "post_transfers",
    "prove_books",
    "reverse_transfer",
    "run_check",
    "void_hold",
]
