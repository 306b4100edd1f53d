"""Rules of screening, their changes and dry runs: plain frozen records."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """A rule with who added it and why; `retired_at` is None while it is in force."""

    public_id: str
    kind: str
    pattern: str
    action: str
    scopes: Sequence[str]
    rule: str
    added_by: str
    note: str
    created_at: dt.datetime
    retired_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """A line of the change log; `handle` is empty for somebody who is gone."""

    rule_id: str
    kind: str
    pattern: str
    what: str
    note: str
    handle: str
    changed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class RecentText:
    """A text that stands in public now, for dry runs; `url` leads to it."""

    scope: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A text that a rule would have caught: the word as written, and what stands around it."""

    scope: str
    before: str
    word: str
    after: str
    url: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a rule would have caught among the newest texts; `caught` counts texts."""

    looked_at: int
    caught: int
    samples: Sequence[Sample]
