"""The fact: who did what to which note, when, from which surface; and its form in the stream.

A stream message holds one batch: `{"v": 1, "facts": [{…}, …]}`. The names are the columns of the
warehouse, so that a reader of the archive years from now needs no other document.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

STREAM: Final = "FACTS"
SUBJECTS: Final = "facts.>"
SUBJECT_WEB: Final = "facts.web"
VERSION: Final = 1

Kind = Literal["impression", "open", "read", "dwell", "click"]
Provenance = Literal["organic", "paid", "granted", "invalid"]

KINDS: Final[frozenset[str]] = frozenset({"impression", "open", "read", "dwell", "click"})
# A card is shown, opened and read once per token; a person may linger or click again.
ONCE_PER_TOKEN: Final[frozenset[str]] = frozenset({"impression", "open", "read"})
SHORTEST_READ_MS: Final = 1000


class UnknownFactVersion(ValueError):
    """A message was written by a later release than this one."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One event as the web process vouches for it; times are milliseconds since 1970, UTC.

    `person` is a pseudonym (32 hex characters) or empty; `note_id` and `author_id` are 0 when no
    genuine token named them; `reason` says why `provenance` is `invalid`, else it is empty.
    """

    id: str
    kind: str
    note_id: int
    author_id: int
    person: str
    signed_in: bool
    surface: str
    slot: int
    campaign_id: int
    arm: int
    nonce: str
    at: int
    received_at: int
    ms: int
    provenance: Provenance = "organic"
    reason: str = ""


Row = dict[str, Any]


def encode_facts(facts: Sequence[Fact]) -> bytes:
    """Return one stream message that holds `facts`."""
    return orjson.dumps({"v": VERSION, "facts": list(facts)})


def decode_facts(message: bytes) -> list[Row]:
    """Return the rows of one stream message.

    Raises ValueError for a message that was never ours, UnknownFactVersion for a later one.
    """
    document = orjson.loads(message)
    if not isinstance(document, dict) or not isinstance(document.get("facts"), list):
        raise ValueError("not a batch of facts")
    if document.get("v") != VERSION:
        raise UnknownFactVersion(f"facts of version {document.get('v')!r}")
    rows: list[Row] = document["facts"]
    return rows
