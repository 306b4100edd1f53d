"""What the stream itself shows: a fact sent twice, a token used twice.

Both are decided in stream order, so that reading the stream again from its start ends the same.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from meadow.analytics.facts import ONCE_PER_TOKEN, Row
from meadow.analytics.warehouse.store import Store

PLAIN = re.compile(r"[A-Za-z0-9_',-]+")
Use = tuple[str, str]  # of a token (its nonce) for a kind
ONCE = pa.array(sorted(ONCE_PER_TOKEN))
# A literal of this many ids stays well within what one query may be long.
IDS_A_QUERY: Final = 50_000


def find_stored(store: Store, table: str, ids: Any) -> Any:
    """Return which ids (an Arrow array) the facts or verdicts of the warehouse hold already."""
    found: list[str] = []
    for start in range(0, len(ids), IDS_A_QUERY):
        wanted = array_literal(ids[start : start + IDS_A_QUERY].to_pylist())
        query = f"SELECT id FROM {table} WHERE id IN {{ids:Array(String)}}"  # noqa: S608
        found += (row[0] for row in store.query(query, params={"ids": wanted}))
    return pa.array(found, pa.string())


def token_rows(facts: Any, *, doubtful: Any) -> list[Row]:
    """Return the rows that used a token, once per kind, with their `place` among the facts.

    `doubtful` is a mask: the others' tokens cannot have been used before.
    """
    once = pc.is_in(facts["kind"], value_set=ONCE).to_numpy(zero_copy_only=False)
    named = pc.not_equal(facts["nonce"], "").to_numpy()
    places = np.flatnonzero(doubtful & once & named)
    rows: list[Row] = (
        facts.select(["nonce", "kind", "seq", "provenance"]).take(pa.array(places)).to_pylist()
    )
    for row, place in zip(rows, places, strict=True):
        row["place"] = int(place)
    return rows


def mark_reused_tokens(rows: Sequence[Row], *, used: Mapping[Use, int]) -> list[int]:
    """Return the places of rows whose token was used for the same kind before, in `used` or `rows`.

    `used` says at which sequence. A later use does not count: it may be stored already when a
    batch that a crash cut short is read again. A row that is invalid for another reason uses its
    token up all the same, and keeps its reason.
    """
    taken: set[Use] = set()
    marked = []
    for row in rows:
        use = (row["nonce"], row["kind"])
        if use not in taken and used.get(use, row["seq"]) >= row["seq"]:
            taken.add(use)
        elif row["provenance"] != "invalid":
            marked.append(row["place"])
    return marked


def find_used_tokens(store: Store, nonces: Iterable[str], *, life: int) -> dict[Use, int]:
    """Return which kinds each token has been used for, and where in the stream first.

    A use in an earlier life of the stream stands before everything: 0.
    """
    wanted = array_literal(nonces)
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
