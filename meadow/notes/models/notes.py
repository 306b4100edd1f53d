"""Notes and what is in them: photos, a video, earlier versions; which stand first on a profile."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

PERSON = settings.AUTH_USER_MODEL


class Note(models.Model):
    """Something a person shows the community: 1-9 photos or a video, a title and some words."""

    class Kind(models.TextChoices):
        PHOTO = "photo"
        VIDEO = "video"

    class State(models.TextChoices):
        DRAFT = "draft"
        SCHEDULED = "scheduled"
        PUBLISHED = "published"
        DELETED = "deleted"

    class Visibility(models.TextChoices):
        PUBLIC = "public"
        FOLLOWERS = "followers"
        PRIVATE = "private"

    class CommentsFrom(models.TextChoices):
        EVERYONE = "everyone"
        KNOWN = "known"
        NOBODY = "nobody"

    public_id = models.CharField(max_length=24, unique=True)
    author = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(
        max_length=5, choices=Kind.choices, default=Kind.PHOTO, db_default=Kind.PHOTO.value
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    visibility = models.CharField(
        max_length=10,
        choices=Visibility.choices,
        default=Visibility.PUBLIC,
        db_default=Visibility.PUBLIC.value,
    )
    title = models.CharField(max_length=60, blank=True)
    body = models.TextField(max_length=5000, blank=True)
    language = models.CharField(max_length=10, blank=True)
    # Which open editor wrote these words: it may go on, another one is asked first.
    written_in = models.CharField(max_length=24, blank=True, default="", db_default="")
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField()
    # When a scheduled note is to be published: a full minute.
    publish_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    # Set while moderation keeps it from everybody but its author.
    hidden_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    like_count = models.PositiveIntegerField(default=0)
    save_count = models.PositiveIntegerField(default=0)
    comment_count = models.PositiveIntegerField(default=0)
    # Its author may write under it whatever this says.
    comments_from = models.CharField(
        max_length=10,
        choices=CommentsFrom.choices,
        default=CommentsFrom.EVERYONE,
        db_default=CommentsFrom.EVERYONE.value,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="note_kind_is_known", condition=Q(kind__in=["photo", "video"])
            ),
            models.CheckConstraint(
                name="note_state_is_known",
                condition=Q(state__in=["draft", "scheduled", "published", "deleted"]),
            ),
            models.CheckConstraint(
                name="note_visibility_is_known",
                condition=Q(visibility__in=["public", "followers", "private"]),
            ),
            models.CheckConstraint(
                name="only_a_scheduled_note_has_a_time_to_publish",
                condition=Q(state="scheduled", publish_at__isnull=False)
                | (~Q(state="scheduled") & Q(publish_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="scheduled_note_has_a_title",
                condition=~Q(state="scheduled") | ~Q(title=""),
            ),
            models.CheckConstraint(
                name="comments_come_from_somebody_known",
                condition=Q(comments_from__in=["everyone", "known", "nobody"]),
            ),
            models.CheckConstraint(
                name="published_note_has_a_time_and_title",
                condition=~Q(state="published") | (Q(published_at__isnull=False) & ~Q(title="")),
            ),
            models.CheckConstraint(
                name="deleted_note_has_a_time",
                condition=~Q(state="deleted") | Q(deleted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="note_body_within_limit",
                condition=LessThanOrEqual(Length("body"), 5000),
            ),
        ]
        indexes = [
            models.Index(
                fields=["author", "-published_at"],
                condition=Q(state="published"),
                name="notes_of_author",
            ),
            models.Index(
                fields=["-published_at"], condition=Q(state="published"), name="notes_recent"
            ),
            models.Index(
                fields=["author", "-edited_at"],
                condition=Q(state="draft"),
                name="drafts_of_author",
            ),
            models.Index(
                fields=["publish_at"],
                condition=Q(state="scheduled"),
                name="notes_to_publish",
            ),
            models.Index(
                fields=["deleted_at"],
                condition=Q(state="deleted"),
                name="notes_to_purge",
            ),
        ]


class NotePhoto(models.Model):
    """One photo of a note at its place; the first is the cover."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="photos")
    upload = models.ForeignKey("media.Upload", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    description = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                name="photo_place_once",
                fields=["note", "position"],
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(name="upload_in_one_note", fields=["upload"]),
            models.CheckConstraint(name="at_most_nine_photos", condition=Q(position__lte=8)),
        ]


class NoteVideo(models.Model):
    """The video of a note; its cover is the note's one photo, at first the video's own still."""

    note = models.OneToOneField(Note, on_delete=models.CASCADE, related_name="video")
    upload = models.OneToOneField("media.Upload", on_delete=models.PROTECT, related_name="+")


class NoteVersion(models.Model):
    """A published note as it read from `kept_at` on; `photos` are upload ids with their words.

    Written with the first change, for what was before it too. A version is never changed and goes
    only with its note (`versions_stay_as_they_were`, a trigger).
    """

    # The database's own cascade: the trigger lets a version go only after its note.
    note = models.ForeignKey(
        Note, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=60)
    body = models.TextField(max_length=5000, blank=True)
    photos = models.JSONField(default=list)
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="version_number_once_a_note", fields=["note", "number"]),
            models.CheckConstraint(name="versions_count_from_one", condition=Q(number__gte=1)),
        ]


class PinnedNote(models.Model):
    """A note that stands first on its author's profile, at a place from 0 to 2."""

    note = models.OneToOneField(Note, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="pinned_place_once", fields=["person", "position"]),
            models.CheckConstraint(name="at_most_three_pinned", condition=Q(position__lte=2)),
        ]
