"""Stripe transfers to connected accounts, by the official client.

Each order is one transfer: its id is the idempotency key, and the transfer group by which it is
found again when the answer was lost, because Stripe forgets keys after a day.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import stripe
from django.utils.translation import gettext_lazy as _

from meadow.payments.errors import ProviderAway
from meadow.payouts.providers.port import Order, Outcome, Sent
from meadow.runtime.payment_keys import StripeKeys

PATIENCE: Final = (5.0, 20.0)
PAYOUT: Final = "meadow_payout"


class StripeTransfers:
    """Transfers to accounts that are connected to ours at Stripe."""

    name = "stripe"
    label = _("Stripe transfer")
    kinds = frozenset({"stripe"})
    by_file = False

    def __init__(self, keys: StripeKeys) -> None:
        self._client = stripe.StripeClient(
            keys.key,
            base_addresses={"api": keys.api},
            http_client=stripe.RequestsClient(timeout=PATIENCE),
            max_network_retries=1,
        )

    def send(self, order: Order, *, now: dt.datetime) -> Sent:
        """Make the transfer; what Stripe refuses has failed."""
        try:
            with _told():
                made = self._client.v1.transfers.create(
                    {
                        "amount": order.amount,
                        "currency": order.unit.lower(),
                        "destination": order.details["stripe"],
                        "transfer_group": order.order,
                        "metadata": {PAYOUT: order.payout},
                    },
                    {"idempotency_key": f"transfer-{order.order}"},
                )
        except _Refused as refused:
            return Sent(reference="", outcome=Outcome.FAILED, failure=refused.code)
        return _sent(made)

    def read(self, order: Order, *, now: dt.datetime) -> Sent | None:
        """Return how the transfer stands; None where Stripe never made it."""
        try:
            with _told():
                found = self._client.v1.transfers.list({"transfer_group": order.order, "limit": 1})
        except _Refused as refused:
            raise ProviderAway from refused
        made = found.data
        return _sent(made[0]) if made else None


def _sent(made: stripe.Transfer) -> Sent:
    """A transfer is there at once; one that was reversed whole has come back."""
    if made.reversed:
        return Sent(reference=made.id, outcome=Outcome.FAILED, failure="reversed")
    return Sent(reference=made.id, outcome=Outcome.SUCCEEDED)


class _Refused(Exception):
    """Stripe does not accept what it was asked; `code` is its own word for why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@contextmanager
def _told() -> Iterator[None]:
    """Tell apart what may yet have happened, and what Stripe has refused."""
    try:
        yield
    except stripe.StripeError as failed:
        status = failed.http_status or 0
        if status in (408, 409, 429) or status >= 500 or not status:
            raise ProviderAway from failed
        raise _Refused(str(failed.code or status)) from failed
