"""Names under which people gather what they keep."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from meadow.notes.models.notes import Note
from meadow.notes.models.reactions import Save

PERSON = settings.AUTH_USER_MODEL


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
