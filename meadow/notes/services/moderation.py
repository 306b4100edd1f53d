"""Hiding and restoring what moderation decided about: steps of the verdict's transaction.

Nothing is deleted: the author keeps seeing it, and an appeal that is upheld puts it back.
"""

import datetime as dt

from meadow.accounts.standing import hold_standing
from meadow.core.transactions import transaction_required
from meadow.notes.models import Comment, Note
from meadow.notes.services.comments import bring_to_view, take_from_view
from meadow.notes.services.locking import lock_note
from meadow.notes.services.publishing import place_under_topics


@transaction_required
def lock_reported_note(public_id: str) -> None:
    """Hold a note until the verdict is written, as whoever edits it does: its author comes first."""
    author_id = Note.objects.filter(public_id=public_id).values_list("author_id", flat=True).first()
    if author_id is not None:
        hold_standing(author_id)
    Note.objects.select_for_update(no_key=True).filter(public_id=public_id).values_list(
        "pk"
    ).first()


@transaction_required
def lock_reported_comment(public_id: str) -> None:
    """Hold the note that a comment stands under."""
    note_id = Comment.objects.filter(public_id=public_id).values_list("note_id", flat=True).first()
    if note_id is not None:
        lock_note(note_id=note_id)


@transaction_required
def hide_note(public_id: str, now: dt.datetime) -> None:
    """Keep a note from everybody but its author, also one that is deleted and may come back."""
    _set_hidden(public_id, now)


@transaction_required
def restore_note(public_id: str, now: dt.datetime) -> None:
    """Show a note again to those it is for."""
    _set_hidden(public_id, None)


@transaction_required
def _set_hidden(public_id: str, hidden_at: dt.datetime | None) -> None:
    lock_reported_note(public_id)
    note = Note.objects.filter(public_id=public_id).first()
    if note is None or (note.hidden_at is None) == (hidden_at is None):
        return
    note.hidden_at = hidden_at
    note.save(update_fields=["hidden_at"])
    if note.state == Note.State.PUBLISHED:
        place_under_topics(note)


@transaction_required
def hide_comment(public_id: str, now: dt.datetime) -> None:
    """Keep a comment from everybody but its author; it counts no more."""
    lock_reported_comment(public_id)
    comment = Comment.objects.filter(public_id=public_id, hidden_at__isnull=True).first()
    if comment is not None:
        take_from_view(comment_id=comment.pk, hidden_at=now)


@transaction_required
def restore_comment(public_id: str, now: dt.datetime) -> None:
    """Show a comment again, and count it unless something else keeps it from view."""
    lock_reported_comment(public_id)
    comment = Comment.objects.filter(public_id=public_id, hidden_at__isnull=False).first()
    if comment is not None:
        bring_to_view(comment_id=comment.pk)
