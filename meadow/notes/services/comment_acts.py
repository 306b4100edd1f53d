"""What people do with comments: like them, pin one, say who may write, keep words out."""

import datetime as dt
from collections.abc import Sequence

from django.db import connection

from meadow.accounts import queries as people
from meadow.core.events import publish
from meadow.core.limits import check_rate
from meadow.core.transactions import transaction, transaction_required
from meadow.notes import limits
from meadow.notes.errors import (
    Blocked,
    CommentMissing,
    RepliesAreNotPinned,
    TooManyWords,
    UnknownCommenters,
    WordTooLong,
)
from meadow.notes.events import CommentLiked
from meadow.notes.models import Comment, CommentWord, Note
from meadow.notes.queries.access import is_seen_by
from meadow.notes.queries.comment_rules import form_of
from meadow.notes.services.comment_readers import tell_readers
from meadow.notes.services.comments import lock_under_own_note
from meadow.notes.services.locking import lock_own_note
from meadow.notes.text import clean_line

# One statement adds the row and counts it, or does neither.
_LIKE = (
    "WITH added AS (INSERT INTO notes_commentlike (comment_id, person_id, created_at)"
    " SELECT id, %s, %s FROM notes_comment WHERE id = %s AND stands"
    " ON CONFLICT DO NOTHING RETURNING comment_id)"
    " UPDATE notes_comment SET like_count = like_count + 1"
    " FROM added WHERE notes_comment.id = added.comment_id"
)
# A trigger counts what goes (migration 0011).
_UNLIKE = "DELETE FROM notes_commentlike WHERE person_id = %s AND comment_id = %s"


def like_comment(*, public_id: str, person_id: int, now: dt.datetime) -> None:
    """Like a comment; liking it again changes nothing. Raises CommentMissing, Blocked, RateLimited."""
    _check_pace(person_id, now=now)
    with transaction():
        comment = _find_liked(public_id, person_id)
        if add_comment_like(comment_id=comment.pk, person_id=person_id, now=now):
            publish(
                CommentLiked(
                    note_id=comment.note_id,
                    comment_id=comment.pk,
                    comment_author_id=comment.author_id,
                    person_id=person_id,
                    at=now.isoformat(),
                )
            )
            tell_readers(note_id=comment.note_id)


def unlike_comment(*, public_id: str, person_id: int, now: dt.datetime) -> None:
    """Take a like back; without one nothing changes. Raises CommentMissing or RateLimited."""
    _check_pace(person_id, now=now)
    with transaction():
        comment = Comment.objects.filter(public_id=public_id).first()
        if comment is None:
            raise CommentMissing
        if remove_comment_like(comment_id=comment.pk, person_id=person_id):
            tell_readers(note_id=comment.note_id)


def pin_comment(*, public_id: str, actor_id: int, now: dt.datetime) -> None:
    """Keep a comment at the top of an own note, in place of the one that was there.

    Raises CommentMissing, NotYourComment or RepliesAreNotPinned.
    """
    with transaction():
        comment = lock_under_own_note(public_id=public_id, author_id=actor_id)
        if not comment.stands:
            raise CommentMissing
        if comment.parent_id is not None:
            raise RepliesAreNotPinned
        if comment.pinned_at is not None:
            return
        pinned = Comment.objects.filter(note_id=comment.note_id, pinned_at__isnull=False)
        pinned.update(pinned_at=None)
        Comment.objects.filter(pk=comment.pk).update(pinned_at=now)
        tell_readers(note_id=comment.note_id)


def unpin_comment(*, public_id: str, actor_id: int) -> None:
    """Let a pinned comment go back to its place; one that is not pinned stays as it is.

    Raises CommentMissing or NotYourComment.
    """
    with transaction():
        comment = lock_under_own_note(public_id=public_id, author_id=actor_id)
        if Comment.objects.filter(pk=comment.pk, pinned_at__isnull=False).update(pinned_at=None):
            tell_readers(note_id=comment.note_id)


def choose_commenters(*, public_id: str, author_id: int, comments_from: str) -> None:
    """Say who may write under an own note: everyone, known (one follows the other) or nobody.

    What was written stays. Raises UnknownCommenters, NoteMissing or NotYourNote.
    """
    if comments_from not in Note.CommentsFrom.values:
        raise UnknownCommenters
    with transaction():
        note = lock_own_note(public_id=public_id, author_id=author_id)
        Note.objects.filter(pk=note.pk).update(comments_from=comments_from)
        tell_readers(note_id=note.pk)


def keep_words_out(*, person_id: int, words: Sequence[str], now: dt.datetime) -> None:
    """Make these the words that somebody keeps out from under their notes; earlier ones go.

    They act on comments written from then on. Raises TooManyWords, WordTooLong or RateLimited.
    """
    check_rate(
        name="notes.comment_words",
        rate=limits.COMMENT_RULES_RATE,
        subject=f"person:{person_id}",
        now=now,
    )
    wanted = {form_of(word): word for word in map(clean_line, words) if form_of(word)}
    if len(wanted) > limits.COMMENT_WORDS:
        raise TooManyWords(count=len(wanted), most=limits.COMMENT_WORDS)
    for word in wanted.values():
        if max(len(word), len(form_of(word)) // 2) > limits.COMMENT_WORD_LENGTH:
            raise WordTooLong(word=word, most=limits.COMMENT_WORD_LENGTH)
    with transaction():
        CommentWord.objects.filter(person_id=person_id).exclude(form__in=wanted).delete()
        CommentWord.objects.bulk_create(
            [
                CommentWord(person_id=person_id, form=form, word=wanted[form])
                for form in sorted(wanted)
            ],
            update_conflicts=True,
            unique_fields=["person", "form"],
            update_fields=["word"],
        )


@transaction_required
def add_comment_like(*, comment_id: int, person_id: int, now: dt.datetime) -> bool:
    """Insert a like and count it in the same statement; False if it was there."""
    with connection.cursor() as cursor:
        cursor.execute(_LIKE, [person_id, now, comment_id])
        return bool(cursor.rowcount)


@transaction_required
def remove_comment_like(*, comment_id: int, person_id: int) -> bool:
    """Delete a like and uncount it in the same statement; False if there was none."""
    with connection.cursor() as cursor:
        cursor.execute(_UNLIKE, [person_id, comment_id])
        return bool(cursor.rowcount)


def _find_liked(public_id: str, person_id: int) -> Comment:
    comment = Comment.objects.filter(
        is_seen_by(person_id, "note__"), public_id=public_id, stands=True
    ).first()
    if comment is None:
        raise CommentMissing
    if people.is_blocked_between(person_id, comment.author_id):
        raise Blocked
    return comment


def _check_pace(person_id: int, *, now: dt.datetime) -> None:
    check_rate(
        name="notes.react", rate=limits.REACTIONS_RATE, subject=f"person:{person_id}", now=now
    )
