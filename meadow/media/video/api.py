"""Videos over the API: pieces by tus (tus.py), then how far, captions, and another still."""

from typing import Literal

from django.http import HttpRequest
from ninja import Field, File, Form, Schema, Status
from ninja.files import UploadedFile

from meadow.core.clock import now
from meadow.core.errors import NotSignedIn
from meadow.media.video import captions, posters, queries
from meadow.media.video.tus import SCOPE, router

__all__ = ["router"]


class CaptionOut(Schema):
    """Captions in one language."""

    language: str
    name: str
    cues: int
    src: str


class VideoOut(Schema):
    """How far a video is; addresses are set once it is ready, `error` once it has failed."""

    id: str
    state: Literal["arriving", "received", "processing", "ready", "failed"]
    name: str
    progress: int = Field(description="Percent, of what has arrived and then of the preparation.")
    arrived_bytes: int
    total_bytes: int
    duration_ms: int
    width: int
    height: int
    hls: str
    mp4: str
    poster: str
    poster_srcset: str
    captions: list[CaptionOut]
    error: str | None
    reason: str | None


class StillIn(Schema):
    """Which moment."""

    at_ms: int = Field(ge=0, le=24 * 3600 * 1000)


class StillOut(Schema):
    """The photo that it becomes: read it at /uploads/{id}, then show it as the cover of a note."""

    id: str


@router.get(
    "/videos/{video_id}", response=VideoOut, summary="Read how far a video is", openapi_extra=SCOPE
)
def read_video(request: HttpRequest, video_id: str) -> VideoOut:
    """Return an own video."""
    return describe(queries.get_video_state(public_id=video_id, owner_id=_person_id(request)))


@router.post(
    "/videos/{video_id}/captions",
    response=VideoOut,
    summary="Set captions",
    openapi_extra=SCOPE,
)
def set_captions(
    request: HttpRequest, video_id: str, language: Form[str], file: File[UploadedFile]
) -> VideoOut:
    """Give an own video captions in one language, instead of earlier ones: WebVTT or SRT in UTF-8."""
    person_id = _person_id(request)
    captions.set_captions(
        public_id=video_id,
        owner_id=person_id,
        language=language,
        content=captions.read_file(file),
        now=now(),
    )
    return describe(queries.get_video_state(public_id=video_id, owner_id=person_id))


@router.delete(
    "/videos/{video_id}/captions/{language}",
    response={204: None},
    summary="Remove captions",
    openapi_extra=SCOPE,
)
def remove_captions(request: HttpRequest, video_id: str, language: str) -> Status[None]:
    """Take the captions in one language away."""
    captions.remove_captions(public_id=video_id, owner_id=_person_id(request), language=language)
    return Status(204, None)


@router.post(
    "/videos/{video_id}/stills",
    response={202: StillOut},
    summary="Take another still",
    openapi_extra=SCOPE,
)
def take_still(request: HttpRequest, video_id: str, payload: StillIn) -> Status[StillOut]:
    """Make a photo of what an own ready video shows at a moment, for its cover."""
    photo = posters.begin_still(
        video_id=video_id, owner_id=_person_id(request), at_ms=payload.at_ms, now=now()
    )
    return Status(202, StillOut(id=photo))


def describe(state: queries.VideoState) -> VideoOut:
    """Return the API's record of a video."""
    picture = state.upload.picture
    return VideoOut(
        id=state.public_id,
        state=state.state,  # type: ignore[arg-type]  # one of the five the schema names
        name=state.name,
        progress=state.percent,
        arrived_bytes=state.arrived,
        total_bytes=state.total,
        duration_ms=state.duration_ms,
        width=picture.width,
        height=picture.height,
        hls=state.video.hls if state.video else "",
        mp4=state.video.mp4 if state.video else "",
        poster=picture.src,
        poster_srcset=picture.srcset,
        captions=[
            CaptionOut(language=one.language, name=one.name, cues=one.cues, src=one.src)
            for one in state.captions
        ],
        error=state.upload.error_code or None,
        reason=str(state.reason) or None,
    )


def _person_id(request: HttpRequest) -> int:
    if not request.user.is_authenticated:
        raise NotSignedIn
    return int(request.user.pk)
