"""Play money that leaves: a provider of our own, to try payouts with. It never runs in production.

An account whose number ends in 0000 is closed there, so that failures can be tried too.
"""

import datetime as dt
from typing import Final

from django.utils.translation import gettext_lazy as _

from meadow.core.transactions import transaction
from meadow.payouts.models import SandboxPayout
from meadow.payouts.providers.port import Order, Outcome, Sent

CLOSED: Final = "0000"


class SandboxPayouts:
    """A provider that pays out play money."""

    name = "sandbox"
    label = _("Play money (for trying things out)")
    kinds = frozenset({"bank"})
    by_file = False

    def send(self, order: Order, *, now: dt.datetime) -> Sent:
        """Note the order once, and say how it ended."""
        with transaction():
            noted, _fresh = SandboxPayout.objects.get_or_create(
                order=order.order,
                defaults={
                    "amount": order.amount,
                    "unit": order.unit,
                    "declined": order.details.get("account", "").endswith(CLOSED),
                    "created_at": now,
                },
            )
        return _sent(noted)

    def read(self, order: Order, *, now: dt.datetime) -> Sent | None:
        """Return how an order ended; None where it never came."""
        noted = SandboxPayout.objects.filter(order=order.order).first()
        return _sent(noted) if noted is not None else None


def _sent(noted: SandboxPayout) -> Sent:
    if noted.declined:
        return Sent(reference=noted.order, outcome=Outcome.FAILED, failure="account_closed")
    return Sent(reference=noted.order, outcome=Outcome.SUCCEEDED)
