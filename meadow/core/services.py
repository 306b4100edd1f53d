"""Upkeep of the tables that every package leans on."""

import datetime as dt

from django.contrib.sessions.models import Session
from django.db import connection

from meadow.core.models import IdempotencyKey, RateCount
from meadow.core.transactions import transaction

# A client that retries for longer than this has lost its own place as well.
KEYS_KEPT = dt.timedelta(days=2)


def sweep(*, now: dt.datetime) -> None:
    """Delete answered keys after two days, and windows, cache rows and sessions that are over."""
    with transaction():
        IdempotencyKey.objects.filter(created_at__lt=now - KEYS_KEPT).delete()
        RateCount.objects.filter(ends_at__lt=now).delete()
        Session.objects.filter(expire_date__lt=now).delete()
        # Sign-in attempts lie here under the address they came from: no longer than they count.
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM core_cache WHERE expires < %s", [now])
