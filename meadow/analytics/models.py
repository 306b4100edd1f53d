"""Roll-ups projected from the warehouse, facts on their way to it, and how long it keeps them."""

from django.db import models


class NoteReads(models.Model):
    """How often one note was read and shown, as the warehouse counted it at `watermark`."""

    note_id = models.BigIntegerField(primary_key=True)
    author_id = models.BigIntegerField(db_index=True)
    reads_raw = models.PositiveBigIntegerField(default=0)
    reads_valid = models.PositiveBigIntegerField(default=0)
    impressions = models.PositiveBigIntegerField(default=0)
    opens = models.PositiveBigIntegerField(default=0)
    watermark = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="valid_reads_within_raw",
                condition=models.Q(reads_valid__lte=models.F("reads_raw")),
            ),
        ]


class PendingFact(models.Model):
    """A fact that PostgreSQL knew first, until the stream has acknowledged it."""

    fact_id = models.CharField(max_length=41, unique=True)
    fact = models.JSONField()


class RetentionRule(models.Model):
    """How many days facts of a kind are kept; null is for ever. A kind without a rule is kept."""

    kind = models.CharField(max_length=20, unique=True)
    keep_days = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="facts_are_kept_a_day_at_least",
                condition=models.Q(keep_days__isnull=True) | models.Q(keep_days__gte=1),
            ),
        ]
