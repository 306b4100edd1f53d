"""What Django checks before it serves: payee details are sealed with a key that somebody keeps."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def check_sealing_key(app_configs: Any, **options: Any) -> Sequence[CheckMessage]:
    """Refuse the key that development makes for itself where real people are paid."""
    if not settings.PRODUCTION or settings.ENVIRONMENT.payout_keys:
        return []
    return [
        Error(
            "Payee details would be sealed with a key that was made here by itself: whoever loses"
            " the data folder loses them, and a second machine cannot open them.",
            hint="Set MEADOW_PAYOUT_KEYS to a secret of at least 50 characters (docs/payouts.md).",
            id="payouts.E001",
        )
    ]
