"""Upkeep of the tables that every package leans on."""

import datetime as dt

from django.contrib.sessions.models import Session

from meadow.core.models import IdempotencyKey, RateCount
from meadow.core.transactions import transaction

# A client that retries for longer than this has lost its own place as well.
KEYS_KEPT = dt.timedelta(days=2)


def sweep(*, now: dt.datetime) -> None:
    """Delete answered keys after two days, closed rate windows and expired sessions."""
    with transaction():
        IdempotencyKey.objects.filter(created_at__lt=now - KEYS_KEPT).delete()
        RateCount.objects.filter(ends_at__lt=now).delete()
        Session.objects.filter(expire_date__lt=now).delete()
