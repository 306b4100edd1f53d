"""Boards: made, named, filled and emptied by their owner; what stands on one is kept."""

import datetime as dt
from collections.abc import Sequence

from django.db import connection
from django.db.models import Min
from django.db.models.functions import Lower

from meadow.core.events import publish
from meadow.core.ids import new_id
from meadow.core.limits import check_rate
from meadow.core.transactions import transaction, transaction_required
from meadow.notes import limits
from meadow.notes.errors import (
    BoardAboutTooLong,
    BoardFull,
    BoardMissing,
    BoardNameMissing,
    BoardNameTaken,
    BoardNameTooLong,
    NoteMissing,
    TooManyBoards,
    TooManyMoved,
)
from meadow.notes.events import NoteSaved
from meadow.notes.models import Board, BoardNote, Save
from meadow.notes.services.reactions import add_reaction, find_target, told_of
from meadow.notes.text import clean_line, clean_text

# Names and the number of boards are asked for over all of a person's: one change of them at a time.
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('notes.boards:' || %s, 0))"


def create_board(
    *, owner_id: int, name: str, about: str = "", is_public: bool = True, now: dt.datetime
) -> Board:
    """Make an empty board, the first of its owner's.

    Raises BoardNameMissing, BoardNameTooLong, BoardAboutTooLong, BoardNameTaken, TooManyBoards or
    RateLimited.
    """
    _check_pace(owner_id, now=now)
    name, about = _clean(name, about)
    with transaction():
        _lock_boards_of(owner_id)
        boards = Board.objects.filter(owner_id=owner_id)
        if boards.count() >= limits.MOST_BOARDS:
            raise TooManyBoards(most=limits.MOST_BOARDS)
        _check_free(owner_id, name)
        return Board.objects.create(
            public_id=new_id("b"),
            owner_id=owner_id,
            name=name,
            about=about,
            is_public=is_public,
            place=_front_of(owner_id),
            created_at=now,
            edited_at=now,
        )


def edit_board(
    *,
    public_id: str,
    owner_id: int,
    name: str,
    about: str,
    is_public: bool,
    now: dt.datetime,
    cover: str | None = None,
) -> None:
    """Change what a board is called and who sees it; `cover` is a note on it, "" for the newest.

    Raises what create_board raises about words, BoardMissing, or NoteMissing for a cover elsewhere.
    """
    _check_pace(owner_id, now=now)
    name, about = _clean(name, about)
    with transaction():
        _lock_boards_of(owner_id)
        board = lock_own_board(public_id=public_id, owner_id=owner_id)
        _check_free(owner_id, name, besides=board.pk)
        if cover is not None:
            board.cover_id = _find_cover(board, cover) if cover else None
        board.name, board.about, board.is_public = name, about, is_public
        board.edited_at = now
        board.save(update_fields=["name", "about", "is_public", "cover", "edited_at"])


def delete_board(*, public_id: str, owner_id: int, now: dt.datetime) -> None:
    """Delete a board; its notes stay saved. Raises BoardMissing or RateLimited."""
    _check_pace(owner_id, now=now)
    with transaction():
        lock_own_board(public_id=public_id, owner_id=owner_id).delete()


def move_board_to_front(*, public_id: str, owner_id: int, now: dt.datetime) -> None:
    """Make a board the first of its owner's. Raises BoardMissing or RateLimited."""
    _check_pace(owner_id, now=now)
    with transaction():
        _lock_boards_of(owner_id)
        board = lock_own_board(public_id=public_id, owner_id=owner_id)
        board.place = _front_of(owner_id)
        board.save(update_fields=["place"])


def put_on_board(*, board_id: str, note_id: str, person_id: int, now: dt.datetime) -> None:
    """Put a note on an own board, and keep it if it was not kept; again changes nothing.

    Both ids are public ones. Raises BoardMissing, BoardFull, NoteMissing, Blocked or RateLimited.
    """
    _check_pace(person_id, now=now)
    with transaction():
        note = find_target(public_id=note_id, person_id=person_id)
        kept = _keep(note.id, person_id, now=now)
        if kept.is_fresh:
            publish(NoteSaved(**told_of(note, person_id=person_id, now=now)))
        board = lock_own_board(public_id=board_id, owner_id=person_id)
        _add(board, [kept.id], now=now)


def take_off_board(*, board_id: str, note_id: str, person_id: int, now: dt.datetime) -> None:
    """Take a note off an own board; it stays saved. Raises BoardMissing or RateLimited."""
    take_many_off_board(board_id=board_id, note_ids=[note_id], person_id=person_id, now=now)


def take_many_off_board(
    *, board_id: str, note_ids: Sequence[str], person_id: int, now: dt.datetime
) -> None:
    """Take notes off an own board; they stay saved.

    Raises BoardMissing, TooManyMoved or RateLimited.
    """
    _check_chosen(note_ids)
    _check_pace(person_id, now=now)
    with transaction():
        board = lock_own_board(public_id=board_id, owner_id=person_id)
        _take(board, note_ids)


def move_to_board(
    *, board_id: str, to_id: str, note_ids: Sequence[str], person_id: int, now: dt.datetime
) -> None:
    """Move notes from one own board to another; what the other holds already is only taken off.

    Raises BoardMissing, BoardFull, TooManyMoved or RateLimited, and then nothing has moved.
    """
    _check_chosen(note_ids)
    _check_pace(person_id, now=now)
    with transaction():
        boards = {
            board.public_id: board
            for board in Board.objects.select_for_update(no_key=True)
            .filter(owner_id=person_id, public_id__in=[board_id, to_id])
            .order_by("pk")
        }
        if board_id not in boards or to_id not in boards:
            raise BoardMissing
        if board_id == to_id:
            return
        moved = _take(boards[board_id], note_ids)
        _add(boards[to_id], moved, now=now)


@transaction_required
def lock_own_board(*, public_id: str, owner_id: int) -> Board:
    """Return an own board, locked until the use case ends. Raises BoardMissing."""
    board = (
        Board.objects.select_for_update(no_key=True)
        .filter(public_id=public_id, owner_id=owner_id)
        .first()
    )
    if board is None:
        raise BoardMissing
    return board


class _Kept:
    """A row of Save, and whether this use case made it."""

    def __init__(self, *, id: int, is_fresh: bool) -> None:
        self.id, self.is_fresh = id, is_fresh


def _keep(note_id: int, person_id: int, *, now: dt.datetime) -> _Kept:
    fresh = add_reaction(kind="save", note_id=note_id, person_id=person_id, now=now)
    kept = (
        Save.objects.select_for_update(no_key=True)
        .filter(note_id=note_id, person_id=person_id)
        .values_list("pk", flat=True)
        .first()
    )
    if kept is None:  # taken back between the two statements: whoever did that wins
        raise NoteMissing
    return _Kept(id=kept, is_fresh=fresh)


def _add(board: Board, kept_ids: Sequence[int], *, now: dt.datetime) -> None:
    there = set(
        BoardNote.objects.filter(board=board, kept_id__in=kept_ids).values_list(
            "kept_id", flat=True
        )
    )
    fresh = [kept_id for kept_id in kept_ids if kept_id not in there]
    if BoardNote.objects.filter(board=board).count() + len(fresh) > limits.MOST_IN_BOARD:
        raise BoardFull(most=limits.MOST_IN_BOARD)
    BoardNote.objects.bulk_create(
        BoardNote(board=board, kept_id=kept_id, added_at=now) for kept_id in fresh
    )


def _take(board: Board, note_ids: Sequence[str]) -> list[int]:
    rows = BoardNote.objects.filter(board=board, kept__note__public_id__in=note_ids)
    kept_ids = list(rows.order_by("pk").values_list("kept_id", flat=True))
    if board.cover_id and rows.filter(kept__note_id=board.cover_id).exists():
        board.cover_id = None
        board.save(update_fields=["cover"])
    rows.delete()
    return kept_ids


def _find_cover(board: Board, note_id: str) -> int:
    found = BoardNote.objects.filter(board=board, kept__note__public_id=note_id)
    cover = found.values_list("kept__note_id", flat=True).first()
    if cover is None:
        raise NoteMissing
    return cover


def _clean(name: str, about: str) -> tuple[str, str]:
    name, about = clean_line(name), clean_text(about)
    if not name:
        raise BoardNameMissing
    if len(name) > limits.BOARD_NAME_LENGTH:
        raise BoardNameTooLong(length=len(name), most=limits.BOARD_NAME_LENGTH)
    if len(about) > limits.BOARD_ABOUT_LENGTH:
        raise BoardAboutTooLong(length=len(about), most=limits.BOARD_ABOUT_LENGTH)
    return name, about


def _check_free(owner_id: int, name: str, *, besides: int = 0) -> None:
    named = Board.objects.alias(lowered=Lower("name")).filter(
        owner_id=owner_id, lowered=name.lower()
    )
    if named.exclude(pk=besides).exists():
        raise BoardNameTaken(name=name)


def _check_chosen(note_ids: Sequence[str]) -> None:
    if len(note_ids) > limits.MOST_MOVED:
        raise TooManyMoved(count=len(note_ids), most=limits.MOST_MOVED)


def _front_of(owner_id: int) -> int:
    first: int | None = Board.objects.filter(owner_id=owner_id).aggregate(first=Min("place"))[
        "first"
    ]
    return (first or 0) - 1


@transaction_required
def _lock_boards_of(owner_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [owner_id])


def _check_pace(person_id: int, *, now: dt.datetime) -> None:
    check_rate(name="notes.boards", rate=limits.BOARDS_RATE, subject=f"person:{person_id}", now=now)
