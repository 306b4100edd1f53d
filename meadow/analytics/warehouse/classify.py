"""What the stream itself shows: a fact sent twice, a token used twice.

Both are decided in stream order, so that reading the stream again from its start ends the same.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from meadow.analytics.facts import ONCE_PER_TOKEN, Row
from meadow.analytics.warehouse.store import Store

Use = tuple[str, str]  # of a token (its nonce) for a kind
ONCE = pa.array(sorted(ONCE_PER_TOKEN))


def find_stored(store: Store, table: str, ids: Any) -> Any:
    """Return which ids (an Arrow array) the facts or verdicts of the warehouse hold already."""
    given = pa.table({"id": check_words(ids)})
    found = store.match(
        f"SELECT id FROM {table} WHERE id IN (SELECT id FROM Python(given))",  # noqa: S608
        given,
    )
    return found["id"].combine_chunks() if found.num_rows else pa.array([], pa.string())


def token_uses(facts: Any, *, doubtful: Any) -> Any:
    """Return a table of the rows that used a token, once per kind, with their `place` among the facts.

    `doubtful` is a mask: the others' tokens cannot have been used before.
    """
    once = pc.is_in(facts["kind"], value_set=ONCE).to_numpy(zero_copy_only=False)
    named = pc.not_equal(facts["nonce"], "").to_numpy()
    places = np.flatnonzero(doubtful & once & named)
    uses = facts.select(["nonce", "kind", "seq", "provenance"]).take(pa.array(places))
    return uses.append_column("place", pa.array(places))


def are_unlike(uses: Any) -> bool:
    """Whether no two of these rows used the same token for the same kind."""
    both = pc.binary_join_element_wise(uses["nonce"], uses["kind"], "/")
    return bool(pc.count_distinct(both).as_py() == uses.num_rows)


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


def find_used_tokens(store: Store, nonces: Any, *, life: int) -> dict[Use, int]:
    """Return which kinds each of these tokens (an array) has been used for, and where first.

    A use in an earlier life of the stream stands before everything: 0.
    """
    given = pa.table({"nonce": check_words(pc.unique(nonces))})
    found = store.match(
        f"SELECT nonce, toString(kind) AS kind, min(if(life = {life:d}, seq, 0)) AS seq"  # noqa: S608
        " FROM facts WHERE nonce IN (SELECT nonce FROM Python(given)) GROUP BY nonce, kind",
        given,
    )
    if not found.num_rows:
        return {}
    columns = [found[name].to_pylist() for name in ("nonce", "kind", "seq")]
    return {(nonce, kind): int(seq) for nonce, kind, seq in zip(*columns, strict=True)}


def check_words(words: Any) -> Any:
    """Return an array of ids or nonces. Raises ValueError unless all are plain words."""
    if not pc.all(pc.match_substring_regex(words, r"\A[A-Za-z0-9_-]+\z")).as_py() and len(words):
        raise ValueError("an id or a nonce is not a plain word")
    return words
