"""Receipts: what an outsider needs to check one decision, and the check itself. Pure, no database.

The format and a short script that checks it elsewhere are in docs/algorithms/receipts.md.
"""

from typing import Final

KIND: Final = "meadow.receipt.v1"
DOMAIN: Final = "meadow decisions batch 1"


def batch_message(*, batch_id: str, size: int, root: str, signed_at: str) -> bytes:
    """Return what the signature of a batch is over: five lines, the first of which names the use."""
    return "\n".join([DOMAIN, batch_id, str(size), root, signed_at]).encode()
