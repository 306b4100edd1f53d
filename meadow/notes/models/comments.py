"""Words under notes, what readers do with them, and the orders in which they are read."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q

from meadow.accounts.erasing import find_nobody
from meadow.notes.models.notes import Note

PERSON = settings.AUTH_USER_MODEL


def leave_places(collector: Any, field: Any, gone: Any, using: str) -> None:
    """What an erased person wrote goes with them; where others replied, an empty place stays.

    Handed to nobody (`accounts.erasing`), a comment is emptied and uncounted by triggers of migration 0014.
    """
    replies = Comment.objects.using(using).filter(parent=OuterRef("pk"))
    answered = Exists(replies.exclude(author=OuterRef("author")))
    kept = list(gone.filter(answered))
    models.CASCADE(collector, field, gone.exclude(answered), using)
    if kept:
        collector.add_field_update(field, find_nobody(), kept)


class Comment(models.Model):
    """Words under a note; a reply hangs under a comment, and may say which reply it answers."""

    public_id = models.CharField(max_length=24, unique=True)
    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey(PERSON, on_delete=leave_places, related_name="+")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="replies")
    answers = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    body = models.CharField(max_length=500)
    created_at = models.DateTimeField()
    # Set while it is kept back for a word that the note's author does not want there.
    withheld_at = models.DateTimeField(null=True)
    # Set while moderation keeps it from everybody but its author.
    hidden_at = models.DateTimeField(null=True)
    # Set while moderation keeps its author from everybody else.
    withdrawn_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    deleted_by = models.ForeignKey(PERSON, on_delete=models.SET_NULL, null=True, related_name="+")
    pinned_at = models.DateTimeField(null=True)
    edited_at = models.DateTimeField(null=True)
    reply_count = models.PositiveIntegerField(default=0)
    like_count = models.PositiveIntegerField(default=0, db_default=0)
    # What everybody sees, and what counts.
    stands = models.GeneratedField(
        expression=Q(  # type: ignore[arg-type]  # the stubs know no conditions here
            withheld_at__isnull=True,
            hidden_at__isnull=True,
            withdrawn_at__isnull=True,
            deleted_at__isnull=True,
        ),
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
                    withdrawn_at__isnull=True,
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


class CommentEdit(models.Model):
    """What a comment said before its writer changed it, for those who keep order."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="+")
    body = models.CharField(max_length=500)
    replaced_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["comment", "-id"], name="edits_of_comment")]


class CommentWeights(models.Model):
    """One version of what makes a comment stand first; the newest holds.

    Rows are only added (`notes_rows_are_only_added`, a trigger of migration 0013).
    """

    version = models.PositiveIntegerField(unique=True)
    doubling_hours = models.FloatField()
    replier_points = models.FloatField()
    author_like_points = models.FloatField()
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    # Null for what Meadow ships.
    operator_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="comment_weights_order",
                condition=Q(doubling_hours__gt=0, replier_points__gte=0, author_like_points__gte=0),
            ),
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
