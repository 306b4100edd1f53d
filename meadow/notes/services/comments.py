"""Comments and their replies, one level deep."""

import datetime as dt

from django.db.models import F

from meadow.accounts import queries as people
from meadow.core.events import publish
from meadow.core.ids import new_id
from meadow.core.limits import check_rate
from meadow.core.transactions import transaction, transaction_required
from meadow.integrity.screening import act_on, check_words
from meadow.notes import limits
from meadow.notes.errors import (
    Blocked,
    CommentEmpty,
    CommentMissing,
    CommentTooLong,
    NotYourComment,
    ReplyToReply,
)
from meadow.notes.events import CommentAdded, CommentDeleted
from meadow.notes.models import Comment, Note
from meadow.notes.services.locking import lock_note
from meadow.notes.services.publishing import check_mentions
from meadow.notes.services.reactions import find_target
from meadow.notes.text import clean_text, find_mentions


def add_comment(
    *,
    public_id: str,
    author_id: int,
    body: str,
    now: dt.datetime,
    parent_public_id: str | None = None,
) -> Comment:
    """Write under a published note, or under one of its comments.

    Raises CommentEmpty, CommentTooLong, NoteMissing, CommentMissing, ReplyToReply, Blocked,
    MentionRefused, TooManyMentions, WordsRefused or RateLimited.
    """
    body = clean_text(body)
    if not body:
        raise CommentEmpty
    if len(body) > limits.COMMENT_LENGTH:
        raise CommentTooLong(length=len(body), most=limits.COMMENT_LENGTH)
    check_rate(
        name="notes.comment", rate=limits.COMMENTS_RATE, subject=f"person:{author_id}", now=now
    )
    with transaction():
        note = find_target(public_id=public_id, person_id=author_id)
        lock_note(note_id=note.id)
        parent = _find_parent(note.id, parent_public_id, author_id=author_id)
        check_mentions(author_id=author_id, handles=find_mentions(body))
        found = check_words(texts={"comment": body})
        comment = Comment.objects.create(
            public_id=new_id("c"),
            note_id=note.id,
            author_id=author_id,
            parent=parent,
            body=body,
            created_at=now,
        )
        count_comment(note_id=note.id, parent_id=parent.pk if parent else None, by=1)
        publish(
            CommentAdded(
                note_id=note.id,
                note_author_id=note.author_id,
                comment_id=comment.pk,
                comment_public_id=comment.public_id,
                author_id=author_id,
                parent_author_id=parent.author_id if parent else None,
                at=now.isoformat(),
            )
        )
        act_on(kind="comment", public_id=comment.public_id, found=found, now=now)
    return comment


def delete_comment(
    *, public_id: str, actor_id: int, now: dt.datetime, is_moderator: bool = False
) -> None:
    """Take a comment from view; its replies stay. Deleting it again changes nothing.

    Its author, the note's author and moderators may. Raises CommentMissing or NotYourComment.
    """
    with transaction():
        comment = Comment.objects.filter(public_id=public_id).select_related("note").first()
        if comment is None:
            raise CommentMissing
        if not is_moderator and actor_id not in (comment.author_id, comment.note.author_id):
            raise NotYourComment
        lock_note(note_id=comment.note_id)
        removed = Comment.objects.filter(pk=comment.pk, deleted_at__isnull=True).update(
            deleted_at=now, deleted_by_id=actor_id
        )
        if not removed:
            return
        # What moderation hid is not counted any more.
        if not Comment.objects.filter(pk=comment.pk, hidden_at__isnull=False).exists():
            count_comment(note_id=comment.note_id, parent_id=comment.parent_id, by=-1)
        publish(
            CommentDeleted(
                note_id=comment.note_id,
                comment_id=comment.pk,
                author_id=comment.author_id,
                actor_id=actor_id,
            )
        )


@transaction_required
def count_comment(*, note_id: int, parent_id: int | None, by: int) -> None:
    """Move the note's count, and the parent's for a reply, each in one statement."""
    Note.objects.filter(pk=note_id).update(comment_count=F("comment_count") + by)
    if parent_id is not None:
        Comment.objects.filter(pk=parent_id).update(reply_count=F("reply_count") + by)


@transaction_required
def _find_parent(note_id: int, public_id: str | None, *, author_id: int) -> Comment | None:
    if not public_id:
        return None
    parent = Comment.objects.filter(
        public_id=public_id, note_id=note_id, deleted_at__isnull=True, hidden_at__isnull=True
    ).first()
    if parent is None:
        raise CommentMissing
    if parent.parent_id is not None:
        raise ReplyToReply
    if people.is_blocked_between(author_id, parent.author_id):
        raise Blocked
    return parent
