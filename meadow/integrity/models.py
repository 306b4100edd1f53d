"""The limits of detectors, what they decided, and what of it was taken back: rows are only added.

Triggers refuse UPDATE and DELETE (migration 0002). People are known here by a digest of the
pseudonym that facts know them by, so that forgetting one's reading leaves nothing to look up.
"""

from django.db import models
from django.db.models import F, Q


class DetectorRule(models.Model):
    """One version of a detector's limits; the newest decides, the older explain old cases."""

    detector = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    parameters = models.JSONField()
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="rule_version_once", fields=["detector", "version"]),
            models.CheckConstraint(
                name="detector_is_known", condition=Q(detector__in=["clockwork", "impossible_rate"])
            ),
        ]


class Case(models.Model):
    """A stretch of one reader's facts that a detector took for no person's.

    `judged` is an Arrow stream of the facts that it made invalid, each with what it said itself:
    enough to publish the verdicts again after a crash, or to take them back.
    """

    public_id = models.CharField(max_length=24, unique=True)
    subject = models.CharField(max_length=64)
    signed_in = models.BooleanField()
    rule = models.ForeignKey(DetectorRule, on_delete=models.PROTECT, related_name="+")
    evidence = models.JSONField()
    window_from = models.DateTimeField()
    window_to = models.DateTimeField()
    facts = models.PositiveIntegerField()
    judged = models.BinaryField()
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="case_judges_something", condition=Q(facts__gte=1)),
            models.CheckConstraint(
                name="case_window_runs_forward", condition=Q(window_from__lte=F("window_to"))
            ),
        ]
        indexes = [models.Index(fields=["subject", "-id"], name="cases_of_subject")]


class TakeBack(models.Model):
    """An operator's word that a case was wrong; its facts count as they did before."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="taken_back")
    operator_id = models.BigIntegerField()
    reason = models.CharField(max_length=500)
    taken_back_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="take_back_has_a_reason", condition=~Q(reason="")),
        ]


class ScanMark(models.Model):
    """How far detectors have looked: everything before `batch` of this life of the stream."""

    life = models.BigIntegerField(unique=True)
    batch = models.BigIntegerField()
    scanned_at = models.DateTimeField()
