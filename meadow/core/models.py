"""Tables that every package leans on: realtime grants, idempotency keys, rate counts."""

from django.db import models
from django.db.models.functions import Now


class GrantEpoch(models.Model):
    """The realtime address of one person; raising `epoch` silences every credential still alive."""

    person_id = models.BigIntegerField(primary_key=True)
    channel = models.CharField(max_length=24, unique=True)
    epoch = models.PositiveIntegerField(default=1)


class IdempotencyKey(models.Model):
    """One answered request of one person, kept so that a retry gets the same answer."""

    person_id = models.BigIntegerField()
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(name="idempotency_key_once", fields=["person_id", "key"]),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_keys_by_age")]


class RateCount(models.Model):
    """How often something happened in one window; the table is unlogged, a crash forgets it."""

    key = models.CharField(max_length=200, primary_key=True)
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)
