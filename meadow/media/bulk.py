"""Pictures that many uploads share: rendered once, stored once, gone with the last that shows them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from numpy.typing import NDArray
from PIL import Image

from meadow.core.bulk import copy_table, repeat, reserve_ids
from meadow.core.ids import new_id
from meadow.core.transactions import transaction_required
from meadow.media.models import Rendition, Upload
from meadow.media.render import QUALITY, encode, make_placeholder
from meadow.media.services import lock_shared, shared_path
from meadow.media.sizes import Size, fit_master, list_sizes

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class SharedPicture:
    """One picture as it will be served, by size; `digest` is that of its pixels."""

    digest: str
    width: int
    height: int
    placeholder: str
    files: list[tuple[Size, bytes]] = field(repr=False)


def render_shared(image: Image.Image) -> SharedPicture:
    """Return the note photo that a picture of ours makes; a stranger's goes to the renderer."""
    width, height = fit_master(width=image.width, height=image.height, purpose="note_photo")
    master = image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    files = []
    for size in list_sizes(width=width, height=height, purpose="note_photo"):
        scaled = master.resize((size.width, size.height), Image.Resampling.LANCZOS)
        files.append((size, encode(scaled, quality=QUALITY, method=4)))
    return SharedPicture(
        digest=hashlib.sha256(b"%d " % width + master.tobytes()).hexdigest()[:32],
        width=width,
        height=height,
        placeholder=make_placeholder(master),
        files=files,
    )


@transaction_required
def add_shared_uploads(
    *, owners: Ids, pictures: Sequence[SharedPicture], which: Ids, created_at: Any
) -> Ids:
    """Add one ready, shown note photo for each owner and return their ids.

    `which` says whose picture is which; `created_at` is a pyarrow column of moments.
    """
    lock_shared()
    for picture in pictures:
        for size, content in picture.files:
            path = shared_path(picture.digest, size.label)
            if not default_storage.exists(path):
                default_storage.save(path, ContentFile(content))
    count = len(owners)
    ids = reserve_ids(table=Upload._meta.db_table, count=count)
    taken = pa.array(which)
    labels = [f"{{{','.join(size.label for size, _ in picture.files)}}}" for picture in pictures]
    sizes = [sum(len(content) for _, content in picture.files) for picture in pictures]
    rows = {
        "id": pa.array(ids),
        "public_id": pa.array([new_id("u") for _ in range(count)]),
        "owner_id": pa.array(owners),
        "purpose": repeat(Upload.Purpose.NOTE_PHOTO.value, count),
        "state": repeat(Upload.State.READY.value, count),
        "progress": repeat(100, count),
        "error_code": repeat("", count),
        "source_bytes": pa.array(sizes, pa.int64()).take(taken),
        "width": pa.array([picture.width for picture in pictures]).take(taken),
        "height": pa.array([picture.height for picture in pictures]).take(taken),
        "duration_ms": repeat(0, count),
        "placeholder": pa.array([picture.placeholder for picture in pictures]).take(taken),
        "labels": pa.array(labels).take(taken),
        "created_at": created_at,
        "attached_at": created_at,
    }
    copy_table(into=Upload._meta.db_table, rows=pa.table(rows))
    _add_renditions(ids=ids, pictures=pictures, which=which)
    return ids


def _add_renditions(*, ids: Ids, pictures: Sequence[SharedPicture], which: Ids) -> None:
    flat = [
        (place, size, len(content), shared_path(picture.digest, size.label))
        for place, picture in enumerate(pictures)
        for size, content in picture.files
    ]
    # Row by row of `flat`: all uploads that show its picture.
    shown = [ids[which == place] for place, _, _, _ in flat]
    line = pa.array(np.repeat(np.arange(len(flat)), [len(some) for some in shown]))
    rows = {
        "upload_id": pa.array(np.concatenate(shown)),
        "label": pa.array([size.label for _, size, _, _ in flat]).take(line),
        "width": pa.array([size.width for _, size, _, _ in flat]).take(line),
        "height": pa.array([size.height for _, size, _, _ in flat]).take(line),
        "bytes": pa.array([count for _, _, count, _ in flat]).take(line),
        "path": pa.array([path for _, _, _, path in flat]).take(line),
    }
    copy_table(into=Rendition._meta.db_table, rows=pa.table(rows))
