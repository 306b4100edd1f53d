"""Uploads and the files made of them."""

from typing import Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

# The `error_code` of what was shown in something that is gone for good: nobody sees it any more.
DISCARDED: Final = "media.discarded"


class Upload(models.Model):
    """One photo or video somebody handed in; its original is gone once what is served stands.

    Width, height and renditions of a video are those of its still picture.
    """

    class Purpose(models.TextChoices):
        NOTE_PHOTO = "note_photo"
        NOTE_VIDEO = "note_video"
        AVATAR = "avatar"

    class State(models.TextChoices):
        ARRIVING = "arriving"
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
    # Of a video, once it is ready.
    duration_ms = models.PositiveIntegerField(default=0)
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
            models.CheckConstraint(
                name="ready_video_has_a_length",
                condition=~Q(state="ready", purpose="note_video") | Q(duration_ms__gt=0),
            ),
            models.CheckConstraint(
                name="only_a_video_arrives_in_pieces",
                condition=~Q(state="arriving") | Q(purpose="note_video"),
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


class Arrival(models.Model):
    """A video that is still coming in: `arrived` bytes of it are stored, in pieces."""

    upload = models.OneToOneField(Upload, on_delete=models.CASCADE, related_name="arrival")
    name = models.CharField(max_length=200, blank=True)
    arrived = models.PositiveBigIntegerField(default=0)
    # The last time something came; what nobody continues is swept.
    touched_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["touched_at"], name="arrivals_by_age")]


class VideoFile(models.Model):
    """One served file of a video: a playlist, the media of one quality, or the plain MP4."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="video_files")
    name = models.CharField(max_length=16)
    bytes = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="video_file_once_a_name", fields=["upload", "name"]),
            models.CheckConstraint(name="video_file_is_not_empty", condition=Q(bytes__gt=0)),
        ]


class Caption(models.Model):
    """The spoken words of a video in one language, as WebVTT that we wrote ourselves."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="captions")
    language = models.CharField(max_length=12)
    cues = models.PositiveIntegerField()
    text = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="caption_once_a_language", fields=["upload", "language"]),
            models.CheckConstraint(name="caption_says_something", condition=Q(cues__gt=0)),
        ]
