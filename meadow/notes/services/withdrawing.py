"""What a person wrote leaves view with them, and comes back with them: steps of a verdict about them.

Their notes follow by the rule of who may see a note; what is counted elsewhere is moved here. The
caller holds the person's row, which whoever writes as them takes first.
"""

import datetime as dt
from collections import Counter
from typing import Any, Final

from django.db import connection
from django.db.models import Q

from meadow.core.transactions import transaction_required
from meadow.notes.models import Comment, Note, NoteTopic, Topic
from meadow.notes.queries.access import is_listed
from meadow.notes.services.comment_readers import tell_readers
from meadow.notes.services.publishing import place_under_topics, set_topics
from meadow.notes.text import find_topics

_NOTES: Final = (
    "UPDATE notes_note n SET comment_count = n.comment_count + moved.many"
    " FROM unnest(%s::bigint[], %s::int[]) moved (id, many) WHERE n.id = moved.id"
)
_PARENTS: Final = (
    "UPDATE notes_comment c SET reply_count = c.reply_count + moved.many"
    " FROM unnest(%s::bigint[], %s::int[]) moved (id, many) WHERE c.id = moved.id"
)
_STOOD: Final = "withheld_at IS NULL AND hidden_at IS NULL AND deleted_at IS NULL"
_WITHDRAW: Final = (
    "UPDATE notes_comment SET withdrawn_at = %s, pinned_at = NULL"  # noqa: S608 - our own texts
    " WHERE author_id = %s AND withdrawn_at IS NULL"
    f" RETURNING note_id, parent_id, {_STOOD}"
)
_BRING_BACK: Final = (
    "UPDATE notes_comment SET withdrawn_at = NULL"  # noqa: S608 - our own texts
    " WHERE author_id = %s AND withdrawn_at IS NOT NULL"
    f" RETURNING note_id, parent_id, {_STOOD}"
)


@transaction_required
def follow_person(person_id: int, hidden: bool, now: dt.datetime) -> None:
    """Take what somebody wrote from what is counted, or count it again."""
    _lock_notes(person_id)
    with connection.cursor() as cursor:
        if hidden:
            cursor.execute(_WITHDRAW, [now, person_id])
        else:
            cursor.execute(_BRING_BACK, [person_id])
        moved = [(note, parent) for note, parent, stood in cursor.fetchall() if stood]
        _count(cursor, moved, by=-1 if hidden else 1)
    for note_id in sorted({note for note, _ in moved}):
        tell_readers(note_id=note_id)
    _place(person_id, hidden=hidden)


@transaction_required
def _lock_notes(person_id: int) -> None:
    """Hold every note that they wrote or wrote under, in primary-key order."""
    own = Note.objects.filter(author_id=person_id, state=Note.State.PUBLISHED).values("pk")
    under = Comment.objects.filter(author_id=person_id).values("note_id")
    list(
        Note.objects.select_for_update(no_key=True)
        .filter(pk__in=own.union(under, all=True))
        .order_by("pk")
        .values_list("pk")
    )


def _count(cursor: Any, moved: list[tuple[int, int | None]], *, by: int) -> None:
    for statement, counted in (
        (_NOTES, Counter(note for note, _ in moved)),
        (_PARENTS, Counter(parent for _, parent in moved if parent is not None)),
    ):
        ids = sorted(counted)
        cursor.execute(statement, [ids, [by * counted[one] for one in ids]])


@transaction_required
def _place(person_id: int, *, hidden: bool) -> None:
    """Take their notes from under topics, or put them back; all topics are held in one order first."""
    notes = list(Note.objects.filter(is_listed(), author_id=person_id).order_by("pk"))
    placed = NoteTopic.objects.filter(note__author_id=person_id)
    slugs = {slug for note in notes for slug in find_topics(note.body)}
    list(
        Topic.objects.select_for_update(no_key=True)
        .filter(Q(pk__in=placed.values("topic_id")) | Q(slug__in=slugs))
        .order_by("pk")
        .values_list("pk")
    )
    if hidden:
        for note_id in sorted(set(placed.values_list("note_id", flat=True))):
            set_topics(note_id=note_id, found={})
    for note in notes:
        place_under_topics(note)
