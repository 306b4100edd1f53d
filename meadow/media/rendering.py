"""Rendering seen from the worker: run the renderer, store what it made, tell the owner."""

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from meadow.core import realtime
from meadow.core.transactions import transaction
from meadow.media.errors import OriginalLost, PhotoBroken, RenderTimedOut
from meadow.media.models import Rendition, Upload
from meadow.media.services import original_path, rendition_path

log = logging.getLogger(__name__)

MOST_SECONDS = 120


class RendererFailed(Exception):
    """The renderer refused a photo or died over it; `code` is a reason a person is shown."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        super().__init__(code, detail)


def render(*, upload_id: int) -> None:
    """Make and store the renditions of an upload, then delete its original.

    Safe to run again at any point: files have fixed names and are replaced, the rows and the state
    `ready` come in one transaction, and the original goes only after it.
    """
    upload = Upload.objects.filter(pk=upload_id).first()
    if upload is None or upload.purpose == Upload.Purpose.NOTE_VIDEO:
        return
    if upload.state in (Upload.State.READY, Upload.State.FAILED):
        delete_original(upload.public_id)
        return
    Upload.objects.filter(pk=upload_id).update(state=Upload.State.PROCESSING, progress=5)
    tell_owner(upload, state="processing", progress=5)
    with tempfile.TemporaryDirectory(prefix="meadow-render-") as folder:
        try:
            source = fetch_original(upload.public_id, Path(folder))
            done = run_renderer(
                source=source,
                folder=Path(folder),
                purpose=upload.purpose,
                on_progress=lambda value: save_progress(upload, value),
            )
        except RendererFailed as failure:
            log.warning("upload %s cannot be rendered: %s", upload.public_id, failure)
            fail(upload, code=failure.code)
            return
        store(upload, done=done, folder=Path(folder))
    delete_original(upload.public_id)


def fetch_original(public_id: str, folder: Path) -> Path:
    """Copy the original from storage next to where the renderer writes."""
    target = folder / "original"
    try:
        with (
            default_storage.open(original_path(public_id), "rb") as stored,
            target.open("wb") as to,
        ):
            shutil.copyfileobj(stored, to)
    except FileNotFoundError as gone:
        raise RendererFailed(OriginalLost.code) from gone
    return target


def run_renderer(
    *, source: Path, folder: Path, purpose: str, on_progress: Callable[[int], None]
) -> dict[str, Any]:
    """Run the renderer in its own limited process. Raises RendererFailed."""
    command = [sys.executable, "-m", "meadow.media.render", str(source), str(folder), purpose]
    renderer = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
        env=bare_environment(),
        text=True,
    )
    late = threading.Event()

    def stop() -> None:
        late.set()
        renderer.kill()

    timer = threading.Timer(MOST_SECONDS, stop)
    timer.start()
    last: dict[str, Any] = {}
    try:
        assert renderer.stdout is not None  # noqa: S101 - asked for above
        for line in renderer.stdout:
            last = json.loads(line)
            if "progress" in last:
                on_progress(int(last["progress"]))
        code = renderer.wait()
    finally:
        timer.cancel()
        renderer.kill()
        renderer.wait()
        if renderer.stdout is not None:
            renderer.stdout.close()
    if "done" in last:
        return dict(last["done"])
    if "error" in last:
        raise RendererFailed(str(last["error"]), str(last.get("detail", "")))
    # SIGXCPU and our own timer mean too slow; any other death is a photo that no decoder survives.
    slow = late.is_set() or code in (-9, -24)
    raise RendererFailed(RenderTimedOut.code if slow else PhotoBroken.code, f"exit {code}")


def bare_environment() -> dict[str, str]:
    """Return an environment that holds no address and no secret of ours."""
    kept = ("PATH", "LANG", "LD_LIBRARY_PATH", "TMPDIR", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ}


def save_progress(upload: Upload, progress: int) -> None:
    """Save and publish how far the rendering is."""
    Upload.objects.filter(pk=upload.pk, state=Upload.State.PROCESSING).update(progress=progress)
    tell_owner(upload, state="processing", progress=progress)


def store(
    upload: Upload,
    *,
    done: dict[str, Any],
    folder: Path,
    first: Callable[[], None] | None = None,
) -> bool:
    """Put the renditions into storage, then make them known in one transaction.

    `first` is a step of that transaction. False when the upload was removed in the meantime.
    """
    for one in done["renditions"]:
        path = rendition_path(upload.public_id, one["label"])
        # An earlier try may have left a file of this name, and storage would choose another one.
        default_storage.delete(path)
        default_storage.save(path, ContentFile((folder / f"{one['label']}.webp").read_bytes()))
    with transaction():
        locked = Upload.objects.select_for_update().filter(pk=upload.pk).first()
        if locked is None:
            return False
        if first is not None:
            first()
        Rendition.objects.filter(upload_id=upload.pk).delete()
        Rendition.objects.bulk_create(
            Rendition(
                upload_id=upload.pk,
                path=rendition_path(upload.public_id, one["label"]),
                **one,
            )
            for one in done["renditions"]
        )
        Upload.objects.filter(pk=upload.pk).update(
            state=Upload.State.READY,
            progress=100,
            width=done["width"],
            height=done["height"],
            placeholder=done["placeholder"],
            labels=[one["label"] for one in done["renditions"]],
            error_code="",
        )
    tell_owner(upload, state="ready", progress=100)
    return True


def fail(upload: Upload, *, code: str) -> None:
    """End an upload with a reason; its original is of no more use."""
    Upload.objects.filter(pk=upload.pk).exclude(state=Upload.State.READY).update(
        state=Upload.State.FAILED, error_code=code
    )
    delete_original(upload.public_id)
    tell_owner(upload, state="failed", progress=upload.progress)


def delete_original(public_id: str) -> None:
    """Delete the original, with its metadata, from storage; gone already is fine."""
    default_storage.delete(original_path(public_id))


def tell_owner(upload: Upload, *, state: str, progress: int) -> None:
    """Publish the progress to the owner's open pages, which ask again for what they show."""
    realtime.publish(
        person_id=upload.owner_id,
        kind="media.progress",
        payload={"upload": upload.public_id, "state": state, "progress": progress},
    )
