"""Charges, what was captured of them, and what was given back."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q

LONGEST_KEY = 255
LONGEST_TITLE = 80
LONGEST_DESCRIPTION = 500
LONGEST_REFERENCE = 120
LONGEST_NOTE = 200
LONGEST_WAIT = dt.timedelta(days=30)


class Charge(models.Model):
    """What somebody is asked to pay: up to `most` minor units of `unit`, until `expires_at`.

    It is asked, then agreed to (and held in the wallet) or declined. It ends once: captured whole or
    closed by its asker, voided, or expired; what was not captured is free again.
    """

    class State(models.TextChoices):
        ASKED = "asked"
        AGREED = "agreed"
        DECLINED = "declined"
        CAPTURED = "captured"
        VOIDED = "voided"
        EXPIRED = "expired"

    public_id = models.CharField(max_length=24, unique=True, db_collation="C")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    key = models.CharField(max_length=LONGEST_KEY, db_collation="C")
    most = models.BigIntegerField()
    unit = models.CharField(max_length=3)
    title = models.CharField(max_length=LONGEST_TITLE)
    description = models.CharField(max_length=LONGEST_DESCRIPTION, blank=True)
    reference = models.CharField(max_length=LONGEST_REFERENCE, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    hold_id = models.BigIntegerField(null=True)
    captured = models.BigIntegerField(default=0)
    returned = models.BigIntegerField(default=0)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(name="charges_of_person", fields=["person", "-id"]),
            models.Index(
                name="charges_due",
                fields=["expires_at"],
                condition=Q(state__in=["asked", "agreed"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(name="charge_key_once", fields=["asked_by", "key"]),
            models.UniqueConstraint(
                name="charge_hold_once", fields=["hold_id"], condition=Q(hold_id__isnull=False)
            ),
            models.CheckConstraint(name="charge_of_something", condition=Q(most__gt=0)),
            models.CheckConstraint(
                name="charge_is_not_asked_of_oneself", condition=~Q(person=F("asked_by"))
            ),
            models.CheckConstraint(
                name="charge_ends_in_time",
                condition=Q(
                    expires_at__gt=F("asked_at"), expires_at__lte=F("asked_at") + LONGEST_WAIT
                ),
            ),
            models.CheckConstraint(
                name="charge_captured_within",
                condition=Q(
                    captured__gte=0,
                    captured__lte=F("most"),
                    returned__gte=0,
                    returned__lte=F("captured"),
                ),
            ),
            models.CheckConstraint(
                name="charge_holds_what_was_agreed",
                condition=Q(state__in=["asked", "declined"], hold_id__isnull=True, captured=0)
                | Q(
                    state__in=["agreed", "captured"],
                    hold_id__isnull=False,
                    answered_at__isnull=False,
                )
                | Q(state__in=["voided", "expired"], hold_id__isnull=False)
                | Q(state__in=["voided", "expired"], hold_id__isnull=True, captured=0),
            ),
            models.CheckConstraint(
                name="charge_closed_has_its_time",
                condition=Q(state__in=["asked", "agreed"], closed_at__isnull=True)
                | ~Q(state__in=["asked", "agreed"]) & Q(closed_at__isnull=False),
            ),
        ]


class Capture(models.Model):
    """What was taken of a charge, once a key; `returned` of it was given back."""

    public_id = models.CharField(max_length=24, unique=True, db_collation="C")
    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="captures")
    key = models.CharField(max_length=LONGEST_KEY, db_collation="C")
    amount = models.BigIntegerField()
    closes = models.BooleanField()
    returned = models.BigIntegerField(default=0)
    transfer_id = models.BigIntegerField(unique=True)
    captured_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    captured_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="capture_key_once", fields=["charge", "key"]),
            models.CheckConstraint(
                name="capture_returned_within",
                condition=Q(amount__gt=0, returned__gte=0, returned__lte=F("amount")),
            ),
        ]


class Return(models.Model):
    """What was given back of a charge, once a key, and why."""

    public_id = models.CharField(max_length=24, unique=True, db_collation="C")
    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="returns")
    key = models.CharField(max_length=LONGEST_KEY, db_collation="C")
    amount = models.BigIntegerField()
    note = models.CharField(max_length=LONGEST_NOTE)
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    returned_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="return_key_once", fields=["charge", "key"]),
            models.CheckConstraint(name="return_of_something", condition=Q(amount__gt=0)),
        ]
