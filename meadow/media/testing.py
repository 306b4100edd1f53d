"""Factories for tests: photos as files, and uploads that are already rendered."""

import datetime as dt
import io

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Case, When
from PIL import Image

from meadow.core.ids import new_id
from meadow.media.models import Rendition, Upload
from meadow.media.services import rendition_path
from meadow.media.sizes import fit_master, list_sizes

WHEN = dt.datetime(2026, 5, 1, 12, 0, tzinfo=dt.UTC)
PLACEHOLDER = "data:image/webp;base64,UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA"


def make_photo(
    *, width: int = 400, height: int = 300, format: str = "JPEG", colour: str = "#3a7d44"
) -> "ContentFile[bytes]":
    """Return the file of a plain photo."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, format)
    return ContentFile(out.getvalue(), name="photo.bin")


def make_upload(
    owner: int,
    *,
    purpose: str = "note_photo",
    state: str = "ready",
    width: int = 1200,
    height: int = 1600,
    with_files: bool = False,
    attached: bool = False,
    now: dt.datetime = WHEN,
) -> Upload:
    """Return an upload of the person with id `owner`, with its renditions if it is `ready`.

    `with_files` also writes real WebP files, for tests that fetch them.
    """
    ready = state == "ready"
    master = fit_master(width=width, height=height, purpose=purpose)
    sizes = list_sizes(width=master[0], height=master[1], purpose=purpose) if ready else []
    upload = Upload.objects.create(
        public_id=new_id("u"),
        owner_id=owner,
        purpose=purpose,
        state=state,
        progress=100 if ready else 0,
        error_code="media.broken" if state == "failed" else "",
        source_bytes=1000,
        width=master[0] if ready else 0,
        height=master[1] if ready else 0,
        placeholder=PLACEHOLDER if ready else "",
        labels=[size.label for size in sizes],
        duration_ms=8000 if ready and purpose == "note_video" else 0,
        created_at=now,
        attached_at=now if attached else None,
    )
    for size in sizes:
        path = rendition_path(upload.public_id, size.label)
        content = b""
        if with_files:
            out = io.BytesIO()
            Image.new("RGB", (size.width, size.height), "#3a7d44").save(out, "WEBP")
            content = out.getvalue()
            default_storage.save(path, ContentFile(content))
        Rendition.objects.create(
            upload=upload,
            label=size.label,
            width=size.width,
            height=size.height,
            bytes=len(content) or 1000,
            path=path,
        )
    return upload


def pretend_rendered() -> int:
    """Mark every upload that waits as rendered, without files; returns how many there were."""
    return Upload.objects.filter(state="received").update(
        state="ready",
        progress=100,
        width=800,
        height=1000,
        placeholder=PLACEHOLDER,
        labels=["w320", "w640", "w1080"],
        duration_ms=Case(When(purpose=Upload.Purpose.NOTE_VIDEO, then=8000), default=0),
    )
