"""Payments that were asked for, what providers told of them, and what was given back."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

LONGEST_KEY = 255
LONGEST_REFERENCE = 120


class Payment(models.Model):
    """Money that somebody is asked for: `amount` minor units of `unit`, by one provider.

    Begins `opened` (the provider may not know of it yet), then waits; `succeeded` is final and has
    its transfer in the ledger. What `failed` can still succeed: a payer may try again.
    `trouble` says why what came in was not booked.
    """

    class State(models.TextChoices):
        OPENED = "opened"
        WAITING = "waiting"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    public_id = models.CharField(max_length=24, unique=True, db_collation="C")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    account_id = models.BigIntegerField()
    amount = models.BigIntegerField()
    unit = models.CharField(max_length=3)
    provider = models.CharField(max_length=20)
    reference = models.CharField(max_length=LONGEST_REFERENCE, blank=True, db_collation="C")
    key = models.CharField(max_length=LONGEST_KEY, db_collation="C")
    method = models.CharField(max_length=LONGEST_REFERENCE, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPENED)
    failure = models.CharField(max_length=60, blank=True)
    trouble = models.CharField(max_length=60, blank=True)
    pay_url = models.TextField(blank=True)
    refunded = models.BigIntegerField(default=0)
    transfer_id = models.BigIntegerField(null=True)
    opened_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(name="payments_of_person", fields=["person", "-id"]),
            models.Index(
                name="payments_waiting",
                fields=["opened_at"],
                condition=Q(state__in=["opened", "waiting"]),
            ),
            models.Index(name="payments_by_day", fields=["provider", "opened_at"]),
        ]
        constraints = [
            models.UniqueConstraint(name="payment_key_once", fields=["person", "key"]),
            models.UniqueConstraint(
                name="payment_reference_once",
                fields=["provider", "reference"],
                condition=~Q(reference=""),
            ),
            models.UniqueConstraint(
                name="payment_transfer_once",
                fields=["transfer_id"],
                condition=Q(transfer_id__isnull=False),
            ),
            models.CheckConstraint(name="payment_of_something", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="payment_succeeded_is_booked",
                condition=Q(state="succeeded", transfer_id__isnull=False, settled_at__isnull=False)
                & ~Q(reference="")
                | ~Q(state="succeeded") & Q(transfer_id__isnull=True, settled_at__isnull=True),
            ),
            models.CheckConstraint(
                name="payment_waits_at_its_provider",
                condition=~Q(state="waiting") | ~Q(reference=""),
            ),
            models.CheckConstraint(
                name="payment_refunded_within",
                condition=Q(refunded=0)
                | Q(state="succeeded", refunded__gt=0, refunded__lte=F("amount")),
            ),
        ]


class Refund(models.Model):
    """What is given back of a payment; it has left the wallet from the moment it is asked for.

    Until the provider has it, the ledger keeps it among refunds on their way.
    """

    class State(models.TextChoices):
        ASKED = "asked"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    public_id = models.CharField(max_length=24, unique=True, db_collation="C")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount = models.BigIntegerField()
    key = models.CharField(max_length=LONGEST_KEY, db_collation="C")
    note = models.CharField(max_length=200, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reference = models.CharField(max_length=LONGEST_REFERENCE, blank=True, db_collation="C")
    state = models.CharField(max_length=9, choices=State.choices, default=State.ASKED)
    failure = models.CharField(max_length=60, blank=True)
    asked_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                name="payments_refunds_waiting", fields=["asked_at"], condition=Q(state="asked")
            ),
        ]
        constraints = [
            models.UniqueConstraint(name="refund_key_once", fields=["payment", "key"]),
            models.CheckConstraint(name="refund_of_something", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="refund_settled_has_its_time",
                condition=Q(state="asked", settled_at__isnull=True)
                | ~Q(state="asked") & Q(settled_at__isnull=False),
            ),
        ]


class ProviderEvent(models.Model):
    """One verified message of a provider; a second with the same id changes nothing.

    Of its body only the hash is kept: it can name people, cards and addresses.
    """

    provider = models.CharField(max_length=20)
    event = models.CharField(max_length=LONGEST_REFERENCE, db_collation="C")
    kind = models.CharField(max_length=80)
    body_hash = models.BinaryField(max_length=32)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="events")
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="provider_event_once", fields=["provider", "event"]),
        ]


class SandboxCharge(models.Model):
    """A charge of play money, as the provider of it keeps it: its own books, not ours."""

    class State(models.TextChoices):
        WAITING = "waiting"
        PAID = "paid"
        DECLINED = "declined"

    reference = models.CharField(max_length=24, unique=True, db_collation="C")
    payment = models.CharField(max_length=24, unique=True, db_collation="C")
    amount = models.BigIntegerField()
    unit = models.CharField(max_length=3)
    return_url = models.CharField(max_length=500)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    pays_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(name="sandbox_charges_by_day", fields=["created_at"])]
        constraints = [
            models.CheckConstraint(
                name="sandbox_paid_has_its_time",
                condition=Q(state="paid", pays_at__isnull=False)
                | ~Q(state="paid") & Q(pays_at__isnull=True),
            ),
        ]


class SandboxRefund(models.Model):
    """Play money given back, once for each refund of ours."""

    refund = models.CharField(max_length=24, unique=True, db_collation="C")
    charge = models.ForeignKey(SandboxCharge, on_delete=models.PROTECT, related_name="refunds")
    amount = models.BigIntegerField()


class BalanceNotice(models.Model):
    """Somebody wants to know when less than `below` minor units of a unit are free to spend.

    `told_at` is when they were told; it is taken back once there is enough again.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    unit = models.CharField(max_length=3)
    below = models.BigIntegerField()
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="balance_notice_once", fields=["person", "unit"]),
            models.CheckConstraint(name="balance_notice_below_something", condition=Q(below__gt=0)),
        ]


class Reconciliation(models.Model):
    """One day of one provider held against our books: when last, and of how many charges."""

    provider = models.CharField(max_length=20)
    day = models.DateField()
    charges = models.PositiveIntegerField()
    compared_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="reconciliation_once", fields=["provider", "day"]),
        ]


class Difference(models.Model):
    """Where a provider and our books differ: `ours` and `theirs` are minor units of `unit`."""

    class Kind(models.TextChoices):
        UNKNOWN_HERE = "unknown_here"
        NOT_BOOKED = "not_booked"
        NOT_THERE = "not_there"
        AMOUNT = "amount"
        REFUNDED = "refunded"

    reconciliation = models.ForeignKey(
        Reconciliation, on_delete=models.CASCADE, related_name="differences"
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    payment = models.CharField(max_length=24, blank=True)
    reference = models.CharField(max_length=LONGEST_REFERENCE)
    unit = models.CharField(max_length=3)
    ours = models.BigIntegerField()
    theirs = models.BigIntegerField()


class TopUpBounds(models.Model):
    """One version of how much people may top up in a currency, in minor units; the newest holds.

    `per_day` and `per_month` are a person's, of any 24 hours and any 30 days. Rows are only added
    (`payments_rows_are_only_added`, a trigger of migration 0005). `operator_id` is null for those that
    ship, `note` says why they were changed.
    """

    unit = models.CharField(max_length=3)
    version = models.PositiveIntegerField()
    least = models.BigIntegerField()
    most = models.BigIntegerField()
    per_day = models.BigIntegerField()
    per_month = models.BigIntegerField()
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    operator_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="top_up_bounds_once", fields=["unit", "version"]),
            models.CheckConstraint(
                name="top_up_bounds_leave_room",
                condition=Q(
                    least__gt=0,
                    most__gte=F("least"),
                    per_day__gte=F("most"),
                    per_month__gte=F("per_day"),
                ),
            ),
        ]


class Purse(models.Model):
    """What somebody lets go out of their wallet in a currency: the row that is locked to count it.

    Null is no limit. What is raised stands in `next_…` and holds from `next_from` on.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    unit = models.CharField(max_length=3)
    per_day = models.BigIntegerField(null=True)
    per_month = models.BigIntegerField(null=True)
    next_per_day = models.BigIntegerField(null=True)
    next_per_month = models.BigIntegerField(null=True)
    next_from = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="purse_once", fields=["person", "unit"]),
            models.CheckConstraint(
                name="purse_lets_something_out",
                condition=(Q(per_day__isnull=True) | Q(per_day__gt=0))
                & (Q(per_month__isnull=True) | Q(per_month__gt=0))
                & (Q(next_per_day__isnull=True) | Q(next_per_day__gt=0))
                & (Q(next_per_month__isnull=True) | Q(next_per_month__gt=0)),
            ),
        ]


class Spend(models.Model):
    """Something that went out of a wallet, or is held to: `amount` minor units of its purse's unit."""

    purse = models.ForeignKey(Purse, on_delete=models.CASCADE, related_name="spends")
    key = models.CharField(max_length=LONGEST_KEY, unique=True, db_collation="C")
    amount = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(name="spends_of_purse", fields=["purse", "at"])]
        constraints = [
            models.CheckConstraint(name="spend_not_negative", condition=Q(amount__gte=0)),
        ]
