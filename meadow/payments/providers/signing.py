"""What the signatures of several providers have in common: a time that must be close to ours."""

import datetime as dt
from typing import Final

from meadow.payments.errors import WebhookStale

TOLERANCE: Final = dt.timedelta(minutes=5)


def check_fresh(signed_at: float, *, now: dt.datetime, tolerance: dt.timedelta = TOLERANCE) -> None:
    """Raise WebhookStale when a message was signed too long ago, or in the future."""
    if abs(now.timestamp() - signed_at) > tolerance.total_seconds():
        raise WebhookStale(minutes=int(tolerance.total_seconds() // 60))
