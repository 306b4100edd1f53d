"""Who hears of a comment: whom it names, whom it answers, whose note it is under, whose page is open."""

import datetime as dt
from typing import Final

from django.db import connection

from meadow.accounts import queries as people
from meadow.core import realtime
from meadow.core.transactions import transaction
from meadow.notes.comment_kinds import ANSWERED, COMMENTED, LIKED, NAMED
from meadow.notes.models import Comment, CommentLike
from meadow.notes.queries.access import can_see, seen_by
from meadow.notes.text import find_mentions
from meadow.notifications.services import Notice, notify_gathered

CHANGED: Final = "comments.changed"

# Asked when it is told, so that whoever may not see the note any more hears nothing of it.
_READERS: Final = f"""
SELECT n.public_id, w.person_id
FROM notes_notewatch w
JOIN notes_note n ON n.id = w.note_id
WHERE w.note_id = %(note)s AND w.until > %(now)s AND {seen_by("w.person_id")}
ORDER BY w.person_id
"""  # noqa: S608 - our own texts


def announce_to_readers(*, note_id: int, now: dt.datetime) -> int:
    """Tell everybody who has a note open, and may see it, to look again; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_READERS, {"note": note_id, "now": now})
        rows = cursor.fetchall()
    if rows:
        realtime.publish_many(
            person_ids=[person_id for _, person_id in rows],
            kind=CHANGED,
            payload={"note": rows[0][0]},
        )
    return len(rows)


def tell_of_comment(*, comment_id: int, now: dt.datetime) -> None:
    """Give each person whom a comment concerns one piece of news of it, the nearest one.

    Nobody hears of their own words, of somebody behind a block, or of a note that they may not see.
    """
    comment = (
        Comment.objects.filter(pk=comment_id, stands=True)
        .select_related("note", "parent", "answers")
        .first()
    )
    if comment is None:
        return
    told: dict[int, tuple[str, str]] = {comment.note.author_id: (COMMENTED, comment.note.public_id)}
    for answered in (comment.parent, comment.answers):
        if answered is not None:
            told[answered.author_id] = (ANSWERED, answered.public_id)
    for person_id in people.find_by_handles(find_mentions(comment.body)).values():
        told[person_id] = (NAMED, comment.public_id)
    told.pop(comment.author_id, None)
    blocked = people.blocked_ids(comment.author_id)
    for person_id in sorted(told.keys() - blocked):
        kind, group = told[person_id]
        if can_see(note_id=comment.note_id, viewer_id=person_id):
            _tell(comment, person_id, kind, group=group, by=comment.author_id, now=now)


def tell_of_comment_like(*, comment_id: int, person_id: int, now: dt.datetime) -> None:
    """Tell a comment's writer of a like that is still there."""
    comment = Comment.objects.filter(pk=comment_id, stands=True).select_related("note").first()
    liked = CommentLike.objects.filter(comment_id=comment_id, person_id=person_id)
    if comment is None or comment.author_id == person_id or not liked.exists():
        return
    if people.is_blocked_between(person_id, comment.author_id):
        return
    if can_see(note_id=comment.note_id, viewer_id=comment.author_id):
        _tell(comment, comment.author_id, LIKED, group=comment.public_id, by=person_id, now=now)


def _tell(
    comment: Comment, person_id: int, kind: str, *, group: str, by: int, now: dt.datetime
) -> None:
    note = comment.note.public_id
    notice = Notice(
        person_id=person_id,
        kind=kind,
        params={"comment": comment.public_id, "note": note},
        url=f"/n/{note}?comment={comment.public_id}#{comment.public_id}",
        key=f"{kind}:{comment.public_id}:{by}",
    )
    with transaction():
        notify_gathered(notice=notice, group=group, by=by, now=now)
