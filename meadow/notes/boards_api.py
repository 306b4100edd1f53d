"""The boards part of the API: the same services as the pages, with the same refusals."""

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from meadow.accounts.api_auth import open_to_all, scoped
from meadow.accounts.permissions import require_person
from meadow.accounts.queries import get_person_by_handle
from meadow.core.clock import now
from meadow.core.pagination import Page
from meadow.notes import limits, queries, services
from meadow.notes.errors import BoardMissing
from meadow.notes.records import BoardCard
from meadow.notes.schemas import (
    AuthorOut,
    CardPage,
    PhotoOut,
    describe_author,
    describe_card_page,
    describe_photo,
)

router = Router(tags=["boards"])


class BoardRow(Schema):
    """A board in a list; notes and covers are those that the caller may see."""

    id: str
    name: str
    about: str
    is_public: bool
    note_count: int
    covers: list[PhotoOut]


class BoardOut(BoardRow):
    """A board and whose it is."""

    owner: AuthorOut


class BoardPage(Schema):
    """One page of boards."""

    items: list[BoardRow]
    next_cursor: str | None


class BoardIn(Schema):
    """A new board."""

    name: str
    about: str = ""
    is_public: bool = True


class BoardPatch(Schema):
    """Changes to an own board; what is left out stays. `cover` is a note on it, "" for the newest."""

    name: str | None = None
    about: str | None = None
    is_public: bool | None = None
    cover: str | None = None
    at_front: bool = Field(False, description="Make it the first of your boards.")


class Moved(Schema):
    """Notes that go from one own board to another."""

    notes: list[str] = Field(max_length=limits.MOST_MOVED)
    to: str = Field(description="Id of the board they go to.")


@router.get("/boards", response=BoardPage, summary="List own boards", **scoped("notes:read"))
def list_own(request: HttpRequest, cursor: str | None = None) -> BoardPage:
    """Return your boards in their order, those only you see too."""
    person = require_person(request.user)
    page = queries.boards_of(owner_id=person.pk, viewer_id=person.pk, cursor=cursor)
    return _page(page)


@router.get(
    "/people/{handle}/boards",
    response=BoardPage,
    summary="List a person's boards",
    **open_to_all("notes:read"),
)
def list_of_person(request: HttpRequest, handle: str, cursor: str | None = None) -> BoardPage:
    """Return the boards of a person that you may see."""
    owner = get_person_by_handle(handle, request.user.pk)
    page = queries.boards_of(owner_id=owner.id, viewer_id=request.user.pk, cursor=cursor)
    return _page(page)


@router.post("/boards", response={201: BoardOut}, summary="Make a board", **scoped("social:write"))
def create(request: HttpRequest, payload: BoardIn) -> Status[BoardOut]:
    """Make an empty board; put notes on it with PUT /boards/{id}/notes/{note}."""
    person = require_person(request.user)
    board = services.create_board(
        owner_id=person.pk,
        name=payload.name,
        about=payload.about,
        is_public=payload.is_public,
        now=now(),
    )
    return Status(201, _board(board.public_id, person.pk))


@router.get(
    "/boards/{board_id}", response=BoardOut, summary="Read a board", **open_to_all("notes:read")
)
def read(request: HttpRequest, board_id: str) -> BoardOut:
    """Return a public board, or an own one."""
    return _board(board_id, request.user.pk)


@router.patch(
    "/boards/{board_id}", response=BoardOut, summary="Change a board", **scoped("social:write")
)
def change(request: HttpRequest, board_id: str, payload: BoardPatch) -> BoardOut:
    """Change an own board's words, cover, who sees it, or its place."""
    person = require_person(request.user)
    board = queries.get_board(public_id=board_id, viewer_id=person.pk)
    if not board.is_own:
        raise BoardMissing
    card = board.card
    services.edit_board(
        public_id=board_id,
        owner_id=person.pk,
        name=card.name if payload.name is None else payload.name,
        about=card.about if payload.about is None else payload.about,
        is_public=card.is_public if payload.is_public is None else payload.is_public,
        cover=payload.cover,
        now=now(),
    )
    if payload.at_front:
        services.move_board_to_front(public_id=board_id, owner_id=person.pk, now=now())
    return _board(board_id, person.pk)


@router.delete(
    "/boards/{board_id}",
    response={204: None},
    summary="Delete a board",
    **scoped("social:write"),
)
def delete(request: HttpRequest, board_id: str) -> Status[None]:
    """Delete an own board; its notes stay saved."""
    person = require_person(request.user)
    services.delete_board(public_id=board_id, owner_id=person.pk, now=now())
    return Status(204, None)


@router.get(
    "/boards/{board_id}/notes",
    response=CardPage,
    summary="List a board's notes",
    **open_to_all("notes:read"),
)
def list_notes(request: HttpRequest, board_id: str, cursor: str | None = None) -> CardPage:
    """Return those notes of a board that you may see, last added first."""
    viewer_id = request.user.pk
    board = queries.get_board(public_id=board_id, viewer_id=viewer_id)
    return describe_card_page(
        queries.notes_on_board(board_id=board.card.id, viewer_id=viewer_id, cursor=cursor)
    )


@router.put(
    "/boards/{board_id}/notes/{note_id}",
    response=BoardOut,
    summary="Put a note on a board",
    **scoped("social:write"),
)
def put_note(request: HttpRequest, board_id: str, note_id: str) -> BoardOut:
    """Put a note on an own board, which saves it too; again changes nothing."""
    person = require_person(request.user)
    services.put_on_board(board_id=board_id, note_id=note_id, person_id=person.pk, now=now())
    return _board(board_id, person.pk)


@router.delete(
    "/boards/{board_id}/notes/{note_id}",
    response=BoardOut,
    summary="Take a note off a board",
    **scoped("social:write"),
)
def take_note(request: HttpRequest, board_id: str, note_id: str) -> BoardOut:
    """Take a note off an own board; it stays saved. Again changes nothing."""
    person = require_person(request.user)
    services.take_off_board(board_id=board_id, note_id=note_id, person_id=person.pk, now=now())
    return _board(board_id, person.pk)


@router.post(
    "/boards/{board_id}/move",
    response=BoardOut,
    summary="Move notes to another board",
    **scoped("social:write"),
)
def move(request: HttpRequest, board_id: str, payload: Moved) -> BoardOut:
    """Move notes between two own boards, all of them or none; answers with the board they went to."""
    person = require_person(request.user)
    services.move_to_board(
        board_id=board_id,
        to_id=payload.to,
        note_ids=payload.notes,
        person_id=person.pk,
        now=now(),
    )
    return _board(payload.to, person.pk)


def _board(public_id: str, viewer_id: int | None) -> BoardOut:
    board = queries.get_board(public_id=public_id, viewer_id=viewer_id)
    return BoardOut(**_row(board.card).dict(), owner=describe_author(board.owner))


def _page(page: Page[BoardCard]) -> BoardPage:
    return BoardPage(items=[_row(one) for one in page.items], next_cursor=page.next_cursor)


def _row(board: BoardCard) -> BoardRow:
    return BoardRow(
        id=board.public_id,
        name=board.name,
        about=board.about,
        is_public=board.is_public,
        note_count=board.note_count,
        covers=[describe_photo(cover, "") for cover in board.covers],
    )
