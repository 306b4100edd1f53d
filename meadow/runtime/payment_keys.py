"""What the outside says about payment providers: keys and addresses, from variables and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from meadow.runtime.errors import Misconfigured

STRIPE_API: Final = "https://api.stripe.com"


@dataclass(frozen=True, slots=True)
class StripeKeys:
    """How to speak to Stripe; an empty key means that it is off."""

    key: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    api: str = STRIPE_API


@dataclass(frozen=True, slots=True)
class PaymentKeys:
    """Which providers are on; secrets never reach a log, because they are left out of `repr`."""

    sandbox: bool = False
    stripe: StripeKeys = field(default_factory=StripeKeys)


def read_payment_keys(env: Mapping[str, str], *, sandbox: bool, production: bool) -> PaymentKeys:
    """Return what MEADOW_STRIPE_… and the like say. Raises Misconfigured.

    `sandbox` is what MEADOW_SANDBOX_PAYMENTS says.
    """
    return PaymentKeys(sandbox=sandbox, stripe=_read_stripe(env, production=production))


def _read_stripe(env: Mapping[str, str], *, production: bool) -> StripeKeys:
    key = env.get("MEADOW_STRIPE_KEY", "")
    if key and not key.startswith(("sk_", "rk_")):
        raise Misconfigured(
            "MEADOW_STRIPE_KEY is not a secret key of Stripe.",
            mend="take the key that begins with sk_ or rk_ from Stripe's dashboard, under API keys",
        )
    if production and key.startswith(("sk_test_", "rk_test_")):
        raise Misconfigured(
            "MEADOW_STRIPE_KEY is a test key: people would be credited for money that never came.",
            mend="take the live key from Stripe's dashboard, or leave the variable out",
        )
    api = env.get("MEADOW_STRIPE_URL") or STRIPE_API
    if production and urlsplit(api).scheme != "https":
        raise Misconfigured(
            f"MEADOW_STRIPE_URL is {api!r}: keys would travel in the open.",
            mend="leave the variable out, so that Stripe itself is asked",
        )
    return StripeKeys(
        key=key, webhook_secret=env.get("MEADOW_STRIPE_WEBHOOK_SECRET", ""), api=api.rstrip("/")
    )
