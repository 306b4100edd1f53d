"""Finding accounts."""

from meadow.core.database import fetch_prepared


def find_account(*, kind: str, purpose: str, unit: str, owner: str = "") -> int | None:
    """Return the id of an account, None where it was never opened."""
    rows = fetch_prepared(
        "SELECT id FROM ledger_account"
        " WHERE kind = %s AND owner = %s AND purpose = %s AND unit = %s",
        [kind, owner, purpose, unit],
    )
    return rows[0][0] if rows else None
