"""Reads of videos: how far one is, what a page plays, and the file behind an address."""

from collections.abc import Collection
from dataclasses import dataclass

from meadow.core.errors import Message, join_sentences
from meadow.media.models import DISCARDED, Caption, Upload, VideoFile
from meadow.media.queries import Picture, UploadState, describe_upload
from meadow.media.services import folder_of
from meadow.media.video.caption_languages import caption_name
from meadow.media.video.errors import VideoMissing


@dataclass(frozen=True)
class CaptionTrack:
    """Captions in one language: `name` is the language's own."""

    language: str
    name: str
    cues: int
    src: str


@dataclass(frozen=True)
class Video:
    """A ready video as a page plays it."""

    public_id: str
    duration_ms: int
    hls: str
    mp4: str
    poster: Picture
    captions: list[CaptionTrack]

    @property
    def width(self) -> int:
        """Of the still; the picture has the same shape."""
        return self.poster.width

    @property
    def height(self) -> int:
        """Of the still; the picture has the same shape."""
        return self.poster.height


@dataclass(frozen=True)
class VideoState:
    """How far an own video is; `arrived` of `total` bytes are here while it is arriving."""

    upload: UploadState
    name: str
    arrived: int
    total: int
    duration_ms: int
    video: Video | None
    captions: list[CaptionTrack]

    @property
    def public_id(self) -> str:
        """Its id, in addresses."""
        return self.upload.public_id

    @property
    def state(self) -> str:
        """One of arriving, received, processing, ready, failed."""
        return self.upload.state

    @property
    def percent(self) -> int:
        """How much has arrived, or how far the preparation is."""
        if self.state == Upload.State.ARRIVING:
            return self.arrived * 100 // self.total
        return self.upload.progress

    @property
    def is_moving(self) -> bool:
        """Whether it is being prepared right now."""
        return self.state in (Upload.State.RECEIVED, Upload.State.PROCESSING)

    @property
    def sentences(self) -> str:
        """What is wrong and what to do, as one line in the active language."""
        return join_sentences(self.upload.reason, self.upload.hint)

    @property
    def reason(self) -> Message:
        """What is wrong, once it has failed."""
        return self.upload.reason


@dataclass(frozen=True)
class StoredFile:
    """One file to serve."""

    upload_id: int
    owner_id: int
    purpose: str
    path: str
    bytes: int
    etag: str


def get_video_state(*, public_id: str, owner_id: int) -> VideoState:
    """Return how far an own video is. Raises VideoMissing, also for somebody else's."""
    upload = (
        Upload.objects.filter(
            public_id=public_id, owner_id=owner_id, purpose=Upload.Purpose.NOTE_VIDEO
        )
        .select_related("arrival")
        .first()
    )
    if upload is None:
        raise VideoMissing
    return _describe(upload)


def get_video_states(upload_ids: Collection[int]) -> dict[int, VideoState]:
    """Return how far these videos are, by id; whose they are the caller has checked."""
    uploads = Upload.objects.filter(pk__in=upload_ids).select_related("arrival")
    return {upload.pk: _describe(upload) for upload in uploads}


def list_unattached(*, owner_id: int) -> list[VideoState]:
    """Return a person's videos that no note holds and that may still be used, newest first."""
    uploads = (
        Upload.objects.filter(
            owner_id=owner_id, purpose=Upload.Purpose.NOTE_VIDEO, attached_at__isnull=True
        )
        .exclude(state=Upload.State.FAILED)
        .select_related("arrival")
        .order_by("-created_at")
    )
    return [_describe(upload) for upload in uploads[:20]]


def get_video(upload_id: int) -> Video | None:
    """Return a ready video, or None."""
    upload = Upload.objects.filter(
        pk=upload_id, purpose=Upload.Purpose.NOTE_VIDEO, state=Upload.State.READY
    ).first()
    return _video(upload, _captions(upload)) if upload else None


def find_file(*, public_id: str, name: str) -> StoredFile | None:
    """Return the file behind an address, or None."""
    row = (
        VideoFile.objects.filter(upload__public_id=public_id, name=name)
        .exclude(upload__error_code=DISCARDED)
        .values_list("upload_id", "upload__owner_id", "upload__purpose", "bytes")
        .first()
    )
    if row is None:
        return None
    return StoredFile(
        upload_id=row[0],
        owner_id=row[1],
        purpose=row[2],
        path=f"{folder_of(public_id)}/{name}",
        bytes=row[3],
        etag=f'"{public_id}-{name}-{row[3]:x}"',
    )


def find_caption(*, public_id: str, language: str) -> tuple[int, int, str, str] | None:
    """Return upload id, owner id, purpose and text of captions, or None."""
    return (
        Caption.objects.filter(upload__public_id=public_id, language=language)
        .exclude(upload__error_code=DISCARDED)
        .values_list("upload_id", "upload__owner_id", "upload__purpose", "text")
        .first()
    )


def _describe(upload: Upload) -> VideoState:
    arrival = getattr(upload, "arrival", None)
    ready = upload.state == Upload.State.READY
    captions = _captions(upload)
    return VideoState(
        upload=describe_upload(upload),
        name=arrival.name if arrival else "",
        arrived=arrival.arrived if arrival else upload.source_bytes,
        total=upload.source_bytes,
        duration_ms=upload.duration_ms,
        video=_video(upload, captions) if ready else None,
        captions=captions,
    )


def _video(upload: Upload, captions: list[CaptionTrack]) -> Video:
    return Video(
        public_id=upload.public_id,
        duration_ms=upload.duration_ms,
        hls=f"/media/{upload.public_id}/video.m3u8",
        mp4=f"/media/{upload.public_id}/video.mp4",
        poster=describe_upload(upload).picture,
        captions=captions,
    )


def _captions(upload: Upload) -> list[CaptionTrack]:
    rows = Caption.objects.filter(upload_id=upload.pk).order_by("language")
    return [
        CaptionTrack(
            language=language,
            name=caption_name(language),
            cues=cues,
            src=f"/media/{upload.public_id}/captions/{language}.vtt",
        )
        for language, cues in rows.values_list("language", "cues")
    ]
