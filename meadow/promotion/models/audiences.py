"""Who may be reached by what is known of them, and what buyers were told of sizes."""

from django.conf import settings
from django.db import models
from django.db.models import Q

PERSON = settings.AUTH_USER_MODEL
LONGEST_NAME = 60


class AdChoice(models.Model):
    """Whether promoted notes may be chosen for a person by what they do; without a row they may not."""

    person = models.OneToOneField(
        PERSON, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    by_interest = models.BooleanField()
    at = models.DateTimeField()


class SavedAudience(models.Model):
    """An audience that a buyer gave a name; `definition` as `audiences.definition.to_json`."""

    public_id = models.CharField(max_length=24, unique=True, db_collation="C")
    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=LONGEST_NAME)
    definition = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="promotion_audience_name_once", fields=["person", "name"]),
            models.CheckConstraint(name="promotion_audience_has_a_name", condition=~Q(name="")),
        ]


class UploadedList(models.Model):
    """A list of people that a buyer uploaded as hashes; it never changes.

    `matched` are ids of people as a roaring bitmap: no hash is kept, matched or not. `lines` is how
    many were uploaded.
    """

    public_id = models.CharField(max_length=24, unique=True, db_collation="C")
    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=LONGEST_NAME)
    lines = models.PositiveIntegerField()
    matched = models.BinaryField()
    uploaded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(name="promotion_lists_of_person", fields=["person", "-id"])]


class AudienceSnapshot(models.Model):
    """Everybody by what is known of them (`audiences.snapshot`); the newest one counts, few are kept."""

    made_at = models.DateTimeField()
    people = models.PositiveIntegerField()
    body = models.BinaryField()


class AudienceAnswer(models.Model):
    """A noisy size that a buyer was told (`audiences.floor.AnswerBook`); kept for its budget."""

    buyer = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    question = models.CharField(max_length=64, db_collation="C")
    answer = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(name="promotion_answers_of_buyer", fields=["buyer", "question", "-at"]),
            models.Index(name="promotion_answers_by_time", fields=["buyer", "at"]),
        ]
