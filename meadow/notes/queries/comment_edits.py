"""What a comment said before it was changed, for those who keep order and its writer."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from meadow.notes.errors import CommentMissing
from meadow.notes.models import Comment, CommentEdit


@dataclass(frozen=True, slots=True)
class EarlierWords:
    """What a comment said until `until`."""

    body: str
    until: dt.datetime


def list_earlier_words(
    *, comment_public_id: str, viewer_id: int, is_moderator: bool
) -> Sequence[EarlierWords]:
    """Return what a comment said before, newest first. Raises CommentMissing for anybody else."""
    found = Comment.objects.filter(public_id=comment_public_id).values_list("pk", "author_id")
    row = found.first()
    if row is None or not (is_moderator or row[1] == viewer_id):
        raise CommentMissing
    edits = CommentEdit.objects.filter(comment_id=row[0]).order_by("-pk")
    return [EarlierWords(body=one.body, until=one.replaced_at) for one in edits]
