"""What the ledger keeps. Only `ledger_post` writes transfers, entries and balances."""

from django.db import models
from django.db.models import F, Q

LONGEST_KEY = 120
LONGEST_NAME = 60


class AccountKind(models.TextChoices):
    """Whose an account is."""

    PERSON = "person"
    MERCHANT = "merchant"
    BRAND = "brand"
    AGENCY = "agency"
    PLATFORM = "platform"
    ESCROW = "escrow"
    PROVIDER = "provider"
    TAX = "tax"
    IMPRESSIONS = "impressions"


class BooksCheck(models.Model):
    """One proof of the books: which invariants held over how many entries, and what broke first.

    `proven` counts those that were asked so far, of `invariants`; `breaches` is a list of
    {name, where, found}. `asked_by` is null for what the clock or the command line began.
    """

    class By(models.TextChoices):
        CLOCK = "clock"
        COMMAND = "command"
        OPERATOR = "operator"

    public_id = models.CharField(max_length=24, unique=True, db_collation="C")
    by = models.CharField(max_length=8, choices=By.choices)
    asked_by_id = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    invariants = models.PositiveSmallIntegerField()
    proven = models.PositiveSmallIntegerField(default=0)
    entries = models.BigIntegerField(default=0)
    breaches = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ledger_check_asks_at_most_all",
                condition=Q(proven__lte=F("invariants")),
            ),
            models.CheckConstraint(
                name="ledger_check_ended_is_whole",
                condition=Q(ended_at__isnull=True)
                | Q(started_at__isnull=False, proven=F("invariants")),
            ),
        ]


class Account(models.Model):
    """Where units of one kind can be: a pocket of somebody, or of the platform.

    `owner` is an opaque name that `kind` gives meaning to (a person's id, an order); it is empty for
    the platform's own. Accounts of the platform, of providers and of the tax office show what came
    in from outside as a negative figure; nobody else's can be below zero. An account with `stripes`
    is kept in as many rows, so that many transfers at once do not wait for each other.
    """

    public_id = models.CharField(max_length=24, unique=True, db_collation="C")
    kind = models.CharField(max_length=12, choices=AccountKind.choices)
    owner = models.CharField(max_length=LONGEST_NAME, blank=True)
    purpose = models.CharField(max_length=LONGEST_NAME)
    unit = models.CharField(max_length=3)
    may_go_negative = models.BooleanField(default=False)
    stripes = models.PositiveSmallIntegerField(default=1)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="ledger_account_once", fields=["kind", "owner", "purpose", "unit"]
            ),
            models.CheckConstraint(
                name="ledger_account_of_a_known_kind", condition=Q(kind__in=AccountKind.values)
            ),
            models.CheckConstraint(
                name="ledger_only_the_outside_goes_negative",
                condition=Q(may_go_negative=False)
                | Q(kind__in=["platform", "provider", "tax", "impressions"], owner=""),
            ),
            models.CheckConstraint(
                name="ledger_guarded_account_is_one_row",
                condition=Q(stripes=1) | Q(stripes__range=(2, 64), may_go_negative=True),
            ),
        ]


class Balance(models.Model):
    """What an account holds now, after its entry number `version`; `held` of it is promised away.

    Narrow and without a foreign key: it is locked and written by every transfer of its account.
    """

    pk = models.CompositePrimaryKey("account_id", "stripe")
    account_id = models.BigIntegerField()
    stripe = models.PositiveSmallIntegerField(default=0)
    stripes = models.PositiveSmallIntegerField(default=1)
    unit = models.CharField(max_length=3)
    may_go_negative = models.BooleanField(default=False)
    posted = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    version = models.BigIntegerField(default=0)
    booked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ledger_balance_not_negative",
                condition=Q(may_go_negative=True) | Q(posted__gte=F("held")),
            ),
            models.CheckConstraint(name="ledger_held_not_negative", condition=Q(held__gte=0)),
        ]


class Transfer(models.Model):
    """One movement of units between two or more accounts; it never changes.

    `effective_at` is when it counts from, `booked_at` when the ledger learnt of it: it never runs
    backwards along the entries of an account. `key` makes it happen once, and `fingerprint` tells
    a repetition from another transfer that took the same key.
    """

    public_id = models.CharField(max_length=24, db_collation="C")
    key = models.CharField(max_length=LONGEST_KEY, db_collation="C")
    fingerprint = models.BinaryField()
    reason = models.CharField(max_length=LONGEST_NAME)
    params = models.JSONField(default=dict)
    reference = models.CharField(max_length=LONGEST_NAME, blank=True)
    decision = models.CharField(max_length=24, blank=True)
    hold_id = models.BigIntegerField(null=True)
    reverses_id = models.BigIntegerField(null=True)
    entry_count = models.PositiveSmallIntegerField()
    effective_at = models.DateTimeField()
    booked_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                name="ledger_transfers_about", fields=["reference"], condition=~Q(reference="")
            ),
            models.Index(
                name="ledger_transfers_of_hold",
                fields=["hold_id"],
                condition=Q(hold_id__isnull=False),
            ),
            models.Index(
                name="ledger_reversals_of",
                fields=["reverses_id"],
                condition=Q(reverses_id__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(name="ledger_transfer_key_once", fields=["key"]),
            models.UniqueConstraint(name="ledger_transfer_public_id_once", fields=["public_id"]),
            models.CheckConstraint(
                name="ledger_transfer_has_two_sides", condition=Q(entry_count__gte=2)
            ),
            models.CheckConstraint(name="ledger_transfer_has_a_key", condition=~Q(key="")),
        ]


class Entry(models.Model):
    """What one transfer adds to one account (or takes, below zero), and what it holds after it.

    `sequence` counts the entries of an account's row from 1 without a gap. No foreign keys: one to
    a busy account makes every transfer wait for the next.
    """

    pk = models.CompositePrimaryKey("transfer_id", "position")
    transfer_id = models.BigIntegerField()
    position = models.PositiveSmallIntegerField()
    account_id = models.BigIntegerField()
    stripe = models.PositiveSmallIntegerField()
    sequence = models.BigIntegerField()
    unit = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    balance_after = models.BigIntegerField()
    effective_at = models.DateTimeField()
    booked_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                name="ledger_entries_back_dated",
                fields=["account_id", "effective_at"],
                condition=~Q(effective_at=F("booked_at")),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="ledger_entry_in_order",
                fields=["account_id", "stripe", "booked_at", "sequence"],
                include=["balance_after"],
            ),
            models.CheckConstraint(name="ledger_entry_moves_something", condition=~Q(amount=0)),
        ]


class Hold(models.Model):
    """Units of an account that are promised: captured, in one part or several, or given back.

    It closes once. What a closed hold did not capture is free again.
    """

    class State(models.TextChoices):
        OPEN = "open"
        CAPTURED = "captured"
        VOIDED = "voided"
        EXPIRED = "expired"

    public_id = models.CharField(max_length=24, unique=True, db_collation="C")
    key = models.CharField(max_length=LONGEST_KEY, unique=True, db_collation="C")
    fingerprint = models.BinaryField()
    account_id = models.BigIntegerField()
    unit = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    captured = models.BigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    reason = models.CharField(max_length=LONGEST_NAME)
    params = models.JSONField(default=dict)
    reference = models.CharField(max_length=LONGEST_NAME, blank=True)
    held_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                name="ledger_open_holds", fields=["account_id"], condition=Q(state="open")
            ),
            models.Index(name="ledger_holds_due", fields=["expires_at"], condition=Q(state="open")),
        ]
        constraints = [
            models.CheckConstraint(name="ledger_hold_of_something", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="ledger_hold_captured_within",
                condition=Q(captured__gte=0) & Q(captured__lte=F("amount")),
            ),
            models.CheckConstraint(
                name="ledger_hold_closed_has_its_time",
                condition=Q(state="open", closed_at__isnull=True)
                | (~Q(state="open") & Q(closed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="ledger_hold_ends_after_it_begins",
                condition=Q(expires_at__gt=F("held_at")),
            ),
        ]
