"""Preparing seen from the worker: put the pieces together, judge, transcode, store, tell the owner."""

import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import default_storage

from meadow.core.jobs import enqueue, find_task
from meadow.core.transactions import transaction, transaction_required
from meadow.media import rendering
from meadow.media.errors import OriginalLost, RenderTimedOut
from meadow.media.models import Arrival, Upload, VideoFile
from meadow.media.rendering import RendererFailed
from meadow.media.services import delete_folder, folder_of, original_path
from meadow.media.video.arrivals import piece_path
from meadow.media.video.errors import (
    VideoBroken,
    VideoIncomplete,
    VideoRefused,
    VideoTimedOut,
)
from meadow.media.video.limits import limits
from meadow.media.video.probe import probe
from meadow.media.video.transcode import STILL, Made, transcode

log = logging.getLogger(__name__)

_WORDS = {
    OriginalLost.code: VideoIncomplete.code,
    RenderTimedOut.code: VideoTimedOut.code,
}
CHECKED = 3
TRANSCODED = 95


class OwnerGone(Exception):
    """The upload was removed while it was being prepared."""


def check(*, upload_id: int) -> None:
    """Put a complete video together, refuse it or hand it on; safe to run again at any point.

    It stands apart from transcoding so that a refusal never waits behind somebody's film.
    """
    upload = Upload.objects.filter(pk=upload_id, purpose=Upload.Purpose.NOTE_VIDEO).first()
    if upload is None or upload.state not in (Upload.State.RECEIVED, Upload.State.PROCESSING):
        return
    if not Arrival.objects.filter(upload_id=upload.pk).exists():
        # Checked already; its transcoding may be running, and is waited for.
        with transaction():
            enqueue_transcoding(upload_id=upload.pk)
        return
    with _workshop(upload, "check") as folder:
        try:
            _say(upload, progress=1)
            source = _gather(upload, folder)
            probe(source=source, folder=folder)
        except OwnerGone:
            return
        except (VideoRefused, RendererFailed) as refusal:
            _fail(upload, refusal)
            return
        _keep_original(upload, source)
    with transaction():
        Arrival.objects.filter(upload_id=upload.pk).delete()
        enqueue_transcoding(upload_id=upload.pk)
    _delete_pieces(upload.public_id)


@transaction_required
def enqueue_transcoding(*, upload_id: int) -> None:
    """Enqueue the long part; only so many run at once, because each takes two processors."""
    enqueue(
        find_task("media.transcode_video"),
        lock=f"media.transcode:{upload_id % limits().at_once}",
        queueing_lock=f"media.transcode:{upload_id}",
        upload_id=upload_id,
    )


def prepare(*, upload_id: int) -> None:
    """Make and store everything that is served of a video, then delete its original.

    Safe to run again at any point: it begins afresh, files have fixed names and are replaced, the
    rows and the state `ready` come in one transaction, and the original goes only after it.
    """
    upload = Upload.objects.filter(pk=upload_id, purpose=Upload.Purpose.NOTE_VIDEO).first()
    if upload is None:
        return
    if upload.state in (Upload.State.READY, Upload.State.FAILED):
        rendering.delete_original(upload.public_id)
        return
    with _workshop(upload, "make") as folder:
        try:
            source = rendering.fetch_original(upload.public_id, folder)
            facts = probe(source=source, folder=folder)
            made = transcode(
                facts=facts,
                source=source,
                folder=folder,
                on_progress=lambda value: _say(
                    upload, progress=CHECKED + value * (TRANSCODED - CHECKED) // 100
                ),
            )
            still = rendering.run_renderer(
                source=folder / STILL,
                folder=folder,
                purpose=Upload.Purpose.NOTE_PHOTO,
                on_progress=lambda _value: None,
            )
        except OwnerGone:
            return
        except (VideoRefused, RendererFailed) as refusal:
            _fail(upload, refusal)
            return
        _store(upload, made=made, still=still, folder=folder)
    _delete_pieces(upload.public_id)
    rendering.delete_original(upload.public_id)


def _store(upload: Upload, *, made: Made, still: dict[str, object], folder: Path) -> None:
    """Put the files into storage, then make them known with the still in one transaction."""
    sizes = {}
    for name in made.names:
        path = f"{folder_of(upload.public_id)}/{name}"
        sizes[name] = (folder / name).stat().st_size
        default_storage.delete(path)
        with (folder / name).open("rb") as file:
            default_storage.save(path, File(file))

    @transaction_required
    def know_files() -> None:
        VideoFile.objects.filter(upload_id=upload.pk).delete()
        VideoFile.objects.bulk_create(
            VideoFile(upload_id=upload.pk, name=name, bytes=size) for name, size in sizes.items()
        )
        Upload.objects.filter(pk=upload.pk).update(duration_ms=made.duration_ms)

    if not rendering.store(upload, done=still, folder=folder, first=know_files):
        delete_folder(upload.public_id)


def _gather(upload: Upload, folder: Path) -> Path:
    """Return the whole file: the pieces in their order, or the original of an earlier try."""
    if _is_kept(upload):
        return rendering.fetch_original(upload.public_id, folder)
    target = folder / "original"
    with target.open("wb") as whole:
        while whole.tell() < upload.source_bytes:
            before = whole.tell()
            try:
                with default_storage.open(piece_path(upload.public_id, before), "rb") as piece:
                    shutil.copyfileobj(piece, whole)
            except FileNotFoundError as gone:
                raise VideoIncomplete from gone
            if whole.tell() == before:
                raise VideoIncomplete
    if target.stat().st_size != upload.source_bytes:
        raise VideoIncomplete
    return target


def _is_kept(upload: Upload) -> bool:
    """Whether the whole original is stored; a killed worker may have written half of it."""
    path = original_path(upload.public_id)
    return default_storage.exists(path) and default_storage.size(path) == upload.source_bytes


def _keep_original(upload: Upload, source: Path) -> None:
    if _is_kept(upload):
        return
    rendering.delete_original(upload.public_id)
    with source.open("rb") as whole:
        default_storage.save(original_path(upload.public_id), File(whole))


def _delete_pieces(public_id: str) -> None:
    try:
        _, names = default_storage.listdir(folder_of(public_id))
    except FileNotFoundError:
        return
    for name in names:
        if name.startswith("piece-"):
            default_storage.delete(f"{folder_of(public_id)}/{name}")


def _say(upload: Upload, *, progress: int) -> None:
    """Save and publish how far it is. Raises OwnerGone when nobody waits for it any more."""
    waiting = Upload.objects.filter(
        pk=upload.pk, state__in=[Upload.State.RECEIVED, Upload.State.PROCESSING]
    )
    if not waiting.update(state=Upload.State.PROCESSING, progress=progress):
        raise OwnerGone
    rendering.tell_owner(upload, state="processing", progress=progress)


def _fail(upload: Upload, refusal: VideoRefused | RendererFailed) -> None:
    log.warning("video %s cannot be used: %s", upload.public_id, refusal.args)
    code = refusal.code
    if isinstance(refusal, RendererFailed):
        # The renderer of photos speaks of photos.
        code = _WORDS.get(refusal.code, VideoBroken.code)
    rendering.fail(upload, code=code)
    with transaction():
        Arrival.objects.filter(upload_id=upload.pk).delete()
    delete_folder(upload.public_id)


@contextmanager
def _workshop(upload: Upload, step: str) -> Iterator[Path]:
    """Yield an empty folder of this upload's own; what a killed worker left in it is gone.

    A random name would stay behind for ever after a kill, with half a gigabyte in it.
    """
    folder = Path(tempfile.gettempdir()) / f"meadow-video-{upload.public_id}-{step}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
