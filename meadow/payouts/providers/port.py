"""The one port to whoever pays people out: what Meadow asks of each, and what it hears."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Protocol

from django.utils.functional import Promise

from meadow.payments.providers.port import Outcome

__all__ = ["Order", "Outcome", "Sent", "Way"]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be paid: `amount` minor units of `unit`; `order` makes it happen once there."""

    order: str
    payout: str
    amount: int
    unit: str
    kind: str
    details: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """How an order stands at the provider."""

    reference: str
    outcome: Outcome
    failure: str = ""


class Way(Protocol):
    """A way to pay out. `send` and `read` may raise ProviderAway."""

    @property
    def name(self) -> str:
        """What it is called in the ledger."""
        ...

    @property
    def label(self) -> str | Promise:
        """What operators choose it by."""
        ...

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of payout accounts that it pays to."""
        ...

    @property
    def by_file(self) -> bool:
        """Whether people carry it out by a file: then it is neither sent nor read here."""
        ...

    def send(self, order: Order, *, now: dt.datetime) -> Sent:
        """Have it paid; the same order again is the same at the provider."""
        ...

    def read(self, order: Order, *, now: dt.datetime) -> Sent | None:
        """Return how an order stands; None where the provider never heard of it."""
        ...
