"""The ways to pay out that are on, by the settings."""

from collections.abc import Mapping
from functools import cache

from django.conf import settings

from meadow.payouts.errors import WayMissing
from meadow.payouts.providers.by_bank_file import BankFile
from meadow.payouts.providers.by_sandbox import SandboxPayouts
from meadow.payouts.providers.by_stripe import StripeTransfers
from meadow.payouts.providers.port import Way
from meadow.runtime.payment_keys import PaymentKeys

__all__ = ["find_way", "list_ways"]


def list_ways() -> list[Way]:
    """Return the ways to pay out that are on, in the order in which they are offered."""
    return list(_ways(settings.PAYMENTS, settings.PRODUCTION).values())


def find_way(name: str) -> Way:
    """Return a way to pay out that is on. Raises WayMissing."""
    try:
        return _ways(settings.PAYMENTS, settings.PRODUCTION)[name]
    except KeyError:
        raise WayMissing from None


@cache
def _ways(keys: PaymentKeys, production: bool) -> Mapping[str, Way]:
    found: list[Way] = [BankFile()]
    if keys.stripe.key:
        found.append(StripeTransfers(keys.stripe))
    # Whatever else the settings say: nobody is told that they were paid with play money.
    if keys.sandbox and not production:
        found.append(SandboxPayouts())
    return {one.name: one for one in found}
