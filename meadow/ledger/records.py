"""What is handed to the ledger and what it answers with: plain records."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Leg:
    """What one account gains (or gives, below zero), in minor units of the account's unit."""

    account_id: int
    amount: int


@dataclass(frozen=True, slots=True)
class Capture:
    """Which hold pays for a transfer, how much of it, and whether the rest is given back."""

    hold_id: int
    amount: int
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A transfer to be posted.

    `key` makes it happen once. `reason` is a code that its package has words for, `params` what they
    need; `reference` names the thing it is about, `decision` the decision record behind it.
    `effective_at` None: from when it is booked.
    """

    key: str
    reason: str
    legs: tuple[Leg, ...]
    params: Mapping[str, Any] = field(default_factory=dict)
    reference: str = ""
    decision: str = ""
    effective_at: dt.datetime | None = None
    reverses_id: int | None = None
    capture: Capture | None = None

    def fingerprint(self) -> bytes:
        """Return what tells a repetition from another transfer under the same key (32 bytes)."""
        return hashlib.sha256(orjson.dumps(self, option=orjson.OPT_SORT_KEYS)).digest()


@dataclass(frozen=True, slots=True)
class Posted:
    """A transfer that stands; `replayed` when its key had been posted before."""

    id: int
    public_id: str
    booked_at: dt.datetime
    replayed: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A hold that stands; `replayed` when its key had been used before."""

    id: int
    public_id: str
    replayed: bool


@dataclass(frozen=True, slots=True)
class Funds:
    """What an account holds, in minor units of `unit`; `held` of `posted` is promised away."""

    unit: str
    posted: int
    held: int

    @property
    def available(self) -> int:
        """Return what can be spent or promised now."""
        return self.posted - self.held


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One line of an account's history: what a transfer added (or took), and what was there after."""

    transfer: str
    reason: str
    params: Mapping[str, Any]
    reference: str
    decision: str
    amount: int
    balance_after: int
    unit: str
    effective_at: dt.datetime
    booked_at: dt.datetime
    sequence: int


@dataclass(frozen=True, slots=True)
class TrialLine:
    """What stands on all accounts of one kind, purpose and unit; `held` None where it is not known."""

    unit: str
    kind: str
    purpose: str
    accounts: int
    posted: int
    held: int | None


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """An account as an operator finds it."""

    id: int
    public_id: str
    kind: str
    owner: str
    purpose: str
    unit: str
    opened_at: dt.datetime
    posted: int
    held: int

    @property
    def available(self) -> int:
        """Return what can be spent or promised now."""
        return self.posted - self.held


@dataclass(frozen=True, slots=True)
class BookedLine:
    """One entry of an account, with what the whole account held after it."""

    transfer_id: str
    reason: str
    params: Mapping[str, Any]
    reference: str
    amount: int
    balance: int
    effective_at: dt.datetime
    booked_at: dt.datetime


@dataclass(frozen=True, slots=True)
class OpenHold:
    """An open hold of an account, in minor units of `unit`."""

    public_id: str
    amount: int
    captured: int
    unit: str
    reason: str
    params: Mapping[str, Any]
    reference: str
    held_at: dt.datetime
    expires_at: dt.datetime

    @property
    def left(self) -> int:
        """Return what is still promised."""
        return self.amount - self.captured


@dataclass(frozen=True, slots=True)
class HoldRest:
    """Whose a hold is, and what can still be captured of it: nothing once it is closed or over."""

    account_id: int
    left: int


@dataclass(frozen=True, slots=True)
class TransferLeg:
    """What one account gained by a transfer (or gave, below zero)."""

    account: AccountRecord
    amount: int
    unit: str


@dataclass(frozen=True, slots=True)
class TransferRecord:
    """A transfer with all it says; reversals by their public ids."""

    public_id: str
    key: str
    reason: str
    params: Mapping[str, Any]
    reference: str
    decision: str
    hold: str
    reverses: str
    reversed_by: list[str]
    effective_at: dt.datetime
    booked_at: dt.datetime
    legs: list[TransferLeg]


@dataclass(frozen=True, slots=True)
class BreachLine:
    """The first thing that broke an invariant, by the invariant's name."""

    name: str
    where: str
    found: str


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """A proof of the books, done when `ended_at` is set; `proven` of `invariants` were asked so far."""

    public_id: str
    by: str
    asked_by_id: int | None
    asked_at: dt.datetime
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    invariants: int
    proven: int
    entries: int
    breaches: Sequence[BreachLine]

    @property
    def seconds(self) -> float | None:
        """Return how long it took; None until it is done."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Share:
    """What somebody else got out of a line: to an account of a kind and purpose, in minor units.

    `role` is "fee", "tax" or "" for another share; the amount is below zero where a reversal gave
    it back.
    """

    kind: str
    purpose: str
    role: str
    amount: int


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """One entry of an owned account, from gross to net; amounts in minor units of `unit`.

    `amount` is what the account gained (or gave, below zero). Of `gross`, the `shares` were taken,
    which add up to `fees`, `taxes` and `others`; the rest is what arrived: on this account for what
    comes in, with whoever was paid for what goes out. A reversal says all of it below zero.
    """

    transfer: str
    reason: str
    params: Mapping[str, Any]
    reference: str
    decision: str
    is_reversal: bool
    unit: str
    amount: int
    balance_after: int
    gross: int
    fees: int
    taxes: int
    others: int
    shares: list[Share]
    effective_at: dt.datetime
    booked_at: dt.datetime
    sequence: int

    @property
    def net(self) -> int:
        """Return what arrived of the gross."""
        return self.gross - self.fees - self.taxes - self.others

    @property
    def place(self) -> tuple[dt.datetime, int]:
        """Return where the line stands among those of its account."""
        return self.booked_at, self.sequence


@dataclass(frozen=True, slots=True)
class ReasonTotal:
    """All lines of one reason in one month, `month` its first day; see `ExplainedLine`."""

    month: dt.date
    reason: str
    lines: int
    came_in: int
    went_out: int
    gross: int
    fees: int
    taxes: int
    others: int
