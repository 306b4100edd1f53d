"""Experiments: who is in, what the arms are, and since when."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class Experiment(models.Model):
    """One question put to randomly chosen people.

    `traffic` of 10,000 buckets take part; `weights` says how many of 10,000 other buckets each of
    `arms` has, in the same order, the first being the control. Constraints written in SQL
    (migration 0002) hold the arms sound, and what has started as it was.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        RUNNING = "running"
        STOPPED = "stopped"

    key = models.CharField(max_length=48, unique=True)
    name = models.CharField(max_length=120)
    salt = models.CharField(max_length=32)
    arms = ArrayField(models.CharField(max_length=24))
    weights = ArrayField(models.PositiveSmallIntegerField())
    traffic = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="experiment_includes_somebody",
                condition=Q(traffic__gte=1) & Q(traffic__lte=10_000),
            ),
            models.CheckConstraint(
                name="experiment_state_has_its_times",
                condition=(
                    Q(state="draft", started_at__isnull=True, stopped_at__isnull=True)
                    | Q(state="running", started_at__isnull=False, stopped_at__isnull=True)
                    | Q(
                        state="stopped",
                        started_at__isnull=False,
                        stopped_at__isnull=False,
                        stopped_at__gte=F("started_at"),
                    )
                ),
            ),
            models.CheckConstraint(
                name="experiment_has_a_salt", condition=Q(salt__regex=r"^[0-9a-f]{32}$")
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="running"), name="experiments_running")
        ]
