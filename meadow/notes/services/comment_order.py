"""The best-first order of a note's comments, made after something happened and read many times.

A like, a reply or a time written moves a comment; the hour at which somebody looks does not. So an
order stays right until somebody acts (docs/algorithms/comments.md).
"""

import datetime as dt
from typing import Final

from django.db import connection
from django.db.models import Exists, OuterRef

from meadow.core.transactions import transaction
from meadow.notes.models import CommentOrder, CommentWeights, Note, NoteWatch

# Beyond these, comments follow newest first.
MOST_ORDERED: Final = 1000
# Whoever still has a page open turns to its next one within that time.
KEPT_FOR: Final = dt.timedelta(hours=6)
# As Meadow ships; the rows of CommentWeights hold, this is what the first of them says.
FIRST_WEIGHTS: Final = {"doubling_hours": 72.0, "replier_points": 2.0, "author_like_points": 4.0}

# One statement, so that `newest` and the order are of one moment.
_ORDER: Final = """
WITH scored AS (
    SELECT c.id,
           extract(epoch FROM c.created_at) + %(doubling)s * log(2, 1
               + c.like_count - likes.own
               + %(replier)s * others.repliers
               + %(author)s * likes.by_author) AS score
    FROM notes_comment c
    JOIN notes_note n ON n.id = c.note_id
    CROSS JOIN LATERAL (
        SELECT count(DISTINCT r.author_id) AS repliers
        FROM notes_comment r
        WHERE r.parent_id = c.id AND r.stands AND r.author_id <> c.author_id
    ) others
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE l.person_id = c.author_id) AS own,
               count(*) FILTER (WHERE l.person_id <> c.author_id) AS by_author
        FROM notes_commentlike l
        WHERE l.comment_id = c.id AND l.person_id IN (c.author_id, n.author_id)
    ) likes
    WHERE c.note_id = %(note)s AND c.parent_id IS NULL AND (c.stands OR c.reply_count > 0)
)
SELECT coalesce((SELECT max(id) FROM scored), 0),
       ARRAY(SELECT id FROM scored ORDER BY score DESC, id DESC LIMIT %(most)s)
"""


def order_comments(*, note_id: int, now: dt.datetime) -> None:
    """Put the comments of a note in order, best first, for whoever opens it from now on.

    Points are 1, the likes of others, some for each other person who replied, more where the note's
    author likes it; a doubling of the points weighs as much as some hours (CommentWeights). An order
    that did not change is not kept twice.
    """
    weights = weights_in_force()
    with connection.cursor() as cursor:
        cursor.execute(
            _ORDER,
            {
                "note": note_id,
                "doubling": weights["doubling_hours"] * 3600,
                "replier": weights["replier_points"],
                "author": weights["author_like_points"],
                "most": MOST_ORDERED,
            },
        )
        newest, ids = cursor.fetchone()
    last = CommentOrder.objects.filter(note_id=note_id).order_by("-pk").first()
    if last is not None and (last.newest, last.comment_ids) == (newest, ids):
        return
    if ids and Note.objects.filter(pk=note_id).exists():
        CommentOrder.objects.create(note_id=note_id, made_at=now, newest=newest, comment_ids=ids)


def weights_in_force() -> dict[str, float]:
    """Return the newest weights by name."""
    newest = CommentWeights.objects.order_by("-version").values(*FIRST_WEIGHTS).first()
    return dict(newest) if newest else dict(FIRST_WEIGHTS)


def forget_old_orders(*, now: dt.datetime) -> int:
    """Delete orders that nobody reads on in any more, and watches that have ended.

    The newest order of a note stays. Returns how many rows went.
    """
    newer = CommentOrder.objects.filter(note=OuterRef("note"), pk__gt=OuterRef("pk"))
    with transaction():
        orders, _ = CommentOrder.objects.filter(Exists(newer), made_at__lt=now - KEPT_FOR).delete()
        watches, _ = NoteWatch.objects.filter(until__lt=now).delete()
    return orders + watches
