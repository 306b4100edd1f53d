"""What writes to the ledger."""

from meadow.ledger.services.accounts import open_account
from meadow.ledger.services.holds import (
    EXPIRED_AT_ONCE,
    capture_hold,
    expire_holds,
    hold_funds,
    void_hold,
)
from meadow.ledger.services.posting import post_transfer, post_transfers
from meadow.ledger.services.reversing import reverse_transfer

__all__ = [
    "EXPIRED_AT_ONCE",
    "capture_hold",
    "expire_holds",
    "hold_funds",
    "open_account",
    "post_transfer",
    "post_transfers",
    "reverse_transfer",
    "void_hold",
]
