"""The one port to payment providers: what Meadow asks of each, and what it hears.

A provider is never believed twice: news only says *that* something changed, and the payment is then
read from the provider again. So news may come late, twice, or in any order.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from django.utils.functional import Promise


class Outcome(StrEnum):
    """How a charge or a refund stands at the provider."""

    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Charge:
    """What a payer is asked for: `amount` in minor units of `unit`.

    `payment` is our public id, which the provider is also handed as the key that makes it happen
    once. `method` is the provider's own token of a payment method, where software has one.
    """

    payment: str
    amount: int
    unit: str
    title: str
    return_url: str
    notify_url: str
    language: str = "en"
    method: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """A charge that the provider knows, and where the payer goes on."""

    reference: str
    pay_url: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a charge stands: `amount` and `unit` are what the provider says came in.

    While it waits for its payer, an app goes on with `client_secret`, which is never kept.
    """

    outcome: Outcome
    amount: int
    unit: str
    failure: str = ""
    client_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Repayment:
    """What is to be given back: `refund` is our public id, and the key that makes it happen once."""

    refund: str
    payment: str
    reference: str
    amount: int
    total: int
    unit: str


@dataclass(frozen=True, slots=True)
class Repaid:
    """How a refund stands at the provider."""

    reference: str
    outcome: Outcome
    failure: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """Verified news of a provider; `event` is its own id, which makes it count once.

    `payment` is our id where the provider repeats it, `reference` the provider's.
    """

    event: str
    kind: str
    payment: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One charge as the provider lists it, for reconciliation."""

    reference: str
    payment: str
    amount: int
    unit: str
    refunded: int
    at: dt.datetime


class Provider(Protocol):
    """A way to pay. All of it may raise ProviderAway; `begin` and `repay` also ProviderRefused."""

    @property
    def name(self) -> str:
        """What it is called in addresses and in the ledger."""
        ...

    @property
    def label(self) -> str | Promise:
        """What it is called where a payer chooses."""
        ...

    @property
    def units(self) -> frozenset[str]:
        """The currencies that it takes."""
        ...

    @property
    def takes_methods(self) -> bool:
        """Whether software may bring a payment method of its own."""
        ...

    @property
    def lists_charges(self) -> bool:
        """Whether `list_charges` can be asked what came in there."""
        ...

    def begin(self, charge: Charge, *, now: dt.datetime) -> Begun:
        """Tell the provider of a charge; the same charge again is the same at the provider."""
        ...

    def confirm(self, reference: str, *, now: dt.datetime) -> None:
        """Charge the method that a charge was begun with, where `takes_methods`."""
        ...

    def read(self, reference: str, *, payment: str, now: dt.datetime) -> Standing:
        """Return how a charge stands now."""
        ...

    def repay(self, wanted: Repayment, *, now: dt.datetime) -> Repaid:
        """Give back a part or all of a charge; the same refund again is the same at the provider."""
        ...

    def verify(self, body: bytes, headers: Mapping[str, str], *, now: dt.datetime) -> News:
        """Return the news in a signed message.

        Raises WebhookUnset, WebhookForged, WebhookStale, WebhookUnreadable.
        """
        ...

    def list_charges(self, *, since: dt.datetime, until: dt.datetime) -> Iterator[Listed]:
        """List the charges that came in, begun from `since` on and before `until`."""
        ...
