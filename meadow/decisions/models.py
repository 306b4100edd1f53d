"""What was decided about whom, signed by batch, and the appeals against it.

Keys, batches and decisions are only added (triggers of migration 0002). A decision knows its person
through a `Subject`: erasing the person cuts that one link, and every signed document stays as it was.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length

# The least and most days that operators may set for an answer.
FEWEST_DAYS, MOST_DAYS = 1, 60
# `words__length=` in a constraint below.
models.CharField.register_lookup(Length)


class SigningKey(models.Model):
    """A public key that decisions were signed with; the private one is in the installation's secrets."""

    key_id = models.CharField(max_length=16, primary_key=True)
    public_key = models.CharField(max_length=64)
    first_used_at = models.DateTimeField()


class Batch(models.Model):
    """Decisions that one signature covers: the root of their Merkle tree (RFC 6962).

    `nodes` are the hashes, 32 bytes each, of the subtrees over `merkle.CHUNK` leaves, so that the
    path of one leaf needs no other chunk. Empty where one chunk is all.
    """

    public_id = models.CharField(max_length=24, unique=True)
    size = models.PositiveIntegerField()
    root = models.CharField(max_length=64)
    nodes = models.BinaryField(default=b"")
    key = models.ForeignKey(SigningKey, on_delete=models.PROTECT, related_name="+", db_index=False)
    signature = models.CharField(max_length=128)
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="decision_batch_is_not_empty", condition=Q(size__gte=1)),
        ]
        indexes = [models.Index(fields=["key", "-id"], name="batches_of_key")]


class Subject(models.Model):
    """The pseudonym by which decisions know a person; erasing the person leaves it without one."""

    name = models.CharField(max_length=24, db_collation="C")
    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(name="decision_subject_once", fields=["name"]),
        ]


class Decision(models.Model):
    """One decision: `document` is the signed text, exact to the byte; the columns help to find it.

    Triggers for a statement and a batch stand for both foreign keys (migration 0002): checked row
    by row they would take longer than everything else. Ids compare as bytes, which is twice as fast.
    """

    public_id = models.CharField(max_length=24, db_collation="C")
    subject = models.ForeignKey(
        Subject, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    scope = models.CharField(max_length=80)
    capability = models.CharField(max_length=60)
    outcome = models.CharField(max_length=40)
    decided_at = models.DateTimeField()
    batch = models.ForeignKey(
        Batch, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    place = models.PositiveIntegerField()
    document = models.TextField()

    class Meta:
        constraints = [
            # Not `unique=True`, which would add a second index, for LIKE.
            models.UniqueConstraint(name="decision_public_id_once", fields=["public_id"]),
            models.UniqueConstraint(name="decision_has_its_place", fields=["batch", "place"]),
        ]
        indexes = [models.Index(fields=["subject", "-id"], name="decisions_of_subject")]


class AppealTerms(models.Model):
    """Within how many days an appeal is answered; each version stays (trigger of migration 0003).

    Those in force are the newest with `active_from` in the past. `operator_id` is null for those
    that ship, `note` says why they were changed.
    """

    number = models.PositiveIntegerField(primary_key=True)
    answer_days = models.PositiveSmallIntegerField()
    active_from = models.DateTimeField()
    note = models.CharField(max_length=500, blank=True)
    operator_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="appeals_are_answered_in_days",
                condition=Q(answer_days__gte=FEWEST_DAYS, answer_days__lte=MOST_DAYS),
            ),
        ]


class Appeal(models.Model):
    """A person's word against a decision about them, and the answer; once each.

    It keeps the terms under which it was opened. Its person may withdraw it while it is open, and
    only then may another take its place (`appeal_stands_once`). Whoever decided or is concerned
    never answers (`reviewer_did_not_decide`, `reviewer_is_not_concerned`). Erasing the person takes
    the words of both sides with them and withdraws what is open (migration 0002).
    """

    class State(models.TextChoices):
        OPEN = "open"
        GRANTED = "granted"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    public_id = models.CharField(max_length=24, unique=True)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="appeals")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    words = models.CharField(max_length=2000)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    terms = models.ForeignKey(
        AppealTerms, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    due_at = models.DateTimeField()
    overdue_told_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=40)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reviewed_by = models.CharField(max_length=40, blank=True, default="")
    answer = models.CharField(max_length=2000, blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    ruling = models.OneToOneField(
        Decision, on_delete=models.PROTECT, null=True, related_name="answered_appeal"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="appeal_stands_once", fields=["decision"], condition=~Q(state="withdrawn")
            ),
            # Erasure withdraws without a moment.
            models.CheckConstraint(
                name="appeal_is_withdrawn_when_it_says_so",
                condition=Q(withdrawn_at__isnull=True)
                | Q(state="withdrawn", withdrawn_at__gte=F("opened_at")),
            ),
            models.CheckConstraint(
                name="appeal_has_enough_words",
                condition=Q(words="") | Q(words__length__gte=20),
            ),
            models.CheckConstraint(
                name="appeal_state_is_known",
                condition=Q(state__in=["open", "granted", "refused", "withdrawn"]),
            ),
            models.CheckConstraint(
                name="appeal_is_answered_as_a_whole",
                condition=(
                    Q(state__in=["granted", "refused"])
                    & Q(answered_at__isnull=False, ruling__isnull=False)
                    & ~Q(reviewed_by="")
                )
                | (
                    Q(state__in=["open", "withdrawn"])
                    & Q(answered_at__isnull=True, ruling__isnull=True, reviewed_by="", answer="")
                ),
            ),
            models.CheckConstraint(
                name="reviewer_is_not_concerned", condition=~Q(reviewer=F("person"))
            ),
            models.CheckConstraint(
                name="reviewer_did_not_decide", condition=~Q(reviewed_by=F("decided_by"))
            ),
            models.CheckConstraint(
                name="appeal_clock_runs_forward", condition=Q(due_at__gt=F("opened_at"))
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="appeals_that_wait", condition=Q(state="open")
            ),
        ]
