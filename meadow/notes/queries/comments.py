"""Reads of comments: newest first, their replies in the order they were written."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from meadow.accounts import queries as people
from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.notes.errors import CommentMissing, NoteMissing
from meadow.notes.models import Comment
from meadow.notes.queries.access import find_seen
from meadow.notes.queries.columns import AUTHOR_FIELDS, read_author
from meadow.notes.records import CommentView
from meadow.notes.text import find_mentions, render_line

COMMENTS_A_PAGE = 20
REPLIES_A_PAGE = 10

_FIELDS = (
    "pk",
    "public_id",
    "note__public_id",
    "parent__public_id",
    "body",
    "created_at",
    "reply_count",
    "deleted_at",
    "hidden_at",
    "note__author_id",
)


def list_comments(
    *,
    note_public_id: str,
    viewer_id: int | None,
    cursor: str | None = None,
    length: int = COMMENTS_A_PAGE,
    is_moderator: bool = False,
) -> Page[CommentView]:
    """Return a page of the comments under a published note, newest first.

    A removed comment stands as an empty place while it has replies; one that moderation hid does so
    for everybody but its author. People behind a block are left out. Raises NoteMissing or
    InvalidCursor.
    """
    note_id = _published_id(note_public_id, viewer_id)
    comments = Comment.objects.filter(note_id=note_id, parent__isnull=True).filter(
        _is_shown_to(viewer_id) | Q(reply_count__gt=0)
    )
    if cursor:
        comments = comments.filter(pk__lt=_read_pk(cursor))
    return _page(comments.order_by("-pk"), viewer_id, length, is_moderator)


def list_replies(
    *,
    comment_public_id: str,
    viewer_id: int | None,
    cursor: str | None = None,
    length: int = REPLIES_A_PAGE,
    is_moderator: bool = False,
) -> Page[CommentView]:
    """Return a page of the replies under a comment, oldest first.

    Raises CommentMissing, NoteMissing or InvalidCursor.
    """
    parent = (
        Comment.objects.filter(public_id=comment_public_id, parent__isnull=True)
        .values_list("pk", "note__public_id")
        .first()
    )
    if parent is None:
        raise CommentMissing
    _published_id(parent[1], viewer_id)
    replies = Comment.objects.filter(_is_shown_to(viewer_id), parent_id=parent[0])
    if cursor:
        replies = replies.filter(pk__gt=_read_pk(cursor))
    return _page(replies.order_by("pk"), viewer_id, length, is_moderator)


def get_comment(
    *, public_id: str, viewer_id: int | None, is_moderator: bool = False
) -> CommentView:
    """Return one comment, removed or not. Raises CommentMissing."""
    rows = list(Comment.objects.filter(public_id=public_id).values_list(*_FIELDS, *AUTHOR_FIELDS))
    if not rows:
        raise CommentMissing
    return _read_comments(rows, viewer_id, is_moderator)[0]


def _page(
    comments: QuerySet[Comment], viewer_id: int | None, length: int, is_moderator: bool
) -> Page[CommentView]:
    comments = comments.filter(author__is_active=True)
    if viewer_id is not None:
        comments = comments.exclude(author_id__in=people.blocked_ids(viewer_id))
    rows = list(comments.values_list(*_FIELDS, *AUTHOR_FIELDS)[: length + 1])
    more = encode_cursor({"pk": rows[length - 1][0]}) if len(rows) > length else None
    return Page(
        items=_read_comments(rows[:length], viewer_id, is_moderator),
        next_cursor=more,
    )


def _read_comments(
    rows: Sequence[tuple[Any, ...]], viewer_id: int | None, is_moderator: bool
) -> list[CommentView]:
    named = {handle for row in rows for handle in find_mentions(row[4])}
    handles = people.find_by_handles(named) if named else {}
    return [_read_comment(row, set(handles), viewer_id, is_moderator) for row in rows]


def _read_comment(
    row: tuple[Any, ...], handles: set[str], viewer_id: int | None, is_moderator: bool
) -> CommentView:
    pk, public_id, note, parent, body, created_at, reply_count = row[:7]
    deleted_at, hidden_at, note_author = row[7:10]
    author = read_author(row[10:])
    hidden = hidden_at is not None
    deleted = deleted_at is not None or (hidden and viewer_id != author.id)
    may_delete = viewer_id is not None and (is_moderator or viewer_id in (author.id, note_author))
    return CommentView(
        id=pk,
        public_id=public_id,
        note_public_id=note,
        parent_public_id=parent or "",
        author=author,
        body="" if deleted else body,
        body_html=render_line("" if deleted else body, handles=handles),
        created_at=created_at,
        reply_count=reply_count,
        is_deleted=deleted,
        is_hidden=hidden and not deleted,
        is_by_note_author=author.id == note_author,
        can_delete=may_delete and not deleted,
    )


def _is_shown_to(viewer_id: int | None) -> Q:
    """Return the condition that a comment's words are there for this viewer."""
    shown = Q(deleted_at__isnull=True, hidden_at__isnull=True)
    if viewer_id is None:
        return shown
    return shown | Q(deleted_at__isnull=True, author_id=viewer_id)


def _published_id(public_id: str, viewer_id: int | None) -> int:
    seen = find_seen(public_id=public_id, viewer_id=viewer_id)
    if seen is None:
        raise NoteMissing
    return seen[0]


def _read_pk(cursor: str) -> int:
    try:
        return int(decode_cursor(cursor)["pk"])
    except (KeyError, TypeError, ValueError) as other:
        raise InvalidCursor from other
