"""Where people are paid to, what they asked for, the batches it leaves in, and the rules of both.

People who act for the site are kept by their bare ids: what they did stands, whoever leaves.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

LONGEST_KEY = 255
LONGEST_REFERENCE = 120
LONGEST_WORDS = 500
PER_WHOLE = 10_000


class Payee(models.Model):
    """Somebody who is paid out: when by the clock, and the row that one payout at a time locks."""

    class Schedule(models.TextChoices):
        NEVER = "never"
        WEEKLY = "weekly"
        MONTHLY = "monthly"

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    schedule = models.CharField(max_length=7, choices=Schedule.choices, default=Schedule.NEVER)
    unit = models.CharField(max_length=3, blank=True)
    method = models.ForeignKey(
        "PayoutMethod", on_delete=models.PROTECT, null=True, related_name="+"
    )
    next_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                name="payouts_payees_due", fields=["next_at"], condition=Q(next_at__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="payee_schedule_is_whole",
                condition=Q(schedule="never", next_at__isnull=True)
                | ~Q(schedule="never")
                & ~Q(unit="")
                & Q(next_at__isnull=False, method__isnull=False),
            ),
        ]


class PayoutMethod(models.Model):
    """Where somebody is paid to; another account is another row, and begins unverified.

    `sealed` holds the details, encrypted under the key `key_id`; nothing but `last4` and the bank's
    name is kept in the open. It is emptied once the method is removed and nothing is on its way.
    """

    class Kind(models.TextChoices):
        BANK = "bank"
        STRIPE = "stripe"

    class PayeeKind(models.TextChoices):
        PERSON = "person"
        BUSINESS = "business"

    class State(models.TextChoices):
        UNVERIFIED = "unverified"
        ASKED = "asked"
        VERIFIED = "verified"
        REFUSED = "refused"
        REMOVED = "removed"

    public_id = models.CharField(max_length=24, unique=True, db_collation="C")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    kind = models.CharField(max_length=6, choices=Kind.choices)
    payee_kind = models.CharField(max_length=8, choices=PayeeKind.choices)
    region = models.CharField(max_length=2)
    bank = models.CharField(max_length=80, blank=True)
    last4 = models.CharField(max_length=4)
    sealed = models.BinaryField()
    key_id = models.CharField(max_length=16)
    state = models.CharField(max_length=10, choices=State.choices, default=State.UNVERIFIED)
    why = models.CharField(max_length=40, blank=True)
    decision = models.CharField(max_length=24, blank=True)
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    usable_from = models.DateTimeField(null=True)
    added_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(name="payout_methods_of_person", fields=["person", "-id"]),
            models.Index(
                name="payout_methods_asked", fields=["asked_at"], condition=Q(state="asked")
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="payout_method_verified_by_somebody",
                condition=~Q(state__in=["verified", "refused"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="payout_method_not_verified_by_its_owner",
                condition=Q(decided_by__isnull=True)
                | Q(person__isnull=True)
                | ~Q(decided_by=F("person_id")),
            ),
            models.CheckConstraint(
                name="payout_method_usable_once_verified",
                condition=~Q(state="verified") | Q(usable_from__isnull=False),
            ),
            models.CheckConstraint(
                name="payout_method_refused_with_a_reason",
                condition=~Q(state="refused") | ~Q(why="") & ~Q(decision=""),
            ),
            models.CheckConstraint(
                name="payout_method_removed_has_its_time",
                condition=Q(state="removed", removed_at__isnull=False)
                | ~Q(state="removed") & Q(removed_at__isnull=True),
            ),
        ]


class PayoutRules(models.Model):
    """Version `number` of what payouts of a unit must keep to; only added, the latest holds.

    Amounts are minor units; `fee_rate` is in ten-thousandths of the gross amount, added to `fee`.
    """

    unit = models.CharField(max_length=3)
    number = models.PositiveIntegerField()
    least = models.BigIntegerField()
    most = models.BigIntegerField()
    fee = models.BigIntegerField()
    fee_rate = models.PositiveSmallIntegerField()
    cooldown_days = models.PositiveSmallIntegerField()
    weekday = models.PositiveSmallIntegerField()
    month_day = models.PositiveSmallIntegerField()
    note = models.CharField(max_length=300)
    set_by = models.BigIntegerField()
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="payout_rules_once", fields=["unit", "number"]),
            models.CheckConstraint(
                name="payout_rules_counted_from_one", condition=Q(number__gte=1)
            ),
            models.CheckConstraint(
                name="payout_rules_have_bounds",
                condition=Q(least__gte=1, most__gte=F("least"), fee__gte=0, fee_rate__lte=5_000),
            ),
            models.CheckConstraint(
                name="payout_rules_have_days",
                condition=Q(cooldown_days__lte=90, weekday__lte=6, month_day__range=(1, 28)),
            ),
        ]


class TaxRule(models.Model):
    """Version `number` of what is withheld from payees of a kind in a region; only added.

    `brackets` are [minor units from which it counts, ten-thousandths of what is above them], rising;
    `period` says what is added up before they are looked at. Without brackets nothing is withheld.
    An empty region stands for those without a rule of their own.
    """

    class Period(models.TextChoices):
        PAYOUT = "payout"
        MONTH = "month"
        YEAR = "year"

    region = models.CharField(max_length=2, blank=True)
    payee_kind = models.CharField(max_length=8, choices=PayoutMethod.PayeeKind.choices)
    unit = models.CharField(max_length=3)
    number = models.PositiveIntegerField()
    period = models.CharField(max_length=6, choices=Period.choices)
    brackets = models.JSONField()
    note = models.CharField(max_length=300)
    set_by = models.BigIntegerField()
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="tax_rule_once", fields=["region", "payee_kind", "unit", "number"]
            ),
            models.CheckConstraint(name="tax_rule_counted_from_one", condition=Q(number__gte=1)),
        ]


class Batch(models.Model):
    """Payouts that leave together: drawn up by one operator, approved by another.

    `count` and `total` are those of when it was drawn up, and from then on of when it was approved.
    """

    class State(models.TextChoices):
        DRAFTED = "drafted"
        APPROVED = "approved"
        REFUSED = "refused"

    public_id = models.CharField(max_length=24, unique=True, db_collation="C")
    provider = models.CharField(max_length=20)
    unit = models.CharField(max_length=3)
    count = models.PositiveIntegerField()
    total = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFTED)
    key = models.CharField(max_length=LONGEST_KEY, db_collation="C")
    made_by = models.BigIntegerField()
    made_at = models.DateTimeField()
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)
    filed_by = models.BigIntegerField(null=True)
    filed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="payout_batch_key_once", fields=["made_by", "key"]),
            models.CheckConstraint(
                name="payout_batch_approved_by_another",
                condition=~Q(state="approved")
                | Q(decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(decided_by=F("made_by")),
            ),
            models.CheckConstraint(
                name="payout_batch_decided_has_its_time",
                condition=Q(state="drafted", decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(state="drafted") & Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="payout_batch_of_something", condition=Q(count__gt=0, total__gt=0)
            ),
            models.CheckConstraint(
                name="payout_batch_filed_once_approved",
                condition=Q(filed_at__isnull=True, filed_by__isnull=True)
                | Q(state="approved", filed_at__isnull=False, filed_by__isnull=False),
            ),
        ]


class Payout(models.Model):
    """`gross` minor units that leave a wallet: `tax` withheld, `fee` kept, `net` to the payee.

    It has left the wallet from the moment it is asked for (`transfer_id`), and is there again once
    `returned`. `attempt` counts how often it was begun at a provider; each is another order there.
    `again_at` is when the worker next looks at it by the clock, None where nothing is to be done.
    """

    class State(models.TextChoices):
        ASKED = "asked"
        HELD = "held"
        BATCHED = "batched"
        APPROVED = "approved"
        SENDING = "sending"
        SENT = "sent"
        PAID = "paid"
        FAILED = "failed"
        RETURNED = "returned"

    public_id = models.CharField(max_length=24, unique=True, db_collation="C")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    method = models.ForeignKey(PayoutMethod, on_delete=models.PROTECT, related_name="payouts")
    account_id = models.BigIntegerField()
    unit = models.CharField(max_length=3)
    gross = models.BigIntegerField()
    tax = models.BigIntegerField()
    fee = models.BigIntegerField()
    net = models.BigIntegerField()
    rules = models.PositiveIntegerField()
    tax_region = models.CharField(max_length=2, blank=True)
    tax_rule = models.PositiveIntegerField(default=0)
    key = models.CharField(max_length=LONGEST_KEY, db_collation="C")
    scheduled = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="payouts")
    transfer_id = models.BigIntegerField()
    approved_by = models.BigIntegerField(null=True)
    acted_by = models.BigIntegerField(null=True)
    why = models.CharField(max_length=40, blank=True)
    words = models.CharField(max_length=LONGEST_WORDS, blank=True)
    decision = models.CharField(max_length=24, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    again_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=LONGEST_REFERENCE, blank=True, db_collation="C")
    failure = models.CharField(max_length=60, blank=True)
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(name="payouts_of_person", fields=["person", "-id"]),
            models.Index(name="payouts_by_state", fields=["state", "id"]),
            models.Index(
                name="payouts_due", fields=["again_at"], condition=Q(again_at__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(name="payout_key_once", fields=["person", "key"]),
            models.UniqueConstraint(name="payout_transfer_once", fields=["transfer_id"]),
            models.CheckConstraint(
                name="payout_adds_up",
                condition=Q(
                    gross=F("net") + F("tax") + F("fee"), net__gt=0, tax__gte=0, fee__gte=0
                ),
            ),
            models.CheckConstraint(
                name="payout_leaves_in_a_batch",
                condition=Q(state__in=["asked", "held"], batch__isnull=True)
                | Q(
                    state__in=["batched", "approved", "sending", "sent", "paid"],
                    batch__isnull=False,
                )
                | Q(state__in=["failed", "returned"]),
            ),
            models.CheckConstraint(
                name="payout_leaves_approved",
                condition=Q(state__in=["asked", "held", "batched"], approved_by__isnull=True)
                | Q(state__in=["approved", "sending", "sent", "paid"], approved_by__isnull=False)
                | Q(state__in=["failed", "returned"]),
            ),
            models.CheckConstraint(
                name="payout_not_approved_by_its_payee",
                condition=Q(approved_by__isnull=True)
                | Q(person__isnull=True)
                | ~Q(approved_by=F("person_id")),
            ),
            models.CheckConstraint(
                name="payout_not_moved_by_its_payee",
                condition=Q(acted_by__isnull=True)
                | Q(person__isnull=True)
                | ~Q(acted_by=F("person_id")),
            ),
            models.CheckConstraint(
                name="payout_held_with_a_reason",
                condition=~Q(state="held") | ~Q(why="") & ~Q(decision=""),
            ),
            models.CheckConstraint(
                name="payout_settled_has_its_time",
                condition=Q(state__in=["paid", "returned"], settled_at__isnull=False)
                | ~Q(state__in=["paid", "returned"]) & Q(settled_at__isnull=True),
            ),
        ]


class SandboxPayout(models.Model):
    """A payout of play money, as the provider of it keeps it: its own books, not ours."""

    order = models.CharField(max_length=40, unique=True, db_collation="C")
    amount = models.BigIntegerField()
    unit = models.CharField(max_length=3)
    declined = models.BooleanField(default=False)
    created_at = models.DateTimeField()
