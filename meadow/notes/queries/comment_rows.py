"""From columns to comments as somebody sees them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from meadow.accounts import queries as people
from meadow.core.clock import now
from meadow.notes.limits import COMMENT_EDIT_WITHIN
from meadow.notes.queries.columns import read_author
from meadow.notes.records import CommentView
from meadow.notes.text import find_mentions, render_line

if TYPE_CHECKING:
    from meadow.notes.queries.comments import Reader

FIELDS: Final = (
    "pk",
    "public_id",
    "note__public_id",
    "parent__public_id",
    "answers__author__handle",
    "body",
    "created_at",
    "reply_count",
    "like_count",
    "stands",
    "withheld_at",
    "hidden_at",
    "withdrawn_at",
    "deleted_at",
    "pinned_at",
    "edited_at",
    "liked",
    "liked_by_author",
)


def read_comments(rows: Sequence[tuple[Any, ...]], reader: "Reader") -> list[CommentView]:
    """Return comments of rows of FIELDS and AUTHOR_FIELDS; names in their words become links."""
    named = {handle for row in rows for handle in find_mentions(row[5])}
    handles = set(people.find_by_handles(named)) if named else set()
    return [_read_comment(row, handles, reader) for row in rows]


def _read_comment(row: tuple[Any, ...], handles: set[str], reader: "Reader") -> CommentView:
    (pk, public_id, note, parent, answers, body, created_at) = row[:7]
    replies, likes, stands, withheld_at, hidden_at, withdrawn_at, deleted_at, pinned_at = row[7:15]
    edited_at, liked, by_author = row[15:18]
    author = read_author(row[18:])
    hidden = hidden_at is not None and deleted_at is None
    withdrawn = withdrawn_at is not None and deleted_at is None
    withheld = withheld_at is not None and not hidden and deleted_at is None
    mine = reader.viewer_id == author.id
    concerns = reader.is_moderator or mine or reader.viewer_id == reader.note_author_id
    shown = stands or ((hidden or withdrawn) and mine) or (withheld and concerns)
    own = reader.viewer_id is not None and reader.viewer_id == reader.note_author_id
    may_delete = reader.viewer_id is not None and (
        reader.is_moderator or reader.viewer_id in (author.id, reader.note_author_id)
    )
    return CommentView(
        id=pk,
        public_id=public_id,
        note_public_id=note,
        parent_public_id=parent or "",
        answers_handle=answers or "",
        author=author,
        body=body if shown else "",
        body_html=render_line(body if shown else "", handles=handles),
        created_at=created_at,
        reply_count=replies,
        like_count=likes,
        is_deleted=not shown,
        is_hidden=hidden and shown,
        is_withheld=withheld and shown,
        is_pinned=pinned_at is not None,
        is_liked=liked,
        is_liked_by_author=by_author,
        is_by_note_author=author.id == reader.note_author_id,
        can_delete=may_delete and shown,
        can_pin=own and stands and parent is None,
        can_release=own and withheld,
        edited_at=edited_at if shown else None,
        can_edit=mine and shown and not hidden and now() - created_at <= COMMENT_EDIT_WITHIN,
    )
