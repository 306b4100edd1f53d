"""The videos of notes over the API."""

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from meadow.accounts.api_auth import scoped
from meadow.accounts.permissions import require_person
from meadow.core.clock import now
from meadow.media.video.api import VideoOut, describe
from meadow.notes import queries, services
from meadow.notes.errors import VideoNotInNote

router = Router(tags=["notes"])


class VideoIn(Schema):
    """An own upload that is to be the video, arrived or not."""

    id: str = Field(description="Of a video, from POST /videos.")


class CoverIn(Schema):
    """An own photo that is to be the cover, or the video's own id for its own still."""

    id: str


@router.put(
    "/notes/{note_id}/video", response=VideoOut, summary="Set the video", **scoped("notes:write")
)
def set_video(request: HttpRequest, note_id: str, payload: VideoIn) -> VideoOut:
    """Make a video that of an own draft without photos."""
    person = require_person(request.user)
    services.attach_video(
        public_id=note_id, author_id=person.pk, upload_public_id=payload.id, now=now()
    )
    return _video(note_id, person.pk)


@router.get(
    "/notes/{note_id}/video", response=VideoOut, summary="Read the video", **scoped("notes:read")
)
def read_video(request: HttpRequest, note_id: str) -> VideoOut:
    """Return how far the video of an own note is."""
    return _video(note_id, require_person(request.user).pk)


@router.delete(
    "/notes/{note_id}/video",
    response={204: None},
    summary="Remove the video",
    **scoped("notes:write"),
)
def remove_video(request: HttpRequest, note_id: str) -> Status[None]:
    """Take the video out of an own draft, and remove it for good."""
    person = require_person(request.user)
    services.detach_video(public_id=note_id, author_id=person.pk, now=now())
    return Status(204, None)


@router.put(
    "/notes/{note_id}/cover", response=VideoOut, summary="Set the cover", **scoped("notes:write")
)
def set_cover(request: HttpRequest, note_id: str, payload: CoverIn) -> VideoOut:
    """Show another cover for the video of an own note."""
    person = require_person(request.user)
    services.set_cover(
        public_id=note_id, author_id=person.pk, upload_public_id=payload.id, now=now()
    )
    return _video(note_id, person.pk)


def _video(note_id: str, author_id: int) -> VideoOut:
    note = queries.get_edited_note(public_id=note_id, author_id=author_id)
    if note.video is None:
        raise VideoNotInNote
    return describe(note.video)
