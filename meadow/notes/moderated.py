"""Notes and comments as integrity handles them: how they look, how they are hidden, what stands."""

from typing import Final

from meadow.integrity.moderation.subjects import Owner
from meadow.integrity.screening import texts
from meadow.notes.queries import reported
from meadow.notes.services import moderation

NOTES: Final = Owner(
    look=reported.look_at_note,
    may_see=reported.may_see_note,
    lock=moderation.lock_reported_note,
    hide=moderation.hide_note,
    restore=moderation.restore_note,
)
COMMENTS: Final = Owner(
    look=reported.look_at_comment,
    may_see=reported.may_see_comment,
    lock=moderation.lock_reported_comment,
    hide=moderation.hide_comment,
    restore=moderation.restore_comment,
)


def register_texts() -> None:
    """Let dry runs of block words look at what stands in public now."""
    texts.register("title", reported.recent_note_texts)
    texts.register("body", reported.recent_note_texts)
    texts.register("comment", reported.recent_comments)
