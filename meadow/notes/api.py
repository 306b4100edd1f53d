"""The notes part of the API: the same services as the pages, with the same refusals."""

from django.http import HttpRequest
from ninja import Router, Status

from meadow.accounts.api_auth import open_to_all, scoped
from meadow.accounts.permissions import require_person
from meadow.accounts.queries import get_person_by_handle
from meadow.core.clock import now
from meadow.core.ids import new_id
from meadow.notes import queries, services
from meadow.notes.schemas import (
    CardPage,
    DraftOut,
    DraftPhotoOut,
    DraftRow,
    NoteIn,
    NoteOut,
    NotePatch,
    PhotoIn,
    ReactionOut,
    describe_card_page,
    describe_note,
)

router = Router(tags=["notes"])


@router.post("/notes", response={201: DraftOut}, summary="Begin a draft", **scoped("notes:write"))
def create_note(request: HttpRequest, payload: NoteIn) -> Status[DraftOut]:
    """Make a draft that only you see; publish it with POST /notes/{id}/publish."""
    person = require_person(request.user)
    public_id = new_id("n")
    services.save_draft(
        public_id=public_id,
        author_id=person.pk,
        title=payload.title,
        body=payload.body,
        now=now(),
    )
    services.change_visibility(
        public_id=public_id, author_id=person.pk, visibility=payload.visibility, now=now()
    )
    _set_photos(public_id, person.pk, payload.photos)
    return Status(201, describe_draft(public_id, person.pk))


@router.get("/notes/drafts", response=list[DraftRow], summary="List drafts", **scoped("notes:read"))
def list_drafts(request: HttpRequest) -> list[DraftRow]:
    """Return your drafts, last edited first."""
    person = require_person(request.user)
    return [
        DraftRow(
            id=draft.public_id,
            title=draft.title,
            excerpt=draft.excerpt,
            edited_at=draft.edited_at,
        )
        for draft in queries.list_drafts(author_id=person.pk)
    ]


@router.get("/notes/mine", response=CardPage, summary="List own notes", **scoped("notes:read"))
def list_mine(request: HttpRequest, cursor: str | None = None) -> CardPage:
    """Return what you have published, newest first."""
    person = require_person(request.user)
    return describe_card_page(
        queries.notes_of(author_id=person.pk, viewer_id=person.pk, cursor=cursor)
    )


@router.get("/notes/saved", response=CardPage, summary="List saved notes", **scoped("notes:read"))
def list_saved(request: HttpRequest, cursor: str | None = None) -> CardPage:
    """Return what you keep for later, last kept first."""
    person = require_person(request.user)
    return describe_card_page(queries.saved_by(person_id=person.pk, cursor=cursor))


@router.get(
    "/people/{handle}/notes",
    response=CardPage,
    summary="List a person's notes",
    **open_to_all("notes:read"),
)
def list_of_person(request: HttpRequest, handle: str, cursor: str | None = None) -> CardPage:
    """Return what a person has published and you may see, newest first."""
    viewer_id = request.user.pk
    author = get_person_by_handle(handle, viewer_id)
    return describe_card_page(
        queries.notes_of(author_id=author.id, viewer_id=viewer_id, cursor=cursor)
    )


@router.get(
    "/notes/{note_id}", response=NoteOut, summary="Read a note", **open_to_all("notes:read")
)
def read_note(request: HttpRequest, note_id: str) -> NoteOut:
    """Return a published note, or an own draft."""
    return describe_note(queries.get_note(public_id=note_id, viewer_id=request.user.pk))


@router.patch("/notes/{note_id}", response=DraftOut, summary="Edit", **scoped("notes:write"))
def edit_note(request: HttpRequest, note_id: str, payload: NotePatch) -> DraftOut:
    """Change an own draft or published note."""
    person = require_person(request.user)
    note = queries.get_edited_note(public_id=note_id, author_id=person.pk)
    if payload.visibility is not None:
        services.change_visibility(
            public_id=note_id, author_id=person.pk, visibility=payload.visibility, now=now()
        )
    if payload.photos is not None:
        _set_photos(note_id, person.pk, payload.photos)
    if payload.title is not None or payload.body is not None:
        save = services.edit_note if note.is_published else services.save_draft
        save(
            public_id=note_id,
            author_id=person.pk,
            title=note.title if payload.title is None else payload.title,
            body=note.body if payload.body is None else payload.body,
            now=now(),
        )
    return describe_draft(note_id, person.pk)


@router.post(
    "/notes/{note_id}/publish", response=NoteOut, summary="Publish", **scoped("notes:write")
)
def publish_note(request: HttpRequest, note_id: str) -> NoteOut:
    """Show a draft to everybody. Publishing it again answers the same and changes nothing."""
    person = require_person(request.user)
    services.publish_note(public_id=note_id, author_id=person.pk, now=now())
    return describe_note(queries.get_note(public_id=note_id, viewer_id=person.pk))


@router.delete("/notes/{note_id}", response={204: None}, summary="Delete", **scoped("notes:write"))
def delete_note(request: HttpRequest, note_id: str) -> Status[None]:
    """Take an own note from view, or throw a draft away. Deleting it again changes nothing."""
    person = require_person(request.user)
    services.delete_note(public_id=note_id, author_id=person.pk, now=now())
    return Status(204, None)


@router.put("/notes/{note_id}/like", response=ReactionOut, summary="Like", **scoped("social:write"))
def like_note(request: HttpRequest, note_id: str) -> ReactionOut:
    """Like a note; again changes nothing."""
    person = require_person(request.user)
    services.like_note(public_id=note_id, person_id=person.pk, now=now())
    return _reaction(note_id, person.pk)


@router.delete(
    "/notes/{note_id}/like", response=ReactionOut, summary="Unlike", **scoped("social:write")
)
def unlike_note(request: HttpRequest, note_id: str) -> ReactionOut:
    """Take a like back; again changes nothing."""
    person = require_person(request.user)
    services.unlike_note(public_id=note_id, person_id=person.pk, now=now())
    return _reaction(note_id, person.pk)


@router.put("/notes/{note_id}/save", response=ReactionOut, summary="Save", **scoped("social:write"))
def save_note(request: HttpRequest, note_id: str) -> ReactionOut:
    """Keep a note for later; again changes nothing."""
    person = require_person(request.user)
    services.save_note(public_id=note_id, person_id=person.pk, now=now())
    return _reaction(note_id, person.pk)


@router.delete(
    "/notes/{note_id}/save", response=ReactionOut, summary="Unsave", **scoped("social:write")
)
def unsave_note(request: HttpRequest, note_id: str) -> ReactionOut:
    """Keep a note no longer; again changes nothing."""
    person = require_person(request.user)
    services.unsave_note(public_id=note_id, person_id=person.pk, now=now())
    return _reaction(note_id, person.pk)


def _set_photos(public_id: str, author_id: int, photos: list[PhotoIn]) -> None:
    """Bring the photos of an own note to this list: first add, then order, then take away."""
    wanted = {photo.id: photo.description for photo in photos}
    services.set_photos(public_id=public_id, author_id=author_id, descriptions=wanted, now=now())


def _reaction(note_id: str, person_id: int) -> ReactionOut:
    note = queries.get_note(public_id=note_id, viewer_id=person_id)
    return ReactionOut(
        is_liked=note.is_liked,
        is_saved=note.is_saved,
        like_count=note.like_count,
        save_count=note.save_count,
    )


def describe_draft(public_id: str, author_id: int) -> DraftOut:
    """Return the API's record of an own note as it is edited."""
    note = queries.get_edited_note(public_id=public_id, author_id=author_id)
    return DraftOut(
        id=note.public_id,
        state=note.state,  # type: ignore[arg-type]  # a deleted note has no editor
        visibility=note.visibility,  # type: ignore[arg-type]  # the schema's three
        publish_at=note.publish_at,
        title=note.title,
        body=note.body,
        photos=[
            DraftPhotoOut(
                id=photo.upload.public_id,
                state=photo.upload.state,  # type: ignore[arg-type]  # the schema's four
                progress=photo.upload.progress,
                error=photo.upload.error_code or None,
                description=photo.description,
            )
            for photo in note.photos
        ],
    )
