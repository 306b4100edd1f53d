"""Words that gather notes, who follows them, and whom notes name."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from meadow.notes.models.notes import Note

PERSON = settings.AUTH_USER_MODEL


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


class TopicOrder(models.Model):
    """A topic's notes, best first, at one moment: all pages of one reading keep to one order."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    note_ids = ArrayField(models.BigIntegerField())

    class Meta:
        indexes = [
            models.Index(fields=["topic", "-id"], name="orders_of_topic"),
            models.Index(fields=["made_at"], name="topic_orders_by_time"),
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
