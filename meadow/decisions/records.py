"""What goes into the record of decisions and what comes out: plain frozen records."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import orjson

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
# A value that many rulings have in common, as canonical JSON: `documents.share` makes it.
Shared: TypeAlias = orjson.Fragment
BY_RULE = "rule"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a code and its parameters, from which words are made in the reader's language."""

    code: str
    params: "Mapping[str, JSON]"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision to be recorded. Neither `inputs` nor `reasons` may name the person.

    `scope` says what decided (`programs/creator-center`), `inputs` the values as they stood,
    `decided_by` is `rule` or `operator:` and the public id of whoever decided by hand.
    """

    person_id: int
    scope: str
    capability: str
    outcome: str
    rule_version: str
    inputs: "Mapping[str, JSON | Shared]"
    reasons: Sequence[Reason]
    valid_until: dt.datetime | None = None
    appeal_until: dt.datetime | None = None
    decided_by: str = BY_RULE


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision as it was signed; `subject` is the pseudonym, `person_id` None once erased.

    `appeal_state` is open, granted, refused, withdrawn, or empty where nobody appealed.
    """

    id: int
    public_id: str
    person_id: int | None
    subject: str
    scope: str
    capability: str
    outcome: str
    rule_version: str
    inputs: "Mapping[str, JSON]"
    reasons: Sequence[Reason]
    decided_at: dt.datetime
    valid_until: dt.datetime | None
    appeal_until: dt.datetime | None
    decided_by: str
    appeal_state: str = ""


@dataclass(frozen=True, slots=True)
class AppealRecord:
    """An appeal with the decision it is about; the answer is empty while it is open.

    `terms` is the version of the terms under which it was opened; `withdrawn_at` is None also
    where erasing the person withdrew it.
    """

    id: int
    public_id: str
    decision: DecisionRecord
    person_id: int | None
    words: str
    state: str
    opened_at: dt.datetime
    terms: int
    due_at: dt.datetime
    withdrawn_at: dt.datetime | None
    answer: str
    answered_at: dt.datetime | None
    reviewer_id: int | None
    ruling_id: str

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.state == "open"


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A public key that signed or signs; `last_used_at` is None while it has signed nothing."""

    key_id: str
    public_key: str
    first_used_at: dt.datetime
    last_used_at: dt.datetime | None
    signs_now: bool


@dataclass(frozen=True, slots=True)
class TermsRecord:
    """A version of the terms of appeals; `operator_id` is None for those that ship."""

    number: int
    answer_days: int
    active_from: dt.datetime
    note: str
    operator_id: int | None
