"""The fact: who did what to which note, when, from which surface; and its form in the stream.

A stream message holds one batch: `{"v": 5, "facts": {"id": […], "kind": […], …}}` with as many values
in each column, `{"v": 5, "verdicts": [{…}, …]}`, or an Arrow IPC stream of facts whose schema says so
(see columns.py). The names are the columns of the warehouse and of the archive, so that a reader years
from now needs no other document.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

import orjson

STREAM: Final = "FACTS"
SUBJECTS: Final = "facts.>"
# The warehouse's reader of the stream: what it has acknowledged is stored.
CONSUMER: Final = "warehouse"
SUBJECT_WEB: Final = "facts.web"
SUBJECT_ACTIVITY: Final = "facts.activity"
SUBJECT_IMPORT: Final = "facts.import"
SUBJECT_VERDICT: Final = "facts.verdict"
VERSION: Final = 5
# Versions 1 and 2 had facts as rows; version 1 had no `experiment` and no `term`, and no verdicts.
# Version 3 had no `price`, version 4 no `match_class`.
KNOWN_VERSIONS: Final = frozenset({1, 2, 3, 4, 5})
# What came later than the rest, in this order: 0 in a fact from before.
LATER_NUMBERS: Final = ("price", "match_class")

Provenance = Literal["organic", "paid", "granted", "invalid"]
PROVENANCES: Final[tuple[Provenance, ...]] = ("organic", "paid", "granted", "invalid")

# What a browser reports of a card or a note it shows.
BROWSER_KINDS: Final[frozenset[str]] = frozenset(
    {"impression", "open", "read", "dwell", "complete", "click", "share"}
)
# What PostgreSQL knows first, told after commit. `follow`: the author is who is followed, the note 0.
ACTIVITY_KINDS: Final[frozenset[str]] = frozenset(
    {"like", "unlike", "save", "unsave", "comment", "follow", "unfollow", "search", "exposure"}
)
# Somebody looked at the place where a campaign's note would have stood, had they not been drawn into
# its holdout: told as the impression of a sealed token that says so, and never an impression of the note.
GHOST: Final = "ghost"
KINDS: Final[frozenset[str]] = BROWSER_KINDS | ACTIVITY_KINDS | {GHOST}
# A card is shown, a note opened, read and finished once per token; a person may linger or click again.
ONCE_PER_TOKEN: Final[frozenset[str]] = frozenset({"impression", "open", "read", "complete", GHOST})
SHORTEST_READ_MS: Final = 1000


class UnknownFactVersion(ValueError):
    """A message was written by a later release than this one."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One event as the web process vouches for it; times are milliseconds since 1970, UTC.

    `person` is a pseudonym (32 hex characters) or empty; `note_id` and `author_id` are 0 when no
    genuine token named them; `reason` says why `provenance` is `invalid`, else it is empty.
    `experiment` and `arm` name the arm that shaped what was shown; `term` is what was searched
    for, and `slot` of a `search` how many notes it found. `campaign_id` is whose slot it was,
    `price` what the showing costs them if it counts, in millionths of their currency's unit, and
    `match_class` how its topics went together with the reader's, as they who sold it number that.
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
    experiment: str = ""
    term: str = ""
    price: int = 0
    match_class: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement of a fact that came later than the fact; the latest by `at`, then `id`, holds.

    `provenance` is what the fact counts as from now on (a verdict that is taken back says what the
    fact said itself); `case_id` is where the evidence is kept; `at` is milliseconds since 1970.
    """

    id: str
    fact_id: str
    author_id: int
    note_id: int
    provenance: Provenance
    reason: str
    case_id: str
    at: int


Row = dict[str, Any]
Columns = dict[str, list[Any]]
FACT_NAMES: Final = tuple(member.name for member in fields(Fact))


@dataclass(frozen=True, slots=True)
class Batch:
    """What one JSON message holds: columns of facts, rows of verdicts."""

    facts: Columns
    verdicts: list[Row]


def encode_facts(facts: Sequence[Fact]) -> bytes:
    """Return one stream message that holds `facts`."""
    columns = {name: [getattr(fact, name) for fact in facts] for name in FACT_NAMES}
    return orjson.dumps({"v": VERSION, "facts": columns})


def encode_verdicts(verdicts: Sequence[Verdict]) -> bytes:
    """Return one stream message that holds `verdicts`."""
    return orjson.dumps({"v": VERSION, "verdicts": list(verdicts)})


def decode_batch(message: bytes) -> Batch:
    """Return what one JSON message holds.

    Raises ValueError or KeyError for a message that was never ours, UnknownFactVersion for a later one.
    """
    document = orjson.loads(message)
    if not isinstance(document, dict) or not document.keys() & {"facts", "verdicts"}:
        raise ValueError("neither facts nor verdicts")
    if document.get("v") not in KNOWN_VERSIONS:
        raise UnknownFactVersion(f"facts of version {document.get('v')!r}")
    verdicts = document.get("verdicts", [])
    if not isinstance(verdicts, list):
        raise ValueError("not a batch of facts")
    return Batch(facts=_columns_of(document.get("facts", [])), verdicts=verdicts)


def _columns_of(facts: Any) -> Columns:
    if isinstance(facts, list):
        defaults = {"experiment": "", "term": ""} | dict.fromkeys(LATER_NUMBERS, 0)
        facts = {name: [(defaults | row)[name] for row in facts] for name in FACT_NAMES}
    else:
        facts = {name: [0] * len(facts["id"]) for name in LATER_NUMBERS} | facts
    columns = {name: facts[name] for name in FACT_NAMES}
    if any(not isinstance(column, list) for column in columns.values()):
        raise ValueError("not a batch of facts")
    if len({len(column) for column in columns.values()}) > 1:
        raise ValueError("columns of facts of different lengths")
    return columns
