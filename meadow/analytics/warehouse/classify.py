"""What the stream itself shows: a fact sent twice, a token used twice.

Both are decided in stream order, so that reading the stream again from its start ends the same.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from meadow.analytics.facts import ONCE_PER_TOKEN, Row
from meadow.analytics.warehouse.store import Store

PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}")
REUSED: Final = "token_reused"
Use = tuple[str, str]  # of a token (its nonce) for a kind


def drop_duplicates(rows: Sequence[Row], *, stored: set[str]) -> list[Row]:
    """Return the rows whose id is neither in `stored` nor earlier in `rows`."""
    seen = set(stored)
    fresh = []
    for row in rows:
        if row["id"] not in seen:
            seen.add(row["id"])
            fresh.append(row)
    return fresh


def mark_reused_tokens(rows: Sequence[Row], *, used: Mapping[Use, int]) -> None:
    """Make a row invalid whose token was used for the same kind before, in `used` or in `rows`.

    `used` says at which sequence. A later use does not count: it may be stored already when a
    batch that a crash cut short is read again. A row that is invalid for another reason uses its
    token up all the same.
    """
    taken: set[Use] = set()
    for row in rows:
        if not row["nonce"] or row["kind"] not in ONCE_PER_TOKEN:
            continue
        use = (row["nonce"], row["kind"])
        if use not in taken and used.get(use, row["seq"]) >= row["seq"]:
            taken.add(use)
        elif row["provenance"] != "invalid":
            row["provenance"], row["reason"] = "invalid", REUSED


def find_stored_ids(store: Store, ids: Iterable[str]) -> set[str]:
    """Return which fact ids the warehouse holds already."""
    wanted = plain_list(ids)
    if not wanted:
        return set()
    found = store.query(
        "SELECT id FROM facts WHERE id IN {ids:Array(String)}", params={"ids": wanted}
    )
    return {row[0] for row in found}


def find_used_tokens(store: Store, nonces: Iterable[str], *, life: int) -> dict[Use, int]:
    """Return which kinds each token has been used for, and where in the stream first.

    A use in an earlier life of the stream stands before everything: 0.
    """
    wanted = plain_list(nonces)
    if not wanted:
        return {}
    found = store.query(
        "SELECT nonce, kind, min(if(life = {life:Int64}, seq, 0)) FROM facts"
        " WHERE nonce IN {nonces:Array(String)} GROUP BY nonce, kind",
        params={"nonces": wanted, "life": str(life)},
    )
    return {(nonce, kind): int(seq) for nonce, kind, seq in found}


def plain_list(values: Iterable[str]) -> str:
    """Return an array literal of plain words; anything else is left out and so found nowhere."""
    words = {value for value in values if PLAIN.fullmatch(value)}
    return "[" + ",".join(f"'{word}'" for word in words) + "]" if words else ""
