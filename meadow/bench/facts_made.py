"""Facts by the hundred thousand, the same each time, for benches of the fact path."""

from typing import Any, Final

import numpy as np
import pyarrow as pa

from meadow.analytics.columns import FACT_SCHEMA, MILLISECONDS

NOTES: Final = 2_000
AUTHORS: Final = 200
PEOPLE: Final = 50_000
DAY_MS: Final = 24 * 3600 * 1000
START_MS: Final = 1_773_446_400_000  # 2026-03-14
KINDS: Final = np.array(["impression"] * 6 + ["open", "read", "dwell", "click"])


def make_facts(count: int, *, first: int) -> Any:
    """Return `count` facts numbered from `first`: notes as popular as a Zipf law, one a token."""
    random = np.random.default_rng(first)
    notes = np.minimum(random.zipf(1.3, count), NOTES)
    numbers = range(first, first + count)
    at = START_MS + np.sort(random.integers(0, DAY_MS, count))
    people = random.integers(0, PEOPLE, count)
    given: dict[str, Any] = {
        "id": [f"i{number:015d}" for number in numbers],
        "kind": KINDS[random.integers(0, len(KINDS), count)],
        "note_id": notes,
        "author_id": notes % AUTHORS + 1,
        "person": [f"{person:032x}" for person in people],
        "signed_in": np.ones(count, dtype=bool),
        "surface": np.full(count, "hot"),
        "slot": np.zeros(count, dtype=np.uint16),
        "campaign_id": np.zeros(count, dtype=np.int64),
        "arm": np.zeros(count, dtype=np.uint16),
        "experiment": np.full(count, ""),
        "nonce": [f"{number:024x}" for number in numbers],
        "at": pa.array(at, MILLISECONDS),
        "received_at": pa.array(np.full(count, START_MS + DAY_MS), MILLISECONDS),
        "ms": random.integers(0, 60_000, count),
        "provenance": np.full(count, "organic"),
        "reason": np.full(count, ""),
        "term": np.full(count, ""),
        "price": np.zeros(count, dtype=np.uint32),
        "match_class": np.zeros(count, dtype=np.uint8),
    }
    arrays = [pa.array(given[field.name], field.type) for field in FACT_SCHEMA]
    return pa.Table.from_arrays(arrays, schema=FACT_SCHEMA)
