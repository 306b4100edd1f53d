"""Likes and saves: one statement adds or removes the row and counts it, or does neither."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal, TypedDict

from django.db import connection

from meadow.accounts import queries as people
from meadow.core.events import publish
from meadow.core.limits import check_rate
from meadow.core.transactions import transaction, transaction_required
from meadow.notes import limits
from meadow.notes.errors import Blocked, NoteMissing
from meadow.notes.events import NoteLiked, NoteSaved, NoteUnliked, NoteUnsaved
from meadow.notes.models import Board, BoardNote, Note, Save
from meadow.notes.queries.access import is_seen_by

Kind = Literal["like", "save"]

_ADD = {
    kind: (
        f"WITH added AS (INSERT INTO notes_{kind} (note_id, person_id, created_at)"  # noqa: S608
        " VALUES (%s, %s, %s) ON CONFLICT DO NOTHING RETURNING note_id)"
        f" UPDATE notes_note SET {kind}_count = {kind}_count + 1"
        " FROM added WHERE notes_note.id = added.note_id"
    )
    for kind in ("like", "save")
}
# A trigger counts what goes, also where it goes with a person (migration 0011).
_REMOVE = {
    kind: f"DELETE FROM notes_{kind} WHERE note_id = %s AND person_id = %s"  # noqa: S608
    for kind in ("like", "save")
}


class Reaction(TypedDict):
    """The fields that the events of likes and saves share."""

    note_id: int
    author_id: int
    person_id: int
    at: str


@dataclass(frozen=True)
class Target:
    """The published note that is reacted to."""

    id: int
    author_id: int


def like_note(*, public_id: str, person_id: int, now: dt.datetime) -> None:
    """Like a published note; liking it again changes nothing.

    Raises NoteMissing, Blocked or RateLimited.
    """
    _check_pace(person_id, now=now)
    with transaction():
        note = find_target(public_id=public_id, person_id=person_id)
        if add_reaction(kind="like", note_id=note.id, person_id=person_id, now=now):
            publish(NoteLiked(**told_of(note, person_id=person_id, now=now)))


def unlike_note(*, public_id: str, person_id: int, now: dt.datetime) -> None:
    """Take a like back; without one nothing changes. Raises NoteMissing or RateLimited."""
    _check_pace(person_id, now=now)
    with transaction():
        note = find_target(public_id=public_id, person_id=None)
        if remove_reaction(kind="like", note_id=note.id, person_id=person_id):
            publish(NoteUnliked(**told_of(note, person_id=person_id, now=now)))


def save_note(*, public_id: str, person_id: int, now: dt.datetime) -> None:
    """Keep a published note for later; keeping it again changes nothing.

    Raises NoteMissing, Blocked or RateLimited.
    """
    _check_pace(person_id, now=now)
    with transaction():
        note = find_target(public_id=public_id, person_id=person_id)
        if add_reaction(kind="save", note_id=note.id, person_id=person_id, now=now):
            publish(NoteSaved(**told_of(note, person_id=person_id, now=now)))


def unsave_note(*, public_id: str, person_id: int, now: dt.datetime) -> None:
    """Keep a note no longer, on no board either; without having kept it nothing changes."""
    _check_pace(person_id, now=now)
    with transaction():
        note = find_target(public_id=public_id, person_id=None)
        clear_boards(note_id=note.id, person_id=person_id)
        if remove_reaction(kind="save", note_id=note.id, person_id=person_id):
            publish(NoteUnsaved(**told_of(note, person_id=person_id, now=now)))


@transaction_required
def clear_boards(*, note_id: int, person_id: int) -> None:
    """Take a note off all boards of a person; whoever puts it on one meanwhile waits."""
    kept = Save.objects.select_for_update().filter(note_id=note_id, person_id=person_id).first()
    if kept is not None:
        rows = BoardNote.objects.filter(kept=kept)
        list(
            Board.objects.select_for_update(no_key=True)
            .filter(pk__in=rows.values("board_id"))
            .order_by("pk")
            .values_list("pk")
        )
        Board.objects.filter(cover_id=note_id, pk__in=rows.values("board_id")).update(cover=None)
        rows.delete()


@transaction_required
def add_reaction(*, kind: Kind, note_id: int, person_id: int, now: dt.datetime) -> bool:
    """Insert a like or save and count it in the same statement; False if it was there."""
    with connection.cursor() as cursor:
        cursor.execute(_ADD[kind], [note_id, person_id, now])
        return bool(cursor.rowcount)


@transaction_required
def remove_reaction(*, kind: Kind, note_id: int, person_id: int) -> bool:
    """Delete a like or save and uncount it in the same statement; False if there was none."""
    with connection.cursor() as cursor:
        cursor.execute(_REMOVE[kind], [note_id, person_id])
        return bool(cursor.rowcount)


def find_target(*, public_id: str, person_id: int | None) -> Target:
    """Return a published note that this person may see.

    With None any published one, for what is taken back. Raises NoteMissing, or Blocked when a block
    stands between.
    """
    notes = Note.objects.filter(public_id=public_id, state=Note.State.PUBLISHED)
    if person_id is not None:
        notes = notes.filter(is_seen_by(person_id, blocks=False))
    row = notes.values_list("pk", "author_id").first()
    if row is None:
        raise NoteMissing
    target = Target(id=row[0], author_id=row[1])
    if person_id is not None and people.is_blocked_between(person_id, target.author_id):
        raise Blocked
    return target


def told_of(note: Target, *, person_id: int, now: dt.datetime) -> Reaction:
    """Return what every event of a like or save says."""
    return {
        "note_id": note.id,
        "author_id": note.author_id,
        "person_id": person_id,
        "at": now.isoformat(),
    }


def _check_pace(person_id: int, *, now: dt.datetime) -> None:
    check_rate(
        name="notes.react", rate=limits.REACTIONS_RATE, subject=f"person:{person_id}", now=now
    )
