"""What Django checks before it serves: play money never meets real people."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register


@register(Tags.security)
def check_providers(app_configs: Any, **options: Any) -> Sequence[CheckMessage]:
    """Refuse the sandbox in production, and name a provider whose news nobody could believe."""
    found: list[CheckMessage] = []
    keys = settings.PAYMENTS
    if settings.PRODUCTION and keys.sandbox:
        found.append(
            Error(
                "The sandbox payment provider is on in production: anybody could top up with"
                " play money.",
                hint="Unset MEADOW_SANDBOX_PAYMENTS.",
                id="payments.E001",
            )
        )
    if keys.stripe.key and not keys.stripe.webhook_secret:
        found.append(
            Warning(
                "Stripe is on, but its messages cannot be checked: payments are noticed late, by"
                " asking for them.",
                hint="Set MEADOW_STRIPE_WEBHOOK_SECRET to the secret of the webhook in Stripe's"
                " dashboard (it begins with whsec_).",
                id="payments.W001",
            )
        )
    return found
