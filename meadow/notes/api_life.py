"""The life of a note over the API: planned, deleted and brought back, its versions, what is pinned."""

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from meadow.accounts.api_auth import open_to_all, scoped
from meadow.accounts.permissions import require_person
from meadow.accounts.queries import get_person_by_handle
from meadow.core.clock import now
from meadow.notes import limits, queries, services
from meadow.notes.api import describe_draft
from meadow.notes.schemas import (
    CardOut,
    DeletedRow,
    DraftOut,
    NoteScheduleIn,
    PieceOut,
    PinsIn,
    ScheduledRow,
    VersionOut,
    describe_card,
)

router = Router(tags=["notes"])


@router.get(
    "/notes/scheduled",
    response=list[ScheduledRow],
    summary="List scheduled notes",
    **scoped("notes:read"),
)
def list_scheduled(request: HttpRequest) -> list[ScheduledRow]:
    """Return your notes that come out by themselves, the next one first."""
    person = require_person(request.user)
    return [
        ScheduledRow(id=note.public_id, title=note.title, publish_at=note.publish_at)
        for note in queries.list_scheduled(author_id=person.pk)
        if note.publish_at is not None
    ]


@router.put(
    "/notes/{note_id}/schedule", response=DraftOut, summary="Schedule", **scoped("notes:write")
)
def schedule_note(request: HttpRequest, note_id: str, payload: NoteScheduleIn) -> DraftOut:
    """Have a draft come out at a minute, or a scheduled note at another one.

    Should something stand in its way then, it stays a draft and you are told.
    """
    person = require_person(request.user)
    services.schedule_note(
        public_id=note_id, author_id=person.pk, publish_at=payload.publish_at, now=now()
    )
    return describe_draft(note_id, person.pk)


@router.delete(
    "/notes/{note_id}/schedule", response=DraftOut, summary="Unschedule", **scoped("notes:write")
)
def cancel_schedule(request: HttpRequest, note_id: str) -> DraftOut:
    """Make a scheduled note a draft again; again changes nothing."""
    person = require_person(request.user)
    services.cancel_schedule(public_id=note_id, author_id=person.pk, now=now())
    return describe_draft(note_id, person.pk)


@router.get(
    "/notes/deleted",
    response=list[DeletedRow],
    summary="List deleted notes",
    **scoped("notes:read"),
)
def list_deleted(request: HttpRequest) -> list[DeletedRow]:
    """Return what you deleted in the last 30 days, last deleted first."""
    person = require_person(request.user)
    return [
        DeletedRow(
            id=note.public_id,
            title=note.title,
            deleted_at=note.deleted_at,
            restore_until=note.deleted_at + limits.RESTORE_WITHIN,
        )
        for note in queries.list_deleted(author_id=person.pk, now=now())
        if note.deleted_at is not None
    ]


@router.post(
    "/notes/{note_id}/restore", response=DraftOut, summary="Restore", **scoped("notes:write")
)
def restore_note(request: HttpRequest, note_id: str) -> DraftOut:
    """Bring back an own note deleted in the last 30 days, as it was. Again changes nothing."""
    person = require_person(request.user)
    services.bring_back_note(public_id=note_id, author_id=person.pk, now=now())
    return describe_draft(note_id, person.pk)


@router.delete(
    "/notes/deleted/{note_id}",
    response={204: None},
    summary="Delete for good",
    **scoped("notes:write"),
)
def delete_for_good(request: HttpRequest, note_id: str) -> Status[None]:
    """Remove an own deleted note now and not after 30 days, with its photos, comments and likes.

    It cannot be undone. What is under review, or hidden by moderation, waits for the 30 days.
    """
    person = require_person(request.user)
    services.delete_for_good(public_id=note_id, author_id=person.pk, now=now())
    return Status(204, None)


@router.get(
    "/notes/{note_id}/versions",
    response=list[VersionOut],
    summary="List versions",
    **open_to_all("notes:read"),
)
def list_versions(request: HttpRequest, note_id: str) -> list[VersionOut]:
    """Return how a note reads and read, newest first, to whoever may see the note."""
    found = queries.list_versions(public_id=note_id, viewer_id=request.user.pk)
    return [
        VersionOut(
            number=one.number,
            title=one.title,
            body=one.body,
            photo_count=one.photo_count,
            since=one.kept_at,
            changed=one.changed,
            title_pieces=[PieceOut(kind=it.kind, text=it.text) for it in one.title_pieces],
            body_pieces=[PieceOut(kind=it.kind, text=it.text) for it in one.body_pieces],
        )
        for one in found
    ]


@router.get(
    "/people/{handle}/pins",
    response=list[CardOut],
    summary="List pinned notes",
    **open_to_all("notes:read"),
)
def list_pins(request: HttpRequest, handle: str) -> list[CardOut]:
    """Return the notes that stand first on a person's profile, in order."""
    author = get_person_by_handle(handle, request.user.pk)
    pinned = queries.pinned_of(author_id=author.id, viewer_id=request.user.pk)
    return [describe_card(card) for card in pinned]


@router.put("/me/pins", response=list[CardOut], summary="Pin notes", **scoped("notes:write"))
def set_pins(request: HttpRequest, payload: PinsIn) -> list[CardOut]:
    """Make these own published notes, in this order, all that stand first on your profile."""
    person = require_person(request.user)
    services.set_pins(public_ids=payload.notes, person_id=person.pk, now=now())
    pinned = queries.pinned_of(author_id=person.pk, viewer_id=person.pk)
    return [describe_card(card) for card in pinned]
