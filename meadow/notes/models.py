"""Notes, their photos and topics, and what readers do with them."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Lower
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


class Topic(models.Model):
    """A word that gathers notes, written as people write it, found whatever its case."""

    slug = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=40)
    note_count = models.PositiveIntegerField(default=0)


class TopicFollow(models.Model):
    """A reader who wants to see what stands under a topic."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="topic_followed_once", fields=["person", "topic"]),
        ]


class NoteTopic(models.Model):
    """A note under a topic."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="topics")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="topic_once_a_note", fields=["note", "topic"]),
        ]


class Mention(models.Model):
    """A person named in a note's words."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="mentions")
    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    # Null until they were told; who may not see the note waits until they may.
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="mention_once_a_note", fields=["note", "person"]),
        ]


class Like(models.Model):
    """A reader who likes a note."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="like_once", fields=["note", "person"])]
        indexes = [models.Index(fields=["person", "-created_at"], name="likes_of_person")]


class Save(models.Model):
    """A note that a reader keeps for later."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="save_once", fields=["note", "person"])]
        indexes = [models.Index(fields=["person", "-created_at"], name="saves_of_person")]


class Board(models.Model):
    """A name under which a person gathers notes they keep; `note_count` is kept by a trigger."""

    public_id = models.CharField(max_length=24, unique=True)
    owner = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    about = models.CharField(max_length=300, blank=True)
    is_public = models.BooleanField(default=True)
    cover = models.ForeignKey(Note, on_delete=models.SET_NULL, null=True, related_name="+")
    # The smallest comes first: a new board, or one that was moved to the front.
    place = models.IntegerField()
    note_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("owner", Lower("name"), name="board_name_once_a_person"),
            models.CheckConstraint(name="board_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="board_holds_5000", condition=Q(note_count__lte=5000)),
        ]
        indexes = [models.Index(fields=["owner", "place", "id"], name="boards_of_person")]


class BoardNote(models.Model):
    """A kept note on a board: it leaves with the keeping."""

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="notes")
    kept = models.ForeignKey(Save, on_delete=models.CASCADE, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="note_once_a_board", fields=["board", "kept"]),
        ]
        indexes = [models.Index(fields=["board", "-id"], name="notes_of_board")]


class Comment(models.Model):
    """Words under a note; a reply hangs under a comment, and may say which reply it answers."""

    public_id = models.CharField(max_length=24, unique=True)
    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="replies")
    answers = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    body = models.CharField(max_length=500)
    created_at = models.DateTimeField()
    # Set while it is kept back for a word that the note's author does not want there.
    withheld_at = models.DateTimeField(null=True)
    # Set while moderation keeps it from everybody but its author.
    hidden_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    deleted_by = models.ForeignKey(PERSON, on_delete=models.SET_NULL, null=True, related_name="+")
    pinned_at = models.DateTimeField(null=True)
    reply_count = models.PositiveIntegerField(default=0)
    like_count = models.PositiveIntegerField(default=0, db_default=0)
    # What everybody sees, and what counts.
    stands = models.GeneratedField(
        expression=Q(withheld_at__isnull=True, hidden_at__isnull=True, deleted_at__isnull=True),  # type: ignore[arg-type]  # the stubs know no conditions here
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(name="comment_says_something", condition=~Q(body="")),
            models.CheckConstraint(
                name="only_a_reply_answers_a_reply",
                condition=Q(answers__isnull=True) | Q(parent__isnull=False),
            ),
            models.CheckConstraint(
                name="pinned_comment_stands_and_is_no_reply",
                condition=Q(pinned_at__isnull=True)
                | Q(
                    parent__isnull=True,
                    withheld_at__isnull=True,
                    hidden_at__isnull=True,
                    deleted_at__isnull=True,
                ),
            ),
            models.UniqueConstraint(
                name="one_pinned_comment_a_note",
                fields=["note"],
                condition=Q(pinned_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["note", "-id"],
                condition=Q(parent__isnull=True),
                name="comments_of_note",
            ),
            models.Index(fields=["parent", "id"], name="replies_of_comment"),
        ]


class CommentLike(models.Model):
    """A reader who likes a comment."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="comment_like_once", fields=["comment", "person"])
        ]


class CommentWord(models.Model):
    """A word that an author does not want under their notes; `form` is what is looked for."""

    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    word = models.CharField(max_length=40)
    form = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(name="comment_word_once", fields=["person", "form"])]


class CommentOrder(models.Model):
    """A note's comments, best first, at one moment: all pages of one reading keep to one order.

    Comments with a higher id than `newest` came later and stand before it.
    """

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    newest = models.BigIntegerField()
    comment_ids = ArrayField(models.BigIntegerField())

    class Meta:
        indexes = [
            models.Index(fields=["note", "-id"], name="comment_orders_of_note"),
            models.Index(fields=["made_at"], name="comment_orders_by_time"),
        ]


class NoteWatch(models.Model):
    """Somebody who has a note open, and hears until then what happens under it."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="note_watch_once", fields=["note", "person"])]
        indexes = [models.Index(fields=["until"], name="watches_by_end")]
