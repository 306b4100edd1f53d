"""What the operator's finance answers with: plain records; amounts in minor units of `unit`."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Side:
    """An account as one side of a proposal; `id` and `public_id` are empty while it was never opened."""

    id: int | None
    public_id: str
    kind: str
    owner: str
    purpose: str
    unit: str
    posted: int
    held: int
    guarded: bool

    @property
    def available(self) -> int:
        """Return what can be moved now."""
        return self.posted - self.held

    @property
    def person_id(self) -> int | None:
        """Return whose it is, where it is a person's."""
        return int(self.owner) if self.kind == "person" and self.owner.isdecimal() else None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a transfer would leave on both sides; `short` where the giving one has not enough."""

    giver: Side
    taker: Side
    amount: int
    unit: str

    @property
    def giver_after(self) -> int:
        """Return what the giving account would hold."""
        return self.giver.posted - self.amount

    @property
    def taker_after(self) -> int:
        """Return what the gaining account would hold."""
        return self.taker.posted + self.amount

    @property
    def short(self) -> int:
        """Return how much is missing on the giving account, 0 where nothing is."""
        return max(0, self.amount - self.giver.available) if self.giver.guarded else 0


@dataclass(frozen=True, slots=True)
class ProposalRecord:
    """A transfer by hand, with both accounts as they stand now."""

    public_id: str
    kind: str
    state: str
    amount: int
    unit: str
    words: str
    reference: str
    proposed_by: int | None
    proposed_at: dt.datetime
    expires_at: dt.datetime
    decided_by: int | None
    decided_at: dt.datetime | None
    answer: str
    transfer: str
    decision: str
    given_back: str
    giver: Side
    taker: Side

    @property
    def preview(self) -> Preview:
        """Return what it would leave on both sides now."""
        return Preview(self.giver, self.taker, self.amount, self.unit)


@dataclass(frozen=True, slots=True)
class TermsRecord:
    """A version of the limits; `stuck_after` in minutes, by kind of what waits."""

    number: int
    proposal_days: int
    appeal_days: int
    stuck_after: Mapping[str, int]
    active_from: dt.datetime
    note: str
    operator_id: int | None


@dataclass(frozen=True, slots=True)
class ResolutionRecord:
    """What somebody did about a difference; `told` is what it said then."""

    public_id: str
    subject: str
    name: str
    words: str
    resolved_by: int | None
    resolved_at: dt.datetime
    told: Mapping[str, Any] = field(default_factory=dict)
