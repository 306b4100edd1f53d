"""Reads of boards: for everybody the public ones, for their owner all; a note only for who may see it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, OuterRef

from meadow.accounts import queries as people
from meadow.accounts.standing import is_shown_to
from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.notes.errors import BoardMissing
from meadow.notes.models import Board, BoardNote
from meadow.notes.queries.access import is_seen_by, listed, seen_by
from meadow.notes.queries.notes import PAGE_LENGTH, get_checked_cards
from meadow.notes.records import BoardCard, BoardChoice, BoardView, NoteCard

BOARDS_A_PAGE: Final = 24
COVERS: Final = 3

_CARDS = """
SELECT b.id, b.public_id, b.name, b.about, b.is_public, b.place, b.note_count,
       seen.count, seen.covers
FROM notes_board b
CROSS JOIN LATERAL (
    SELECT count(*) AS count,
           (array_agg(n.id ORDER BY n.id IS NOT DISTINCT FROM b.cover_id DESC, k.id DESC))
               [1:{covers}] AS covers
    FROM notes_boardnote k
    JOIN notes_save s ON s.id = k.kept_id
    JOIN notes_note n ON n.id = s.note_id
    JOIN accounts_person a ON a.id = n.author_id
    WHERE k.board_id = b.id AND a.is_active AND {seen}
) seen
WHERE {which}
ORDER BY b.place, b.id LIMIT %(size)s
"""
_OF_OWNER = """b.owner_id = %(owner)s AND (b.is_public OR b.owner_id = %(viewer)s)
  AND (b.place, b.id) > (%(place)s, %(id)s)"""
_FIRST_PLACE: Final = -(2**31)


def boards_of(
    *,
    owner_id: int,
    viewer_id: int | None,
    cursor: str | None = None,
    length: int = BOARDS_A_PAGE,
) -> Page[BoardCard]:
    """Return a page of a person's boards that a viewer may see, in their owner's order.

    Two queries, however many they are. Raises InvalidCursor.
    """
    place, pk = _read_place(cursor) if cursor else (_FIRST_PLACE, 0)
    found = {"owner": owner_id, "place": place, "id": pk, "size": length + 1}
    rows = _rows(_OF_OWNER, found, viewer_id)
    more = None
    if len(rows) > length:
        more = encode_cursor({"place": rows[length - 1][5], "pk": rows[length - 1][0]})
    return Page(items=_read_cards(rows[:length]), next_cursor=more)


def has_boards(*, owner_id: int, viewer_id: int | None) -> bool:
    """Whether a person has a board that a viewer may see."""
    boards = Board.objects.filter(owner_id=owner_id)
    return (boards if owner_id == viewer_id else boards.filter(is_public=True)).exists()


def get_board(*, public_id: str, viewer_id: int | None) -> BoardView:
    """Return a board as a viewer (None: signed out) sees it. Raises BoardMissing.

    A private one exists for its owner only; one of somebody blocked, either way, does not exist.
    """
    row = (
        Board.objects.filter(is_shown_to(viewer_id, "owner__"), public_id=public_id)
        .values_list("pk", "owner_id", "is_public")
        .first()
    )
    if row is None or not (row[2] or row[1] == viewer_id):
        raise BoardMissing
    pk, owner_id = row[0], row[1]
    if viewer_id is not None and people.is_blocked_between(viewer_id, owner_id):
        raise BoardMissing
    rows = _rows("b.id = %(id)s", {"id": pk, "size": 1}, viewer_id)
    if not rows:
        raise BoardMissing
    owner = people.get_people([owner_id], viewer_id)[owner_id]
    return BoardView(
        card=_read_cards(rows)[0], owner=owner, held=rows[0][6], is_own=owner_id == viewer_id
    )


def notes_on_board(
    *, board_id: int, viewer_id: int | None, cursor: str | None = None, length: int = PAGE_LENGTH
) -> Page[NoteCard]:
    """Return a page of a board's notes that a viewer may see, last added first.

    Raises InvalidCursor. Whether the board itself may be seen is for get_board to say.
    """
    rows = BoardNote.objects.filter(
        is_seen_by(viewer_id, "kept__note__"),
        board_id=board_id,
        kept__note__author__is_active=True,
    )
    if cursor:
        rows = rows.filter(pk__lt=_read_pk(cursor))
    found = list(rows.order_by("-pk").values_list("pk", "kept__note_id")[: length + 1])
    more = encode_cursor({"pk": found[length - 1][0]}) if len(found) > length else None
    cards = get_checked_cards([note_id for _, note_id in found[:length]])
    return Page(items=cards, next_cursor=more)


def boards_for_note(*, note_public_id: str, person_id: int) -> list[BoardChoice]:
    """Return a person's boards and which of them hold a note, in their order; all at once."""
    holds = BoardNote.objects.filter(
        board=OuterRef("pk"), kept__note__public_id=note_public_id, kept__person_id=person_id
    )
    return [
        BoardChoice(public_id=public_id, name=name, is_public=is_public, holds=there)
        for public_id, name, is_public, there in Board.objects.filter(owner_id=person_id)
        .order_by("place", "pk")
        .values_list("public_id", "name", "is_public", Exists(holds))
    ]


def _rows(which: str, values: dict[str, Any], viewer_id: int | None) -> list[tuple[Any, ...]]:
    seen = listed("n") if viewer_id is None else seen_by("%(viewer)s", "n")
    with connection.cursor() as cursor:
        cursor.execute(
            _CARDS.format(which=which, seen=seen, covers=COVERS),
            {**values, "viewer": viewer_id or 0},
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _read_cards(rows: Sequence[tuple[Any, ...]]) -> list[BoardCard]:
    wanted = {note_id for row in rows for note_id in row[8] or ()}
    covers = {
        card.id: replace(card.cover, sizes="(min-width: 48rem) 12rem, 33vw")
        for card in get_checked_cards(sorted(wanted))
        if card.cover is not None
    }
    return [
        BoardCard(
            id=row[0],
            public_id=row[1],
            name=row[2],
            about=row[3],
            is_public=row[4],
            note_count=row[7],
            covers=[covers[note_id] for note_id in row[8] or () if note_id in covers],
        )
        for row in rows
    ]


def _read_place(cursor: str) -> tuple[int, int]:
    place = decode_cursor(cursor)
    try:
        return int(place["place"]), int(place["pk"])
    except (KeyError, TypeError, ValueError) as other:
        raise InvalidCursor from other


def _read_pk(cursor: str) -> int:
    try:
        return int(decode_cursor(cursor)["pk"])
    except (KeyError, TypeError, ValueError) as other:
        raise InvalidCursor from other
