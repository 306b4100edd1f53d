"""Changing one's own comment for a while; what it said before stays for those who keep order."""

import datetime as dt

from meadow.accounts.standing import hold_writer
from meadow.core.events import publish
from meadow.core.transactions import transaction
from meadow.integrity.screening import act_on, check_words
from meadow.notes import limits
from meadow.notes.errors import (
    CommentMissing,
    CommentTooOld,
    NotYourComment,
)
from meadow.notes.events import CommentEdited
from meadow.notes.models import Comment, CommentEdit
from meadow.notes.queries.comment_rules import holds_kept_out_word
from meadow.notes.services.comment_readers import tell_readers
from meadow.notes.services.comments import count_comment, take_words
from meadow.notes.services.locking import lock_note
from meadow.notes.services.publishing import check_mentions
from meadow.notes.text import find_mentions


def edit_comment(*, public_id: str, author_id: int, body: str, now: dt.datetime) -> Comment:
    """Change the words of an own comment while it is young; the same words change nothing.

    It is marked as edited. What then holds a word that the note's author keeps out is withheld.
    Raises CommentEmpty, CommentTooLong, CommentTooOld, CommentMissing, NotYourComment, MentionRefused,
    TooManyMentions, WordsRefused, Suspended or RateLimited.
    """
    body = take_words(body, author_id=author_id, now=now)
    with transaction():
        hold_writer(author_id, now=now)
        found = Comment.objects.filter(public_id=public_id).values_list("note_id", "author_id")
        row = found.first()
        if row is None:
            raise CommentMissing
        if row[1] != author_id:
            raise NotYourComment
        lock_note(note_id=row[0])
        comment = Comment.objects.select_related("note").get(public_id=public_id)
        if comment.deleted_at is not None or comment.hidden_at is not None:
            raise CommentMissing
        if comment.body == body:
            return comment
        if now - comment.created_at > limits.COMMENT_EDIT_WITHIN:
            minutes = int(limits.COMMENT_EDIT_WITHIN.total_seconds()) // 60
            raise CommentTooOld(minutes=minutes)
        check_mentions(author_id=author_id, handles=find_mentions(body))
        words = check_words(texts={"comment": body})
        CommentEdit.objects.create(comment=comment, body=comment.body, replaced_at=now)
        stood = comment.stands
        comment.body, comment.edited_at = body, now
        fields = ["body", "edited_at"]
        kept_out = author_id != comment.note.author_id and holds_kept_out_word(
            comment.note.author_id, body
        )
        if kept_out and comment.withheld_at is None:
            comment.withheld_at, comment.pinned_at = now, None
            fields += ["withheld_at", "pinned_at"]
        comment.save(update_fields=fields)
        if stood and kept_out:
            count_comment(note_id=comment.note_id, parent_id=comment.parent_id, by=-1)
        if stood:
            tell_readers(note_id=comment.note_id)
        if stood and not kept_out:
            publish(
                CommentEdited(note_id=comment.note_id, comment_id=comment.pk, author_id=author_id)
            )
        act_on(kind="comment", public_id=public_id, found=words, now=now)
    return comment
