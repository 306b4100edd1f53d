"""What happened to the comments on an open page since it was drawn."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q

from meadow.core.pagination import encode_cursor
from meadow.notes.models import Comment, Note
from meadow.notes.queries.comment_rules import CommentRules, read_comment_rules
from meadow.notes.queries.comments import (
    MOST_AT_ONCE,
    Reader,
    list_by_ids,
    open_for,
    read_pk,
    visible_to,
)
from meadow.notes.records import CommentView

# As many comments and replies as one page tells about.
MOST_SHOWN = 300


@dataclass(frozen=True)
class ThreadNews:
    """A comment on the page as it stands now.

    `fresh_replies` counts the replies after the last one shown, at `replies_cursor` (empty: none is
    shown).
    """

    comment: CommentView
    fresh_replies: int
    replies_cursor: str


@dataclass(frozen=True)
class CommentNews:
    """What is new under a note for one open page; `gone` are ids that are no longer to be shown."""

    note_id: int
    comment_count: int
    fresh: int
    threads: list[ThreadNews]
    gone: list[str]
    rules: CommentRules


def mark_newest(note_public_id: str) -> str:
    """Return a mark of the newest comment under a note, from which news is counted."""
    top = Comment.objects.filter(note__public_id=note_public_id, parent__isnull=True).order_by(
        "-pk"
    )
    return encode_cursor({"pk": top.values_list("pk", flat=True).first() or 0})


def read_comment_news(
    *,
    note_public_id: str,
    viewer_id: int | None,
    since: str,
    shown: Collection[str],
    is_moderator: bool = False,
) -> CommentNews:
    """Return what changed for a page that shows the comments and replies with the ids `shown`.

    Raises NoteMissing or InvalidCursor.
    """
    reader = open_for(note_public_id, viewer_id, is_moderator)
    count = Note.objects.values_list("comment_count", flat=True).get(pk=reader.note_id)
    known = dict(
        Comment.objects.filter(note_id=reader.note_id, public_id__in=list(shown)[:MOST_SHOWN])
        .values_list("pk", "public_id")
        .order_by("pk")
    )
    fresh = visible_to(reader).filter(parent__isnull=True, pk__gt=read_pk(since))
    there = list_by_ids(reader, list(known))
    threads = _count_replies(reader, there)
    seen = {one.public_id for one in there}
    return CommentNews(
        note_id=reader.note_id,
        comment_count=count,
        fresh=fresh.exclude(pk__in=known).exclude(author_id=viewer_id or 0).count(),
        threads=threads,
        gone=[public_id for public_id in known.values() if public_id not in seen],
        rules=read_comment_rules(
            note_id=reader.note_id, author_id=reader.note_author_id, viewer_id=viewer_id
        ),
    )


def list_fresh_comments(
    *, note_public_id: str, viewer_id: int | None, since: str, is_moderator: bool = False
) -> tuple[list[CommentView], str]:
    """Return the comments that came after a mark, newest first, and the new mark.

    At most fifty; Raises NoteMissing or InvalidCursor.
    """
    reader = open_for(note_public_id, viewer_id, is_moderator)
    mark = mark_newest(note_public_id)
    fresh = visible_to(reader).filter(parent__isnull=True, pk__gt=read_pk(since))
    ids = fresh.exclude(author_id=viewer_id or 0).order_by("-pk").values_list("pk", flat=True)
    return list_by_ids(reader, list(ids[:MOST_AT_ONCE]), threads=True), mark


def _count_replies(reader: Reader, there: list[CommentView]) -> list[ThreadNews]:
    """Return each comment with how many replies came after the last that is shown under it."""
    last: dict[str, int] = {}
    for one in there:
        if one.parent_public_id:
            last[one.parent_public_id] = max(last.get(one.parent_public_id, 0), one.id)
    tops = {one.id: one.public_id for one in there if not one.parent_public_id}
    counts = dict.fromkeys(tops, 0)
    later = Q()
    for pk, public_id in tops.items():
        later |= Q(parent_id=pk, pk__gt=last.get(public_id, 0))
    if tops:
        replies = visible_to(reader).filter(later).order_by().values_list("parent_id")
        counts |= {parent_id or 0: count for parent_id, count in replies.annotate(Count("pk"))}
    return [
        ThreadNews(
            comment=one,
            fresh_replies=counts.get(one.id, 0),
            replies_cursor=encode_cursor({"pk": last[one.public_id]})
            if one.public_id in last
            else "",
        )
        for one in there
    ]
