"""What operators do with the books: transfers that two of them agree on, limits, differences looked into."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

LONGEST_WORDS = 500
LONGEST_KEY = 80
LONGEST_REFERENCE = 60


class Terms(models.Model):
    """How long proposals wait, how long one may appeal, and from when on something counts as stuck.

    Each version stays; in force is the newest. `stuck_after` maps a kind of thing that waits to
    minutes. `operator_id` is null for the terms that ship, `note` says why they were changed.
    """

    number = models.PositiveIntegerField(primary_key=True)
    proposal_days = models.PositiveSmallIntegerField()
    appeal_days = models.PositiveSmallIntegerField()
    stuck_after = models.JSONField(default=dict)
    active_from = models.DateTimeField()
    note = models.CharField(max_length=LONGEST_WORDS, blank=True)
    operator_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="finance_proposals_wait_days", condition=Q(proposal_days__range=(1, 60))
            ),
            models.CheckConstraint(
                name="finance_appeals_have_days", condition=Q(appeal_days__range=(7, 365))
            ),
        ]


class Proposal(models.Model):
    """A transfer that one operator asks for and another approves; it is posted at the approval, once.

    `words` are for the people whose accounts it moves, `reference` names what it is about. Neither
    operator may be one of those people. A decided proposal only ever loses the people in it, and
    with them the words (trigger of migration 0001).
    """

    class Kind(models.TextChoices):
        CORRECTION = "correction"
        GOODWILL = "goodwill"
        WRITE_OFF = "write_off"
        CHARGEBACK = "chargeback"

    class State(models.TextChoices):
        WAITING = "waiting"
        POSTED = "posted"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"
        EXPIRED = "expired"

    public_id = models.CharField(max_length=24, unique=True, db_collation="C")
    key = models.CharField(max_length=LONGEST_KEY, db_collation="C")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    from_account_id = models.BigIntegerField()
    to_account_id = models.BigIntegerField()
    from_person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    to_person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    amount = models.BigIntegerField()
    unit = models.CharField(max_length=3)
    words = models.CharField(max_length=LONGEST_WORDS)
    reference = models.CharField(max_length=LONGEST_REFERENCE, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=LONGEST_WORDS, blank=True)
    transfer_id = models.BigIntegerField(null=True)
    transfer = models.CharField(max_length=24, blank=True, db_collation="C")
    decision = models.CharField(max_length=24, blank=True, db_collation="C")
    given_back = models.CharField(max_length=24, blank=True, db_collation="C")

    class Meta:
        indexes = [
            models.Index(
                name="finance_proposals_waiting",
                fields=["proposed_at", "public_id"],
                condition=Q(state="waiting"),
            ),
            models.Index(
                name="finance_proposals_decisions",
                fields=["decision"],
                condition=~Q(decision=""),
            ),
        ]
        constraints = [
            models.UniqueConstraint(name="finance_key_once", fields=["proposed_by", "key"]),
            models.UniqueConstraint(
                name="finance_transfer_once",
                fields=["transfer_id"],
                condition=Q(transfer_id__isnull=False),
            ),
            models.CheckConstraint(name="finance_moves_something", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="finance_moves_between_two", condition=~Q(from_account_id=F("to_account_id"))
            ),
            models.CheckConstraint(
                name="finance_two_operators",
                condition=Q(proposed_by__isnull=True)
                | Q(decided_by__isnull=True)
                | ~Q(decided_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="finance_proposer_is_not_concerned",
                condition=Q(proposed_by__isnull=True)
                | (
                    (Q(from_person__isnull=True) | ~Q(from_person=F("proposed_by")))
                    & (Q(to_person__isnull=True) | ~Q(to_person=F("proposed_by")))
                ),
            ),
            models.CheckConstraint(
                name="finance_approver_is_not_concerned",
                condition=Q(decided_by__isnull=True)
                | (
                    (Q(from_person__isnull=True) | ~Q(from_person=F("decided_by")))
                    & (Q(to_person__isnull=True) | ~Q(to_person=F("decided_by")))
                ),
            ),
            models.CheckConstraint(
                name="finance_posted_has_its_transfer",
                condition=Q(state="posted", transfer_id__isnull=False)
                | ~Q(state="posted") & Q(transfer_id__isnull=True),
            ),
            models.CheckConstraint(
                name="finance_decided_has_its_time",
                condition=Q(state="waiting", decided_at__isnull=True)
                | ~Q(state="waiting") & Q(decided_at__isnull=False),
            ),
        ]


class Resolution(models.Model):
    """What an operator did about something that comes again when books are compared: kept for good.

    `subject` names the kind (a difference, news without a payment), `name` the thing exactly: what
    differs by another amount later is another thing. `told` is what it said then, for the list.
    """

    class Subject(models.TextChoices):
        DIFFERENCE = "difference"
        NEWS = "news"

    public_id = models.CharField(max_length=24, unique=True, db_collation="C")
    subject = models.CharField(max_length=10, choices=Subject.choices)
    name = models.CharField(max_length=250, db_collation="C")
    told = models.JSONField(default=dict)
    words = models.CharField(max_length=LONGEST_WORDS)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    resolved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="finance_resolved_once", fields=["subject", "name"]),
        ]
