"""Writes of uploads: receive, attach, release, sweep."""

import datetime as dt
from collections.abc import Sequence

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection

from meadow.core.ids import new_id
from meadow.core.jobs import enqueue, find_task
from meadow.core.limits import check_rate
from meadow.core.transactions import transaction, transaction_required
from meadow.media.errors import UploadMissing, UploadTaken
from meadow.media.formats import check_photo
from meadow.media.models import DISCARDED, Rendition, Upload

UPLOADS_RATE = "120/hour"
UNSHOWN_FOR = dt.timedelta(hours=24)
STUCK_AFTER = dt.timedelta(minutes=5)
SWEEP_BATCH = 200
SHARED = "shared"


def receive_upload(*, owner_id: int, purpose: str, file: "File[bytes]", now: dt.datetime) -> Upload:
    """Take a photo in and start its rendering.

    `file` needs `.size` in bytes and to be seekable; its name and declared type are ignored.
    Raises an UploadRefused (see errors.py) or RateLimited, and then nothing was kept.

    The row comes first, then the file, then the job: wherever this dies, the sweep finds the row
    and with it the file.
    """
    check_rate(name="media.upload", rate=UPLOADS_RATE, subject=f"person:{owner_id}", now=now)
    check_photo(file=file, size=file.size or 0)
    with transaction():
        upload = Upload.objects.create(
            public_id=new_id("u"),
            owner_id=owner_id,
            purpose=Upload.Purpose(purpose),
            source_bytes=file.size,
            created_at=now,
        )
    default_storage.save(original_path(upload.public_id), file)
    with transaction():
        start_rendering(upload_id=upload.pk)
    return upload


@transaction_required
def start_rendering(*, upload_id: int) -> None:
    """Enqueue the rendering of an upload; a second job for one upload waits for the first."""
    enqueue(find_task("media.render_upload"), lock=f"media.render:{upload_id}", upload_id=upload_id)


@transaction_required
def attach_upload(*, public_id: str, owner_id: int, purpose: str, now: dt.datetime) -> int:
    """Mark an own upload as shown somewhere, so that the sweep leaves it; returns its id.

    One statement decides. Raises UploadMissing, or UploadTaken when it is shown already.
    """
    mine = Upload.objects.filter(public_id=public_id, owner_id=owner_id, purpose=purpose)
    if not mine.filter(attached_at__isnull=True).update(attached_at=now):
        raise UploadTaken if mine.exists() else UploadMissing
    return mine.values_list("pk", flat=True).get()


@transaction_required
def release_upload(*, upload_id: int) -> None:
    """Take an upload from where it was shown; the sweep removes it a day after it arrived."""
    Upload.objects.filter(pk=upload_id).update(attached_at=None)


@transaction_required
def discard_upload(*, upload_id: int) -> None:
    """Take an upload from everybody's view, its owner's too; the sweep removes it."""
    Upload.objects.filter(pk=upload_id).update(
        attached_at=None, state=Upload.State.FAILED, error_code=DISCARDED
    )


def sweep_uploads(*, now: dt.datetime) -> int:
    """Remove uploads that nobody shows a day after they arrived, rows first; returns how many."""
    with transaction():
        unshown = list(
            Upload.objects.select_for_update(skip_locked=True)
            .filter(attached_at__isnull=True, created_at__lt=now - UNSHOWN_FOR)
            # What is still arriving is swept by when it was last continued.
            .exclude(state=Upload.State.ARRIVING)
            .order_by("pk")[:SWEEP_BATCH]
        )
        # Files go first: should this die half way, the rows still know where the rest lies.
        for upload in unshown:
            delete_folder(upload.public_id)
        swept = [upload.pk for upload in unshown]
        shared = find_shared(swept)
        Upload.objects.filter(pk__in=swept).delete()
        if shared:
            delete_unshared(shared)
    return len(unshown)


def find_shared(upload_ids: Sequence[int]) -> set[str]:
    """Return the files of these uploads that other uploads may show too."""
    renditions = Rendition.objects.filter(upload_id__in=upload_ids)
    paths = renditions.filter(path__startswith=f"{SHARED}/").values_list("path", flat=True)
    return set(paths.distinct())


@transaction_required
def delete_unshared(paths: set[str]) -> None:
    """Delete those of the shared files that no upload shows any more."""
    lock_shared()
    still = set(Rendition.objects.filter(path__in=paths).values_list("path", flat=True).distinct())
    for path in sorted(paths - still):
        default_storage.delete(path)


@transaction_required
def lock_shared() -> None:
    """Keep others from adding and removing uploads of shared files until this use case ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('media.shared'))")


def rescue_uploads(*, now: dt.datetime) -> int:
    """Start uploads again whose rendering was lost with its process; returns how many."""
    with transaction():
        stuck = list(
            Upload.objects.filter(
                state__in=[Upload.State.RECEIVED, Upload.State.PROCESSING],
                created_at__lt=now - STUCK_AFTER,
            )
            .order_by("pk")
            .values_list("pk", "purpose")[:SWEEP_BATCH]
        )
        for upload_id, purpose in stuck:
            is_video = purpose == Upload.Purpose.NOTE_VIDEO
            enqueue(
                # Checking a video again is quick, and hands it on to be transcoded.
                find_task("media.check_video" if is_video else "media.render_upload"),
                lock=f"media.render:{upload_id}",
                queueing_lock=f"media.rescue:{upload_id}",
                upload_id=upload_id,
            )
    return len(stuck)


def folder_of(public_id: str) -> str:
    """Return the storage folder of an upload; everything of it lies there and nothing else does."""
    return f"uploads/{public_id}"


def original_path(public_id: str) -> str:
    """Return where the original waits; no address leads there."""
    return f"{folder_of(public_id)}/original"


def rendition_path(public_id: str, label: str) -> str:
    """Return where a rendition lies."""
    return f"{folder_of(public_id)}/{label}.webp"


def shared_path(digest: str, label: str) -> str:
    """Return where a rendition lies that many uploads show: in no upload's own folder."""
    return f"{SHARED}/{digest}/{label}.webp"


def delete_folder(public_id: str) -> None:
    """Delete everything of an upload from storage; what is gone already is fine."""
    folder = folder_of(public_id)
    try:
        _, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        default_storage.delete(f"{folder}/{name}")
    # A folder is a file to a file system and nothing to an object store: both accept this.
    default_storage.delete(folder)
