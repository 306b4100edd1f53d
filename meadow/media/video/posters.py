"""Another still for a video: a photo of its own, taken from the video at a moment."""

import datetime as dt
import tempfile
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import default_storage

from meadow.core.ids import new_id
from meadow.core.jobs import enqueue, find_task
from meadow.core.limits import check_rate
from meadow.core.transactions import transaction
from meadow.media import rendering
from meadow.media.errors import PhotoBroken
from meadow.media.models import Upload, VideoFile
from meadow.media.services import folder_of, original_path
from meadow.media.video.errors import VideoMissing, VideoRefused
from meadow.media.video.transcode import take_still

RATE = "60/hour"


def begin_still(*, video_id: str, owner_id: int, at_ms: int, now: dt.datetime) -> str:
    """Start taking a still of an own ready video; returns the public id of the photo it becomes.

    A photo of its own has an address of its own, so that no cache shows the old still.
    Raises VideoMissing or RateLimited.
    """
    check_rate(name="media.still", rate=RATE, subject=f"person:{owner_id}", now=now)
    with transaction():
        video = Upload.objects.filter(
            public_id=video_id,
            owner_id=owner_id,
            purpose=Upload.Purpose.NOTE_VIDEO,
            state=Upload.State.READY,
        ).first()
        if video is None:
            raise VideoMissing
        photo = Upload.objects.create(
            public_id=new_id("u"),
            owner_id=owner_id,
            purpose=Upload.Purpose.NOTE_PHOTO,
            source_bytes=1,
            created_at=now,
        )
        enqueue(
            find_task("media.take_still"),
            lock=f"media.render:{photo.pk}",
            upload_id=photo.pk,
            video_id=video.pk,
            at_ms=max(0, min(at_ms, video.duration_ms - 100)),
        )
    return photo.public_id


def finish_still(*, upload_id: int, video_id: int, at_ms: int) -> None:
    """Take the still from the best quality and render it as the photo it is; safe to run again."""
    photo = Upload.objects.filter(pk=upload_id, state=Upload.State.RECEIVED).first()
    if photo is not None:
        best = (
            VideoFile.objects.filter(upload_id=video_id, name__endswith=".m4s")
            .order_by("-bytes")
            .select_related("upload")
            .first()
        )
        if best is None:
            rendering.fail(photo, code=VideoMissing.code)
            return
        with tempfile.TemporaryDirectory(prefix="meadow-still-") as name:
            folder = Path(name)
            source = folder / "video"
            stored = f"{folder_of(best.upload.public_id)}/{best.name}"
            with default_storage.open(stored, "rb") as kept, source.open("wb") as copy:
                for part in kept.chunks():
                    copy.write(part)
            try:
                still = take_still(source=source, folder=folder, at_ms=at_ms)
            except VideoRefused:
                rendering.fail(photo, code=PhotoBroken.code)
                return
            default_storage.delete(original_path(photo.public_id))
            with still.open("rb") as file:
                default_storage.save(original_path(photo.public_id), File(file))
    rendering.render(upload_id=upload_id)
