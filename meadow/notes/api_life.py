"""The life of a note over the API: planned, taken back."""

from django.http import HttpRequest
from ninja import Router

from meadow.accounts.api_auth import scoped
from meadow.accounts.permissions import require_person
from meadow.core.clock import now
from meadow.notes import queries, services
from meadow.notes.api import describe_draft
from meadow.notes.schemas import DraftOut, ScheduledRow, ScheduleIn

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
def schedule_note(request: HttpRequest, note_id: str, payload: ScheduleIn) -> DraftOut:
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
