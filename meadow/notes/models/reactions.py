"""What readers do with notes: like them and keep them."""

from django.conf import settings
from django.db import models

from meadow.notes.models.notes import Note

PERSON = settings.AUTH_USER_MODEL


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
