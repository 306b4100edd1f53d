"""Uploads and the renditions made of them."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Upload(models.Model):
    """One photo somebody handed in; its original is gone once the renditions stand."""

    class Purpose(models.TextChoices):
        NOTE_PHOTO = "note_photo"
        AVATAR = "avatar"

    class State(models.TextChoices):
        RECEIVED = "received"
        PROCESSING = "processing"
        READY = "ready"
        FAILED = "failed"

    public_id = models.CharField(max_length=24, unique=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    state = models.CharField(max_length=16, choices=State.choices, default=State.RECEIVED)
    progress = models.PositiveSmallIntegerField(default=0)
    error_code = models.CharField(max_length=64, blank=True, default="")
    source_bytes = models.PositiveIntegerField()
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    placeholder = models.TextField(blank=True, default="")
    # The labels of its renditions, repeated here so that a feed of cards needs no second table.
    labels = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    created_at = models.DateTimeField()
    # Null until a note or a person shows it; what nobody shows is swept after a day.
    attached_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="upload_progress_is_a_percentage", condition=Q(progress__lte=100)
            ),
            models.CheckConstraint(
                name="upload_ready_has_a_size",
                condition=~Q(state="ready")
                | (Q(width__gt=0) & Q(height__gt=0) & Q(labels__len__gt=0)),
            ),
            models.CheckConstraint(
                name="upload_failed_says_why",
                condition=~Q(state="failed") | ~Q(error_code=""),
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="upload_owner_recent"),
            models.Index(
                fields=["created_at"],
                condition=Q(attached_at__isnull=True),
                name="uploads_nobody_shows",
            ),
        ]


class Rendition(models.Model):
    """One served size of an upload: metadata-free WebP at `path` in the default storage."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="renditions")
    label = models.CharField(max_length=16)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    bytes = models.PositiveIntegerField()
    path = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="rendition_once_a_label", fields=["upload", "label"]),
            models.CheckConstraint(
                name="rendition_has_a_size",
                condition=Q(width__gt=0) & Q(height__gt=0) & Q(bytes__gt=0),
            ),
        ]
