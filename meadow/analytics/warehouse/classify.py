"""What the stream itself shows: a fact sent twice, a token used twice.

Both are decided in stream order, so that reading the stream again from its start ends the same.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from meadow.analytics.facts import ONCE_PER_TOKEN, Row
from meadow.analytics.warehouse.store import Store

PLAIN = re.compile(r"[A-Za-z0-9_',-]+")
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
    wanted = array_literal(ids)
    found = store.query(
        "SELECT id FROM facts WHERE id IN {ids:Array(String)}", params={"ids": wanted}
    )
    return {row[0] for row in found}


def find_used_tokens(store: Store, nonces: Iterable[str], *, life: int) -> dict[Use, int]:
    """Return which kinds each token has been used for, and where in the stream first.

    A use in an earlier life of the stream stands before everything: 0.
    """
    wanted = array_literal(nonce for nonce in nonces if nonce)
    found = store.query(
        "SELECT nonce, kind, min(if(life = {life:Int64}, seq, 0)) FROM facts"
        " WHERE nonce IN {nonces:Array(String)} GROUP BY nonce, kind",
        params={"nonces": wanted, "life": str(life)},
    )
    return {(nonce, kind): int(seq) for nonce, kind, seq in found}


def array_literal(values: Iterable[str]) -> str:
    """Return an array literal of plain words. Raises ValueError for anything else."""
    words = set(values)
    literal = "','".join(words)
    # One look at all of them: the only quotes are those between words.
    if words and (literal.count("'") != 2 * (len(words) - 1) or not PLAIN.fullmatch(literal)):
        raise ValueError("an id or a nonce is not a plain word")
    return f"['{literal}']" if words else "[]"
