"""Comments and their replies, one level deep; a reply may say which reply it answers.

Everything that moves a count holds the note's row, so counts equal rows, and what an author closes
or deletes is closed before the next comment looks.
"""

import datetime as dt
from typing import Any

from django.db.models import F

from meadow.accounts import queries as people
from meadow.accounts.standing import hold_writer
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
    CommentsClosed,
    CommentsForKnown,
    CommentTooLong,
    NotYourComment,
)
from meadow.notes.events import CommentAdded, CommentDeleted
from meadow.notes.models import Comment, Note
from meadow.notes.queries.comment_rules import holds_kept_out_word, is_known_to
from meadow.notes.services.comment_readers import tell_readers
from meadow.notes.services.locking import lock_note, lock_published
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
    """Write under a published note, under one of its comments, or in answer to a reply.

    What holds a word that the note's author keeps out is withheld: it does not count, and only its
    writer and the note's author see it. Raises CommentEmpty, CommentTooLong, NoteMissing,
    CommentMissing, CommentsClosed, CommentsForKnown, Blocked, MentionRefused, TooManyMentions,
    WordsRefused, Suspended or RateLimited.
    """
    body = take_words(body, author_id=author_id, now=now)
    with transaction():
        # Locked before anything is looked at: whoever waited here sees what was decided meanwhile.
        writer = hold_writer(author_id, now=now)
        lock_published(public_id=public_id)
        note = find_target(public_id=public_id, person_id=author_id)
        check_may_comment(note_id=note.id, note_author_id=note.author_id, person_id=author_id)
        answered = _find_answered(note.id, parent_public_id, author_id=author_id)
        check_mentions(author_id=author_id, handles=find_mentions(body))
        found = check_words(texts={"comment": body})
        withheld = author_id != note.author_id and holds_kept_out_word(note.author_id, body)
        comment = Comment.objects.create(
            public_id=new_id("c"),
            note_id=note.id,
            author_id=author_id,
            parent_id=(answered.parent_id or answered.pk) if answered else None,
            answers=answered if answered and answered.parent_id else None,
            body=body,
            created_at=now,
            withheld_at=now if withheld else None,
            withdrawn_at=now if writer.is_hidden else None,
        )
        if not withheld and not writer.is_hidden:
            _let_stand(comment, note_author_id=note.author_id, at=now)
        act_on(kind="comment", public_id=comment.public_id, found=found, now=now)
    return comment


def take_words(body: str, *, author_id: int, now: dt.datetime) -> str:
    """Return what somebody may say under a note now, cleaned.

    Raises CommentEmpty, CommentTooLong or RateLimited.
    """
    body = clean_text(body)
    if not body:
        raise CommentEmpty
    if len(body) > limits.COMMENT_LENGTH:
        raise CommentTooLong(length=len(body), most=limits.COMMENT_LENGTH)
    check_rate(
        name="notes.comment", rate=limits.COMMENTS_RATE, subject=f"person:{author_id}", now=now
    )
    return body


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
        if not take_from_view(comment_id=comment.pk, deleted_at=now, deleted_by_id=actor_id):
            return
        publish(
            CommentDeleted(
                note_id=comment.note_id,
                comment_id=comment.pk,
                author_id=comment.author_id,
                actor_id=actor_id,
            )
        )


def release_comment(*, public_id: str, actor_id: int, now: dt.datetime) -> None:
    """Let everybody see a comment that was withheld for a word; again changes nothing.

    The note's author may. Raises CommentMissing or NotYourComment.
    """
    with transaction():
        comment = lock_under_own_note(public_id=public_id, author_id=actor_id)
        if comment.withheld_at is None:
            return
        Comment.objects.filter(pk=comment.pk).update(withheld_at=None)
        if comment.hidden_at is None and comment.withdrawn_at is None:
            _let_stand(comment, note_author_id=actor_id, at=now)


@transaction_required
def take_from_view(*, comment_id: int, **marks: Any) -> bool:
    """Set the marks that keep a comment from view, and count it no longer; True if it is news.

    The one way down for whoever removes or hides comments; the caller holds the note's row. What is
    already deleted stays as it is.
    """
    comment = Comment.objects.filter(pk=comment_id, deleted_at__isnull=True).first()
    if comment is None:
        return False
    Comment.objects.filter(pk=comment_id).update(pinned_at=None, **marks)
    if comment.stands:
        count_comment(note_id=comment.note_id, parent_id=comment.parent_id, by=-1)
        tell_readers(note_id=comment.note_id)
    return True


@transaction_required
def bring_to_view(*, comment_id: int) -> bool:
    """Take moderation's mark off a comment, and count it again if nothing else keeps it from view.

    The caller holds the note's row. Returns whether everybody sees it now.
    """
    comment = Comment.objects.filter(pk=comment_id, hidden_at__isnull=False).first()
    if comment is None:
        return False
    Comment.objects.filter(pk=comment_id).update(hidden_at=None)
    if not Comment.objects.filter(pk=comment_id, stands=True).exists():
        return False
    count_comment(note_id=comment.note_id, parent_id=comment.parent_id, by=1)
    tell_readers(note_id=comment.note_id)
    return True


@transaction_required
def count_comment(*, note_id: int, parent_id: int | None, by: int) -> None:
    """Move the note's count, and the parent's for a reply, each in one statement."""
    Note.objects.filter(pk=note_id).update(comment_count=F("comment_count") + by)
    if parent_id is not None:
        Comment.objects.filter(pk=parent_id).update(reply_count=F("reply_count") + by)


@transaction_required
def check_may_comment(*, note_id: int, note_author_id: int, person_id: int) -> None:
    """Refuse whom the note's author does not let write. Raises CommentsClosed or CommentsForKnown."""
    if person_id == note_author_id:
        return
    whom = Note.objects.values_list("comments_from", flat=True).get(pk=note_id)
    if whom == Note.CommentsFrom.NOBODY:
        raise CommentsClosed
    if whom == Note.CommentsFrom.KNOWN and not is_known_to(note_author_id, person_id):
        raise CommentsForKnown


@transaction_required
def lock_under_own_note(*, public_id: str, author_id: int) -> Comment:
    """Return a comment under an own note that is not deleted, its note locked.

    Raises CommentMissing or NotYourComment.
    """
    found = (
        Comment.objects.filter(public_id=public_id).values_list("note_id", "note__author_id")
    ).first()
    if found is None:
        raise CommentMissing
    if found[1] != author_id:
        raise NotYourComment
    lock_note(note_id=found[0])
    comment = Comment.objects.filter(public_id=public_id, deleted_at__isnull=True).first()
    if comment is None:
        raise CommentMissing
    return comment


@transaction_required
def _let_stand(comment: Comment, *, note_author_id: int, at: dt.datetime) -> None:
    count_comment(note_id=comment.note_id, parent_id=comment.parent_id, by=1)
    parent = comment.parent
    publish(
        CommentAdded(
            note_id=comment.note_id,
            note_author_id=note_author_id,
            comment_id=comment.pk,
            comment_public_id=comment.public_id,
            author_id=comment.author_id,
            parent_author_id=parent.author_id if parent else None,
            at=at.isoformat(),
        )
    )
    tell_readers(note_id=comment.note_id)


@transaction_required
def _find_answered(note_id: int, public_id: str | None, *, author_id: int) -> Comment | None:
    """Return the comment or reply that is answered. Raises CommentMissing or Blocked."""
    if not public_id:
        return None
    answered = (
        Comment.objects.filter(public_id=public_id, note_id=note_id, stands=True)
        .select_related("parent")
        .first()
    )
    if answered is None or (answered.parent is not None and not answered.parent.stands):
        raise CommentMissing
    theirs = {answered.author_id} | ({answered.parent.author_id} if answered.parent else set())
    if any(people.is_blocked_between(author_id, one) for one in sorted(theirs)):
        raise Blocked
    return answered
