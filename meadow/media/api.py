"""The media part of the API. The root of the API says who may call it: people live above here."""

from typing import Literal

from django.http import HttpRequest
from ninja import Field, File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from meadow.core.clock import now
from meadow.core.errors import NotSignedIn
from meadow.media import queries, services

router = Router(tags=["media"])


class UploadOut(Schema):
    """How far an upload is; `src` and `srcset` are set once it is ready, `error` once it failed."""

    id: str
    purpose: str
    state: Literal["received", "processing", "ready", "failed"]
    progress: int = Field(description="Percent, 0 to 100.")
    width: int
    height: int
    src: str
    srcset: str
    error: str | None
    reason: str | None


@router.post(
    "/uploads",
    response={202: UploadOut},
    summary="Hand in a photo",
    openapi_extra={"x-scope": "notes:write"},
)
def create_upload(
    request: HttpRequest,
    file: File[UploadedFile],
    purpose: Form[Literal["note_photo", "avatar"]] = "note_photo",
) -> Status[UploadOut]:
    """Take in a JPEG, PNG or WebP of at most 20 MB and 50 million pixels.

    It is rendered in a job: read the upload's state until it is `ready` or `failed`.
    An upload that no note or profile shows is removed after 24 hours.
    """
    person_id = _person_id(request)
    upload = services.receive_upload(owner_id=person_id, purpose=purpose, file=file, now=now())
    state = queries.get_upload_state(public_id=upload.public_id, owner_id=person_id)
    return Status(202, describe(state))


@router.get(
    "/uploads/{upload_id}",
    response=UploadOut,
    summary="Read how far an upload is",
    openapi_extra={"x-scope": "notes:write"},
)
def read_upload(request: HttpRequest, upload_id: str) -> UploadOut:
    """Return an own upload."""
    return describe(queries.get_upload_state(public_id=upload_id, owner_id=_person_id(request)))


def describe(upload: queries.UploadState) -> UploadOut:
    """Return the API's record of an upload."""
    return UploadOut(
        id=upload.public_id,
        purpose=upload.purpose,
        state=upload.state,  # type: ignore[arg-type]  # one of the four the schema names
        progress=upload.progress,
        width=upload.picture.width,
        height=upload.picture.height,
        src=upload.picture.src,
        srcset=upload.picture.srcset,
        error=upload.error_code or None,
        reason=str(upload.reason) or None,
    )


def _person_id(request: HttpRequest) -> int:
    if not request.user.is_authenticated:
        raise NotSignedIn
    return int(request.user.pk)
