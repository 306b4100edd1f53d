"""Writes of videos on their way in: begun, continued piece by piece, given up, swept."""

import datetime as dt
import hashlib
import io
from typing import IO

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import F, Sum

from meadow.core.errors import MeadowError
from meadow.core.ids import new_id
from meadow.core.jobs import enqueue, find_task
from meadow.core.limits import check_rate
from meadow.core.transactions import transaction, transaction_required
from meadow.media.models import Arrival, Upload
from meadow.media.services import delete_folder, folder_of
from meadow.media.video.errors import (
    NotAVideo,
    PieceDamaged,
    TooManyUnfinished,
    VideoAbandoned,
    VideoInUse,
    VideoMissing,
    VideoTooLarge,
    VideoTooShort,
    WrongOffset,
)
from meadow.media.video.kinds import HEAD_BYTES, find_format
from meadow.media.video.limits import limits

BEGIN_RATE = "30/hour"
PIECES_RATE = "3000/hour"
NAME_LENGTH = 200
SWEEP_BATCH = 100


def begin_video(*, owner_id: int, total_bytes: int, name: str, now: dt.datetime) -> Upload:
    """Make room for a video of `total_bytes`; nothing of it is here yet.

    Raises VideoTooShort for an empty file, VideoTooLarge, TooManyUnfinished or RateLimited.
    """
    most = limits()
    if total_bytes < 1:
        raise VideoTooShort
    if total_bytes > most.most_bytes:
        raise VideoTooLarge
    check_rate(name="media.video", rate=BEGIN_RATE, subject=f"person:{owner_id}", now=now)
    with transaction():
        _lock_owner(owner_id)
        unfinished = Upload.objects.filter(owner_id=owner_id, state=Upload.State.ARRIVING).count()
        if unfinished >= most.most_unfinished:
            raise TooManyUnfinished(count=unfinished, most=most.most_unfinished)
        upload = Upload.objects.create(
            public_id=new_id("u"),
            owner_id=owner_id,
            purpose=Upload.Purpose.NOTE_VIDEO,
            state=Upload.State.ARRIVING,
            source_bytes=total_bytes,
            created_at=now,
        )
        Arrival.objects.create(
            upload=upload, name=" ".join(name.split())[:NAME_LENGTH], touched_at=now
        )
    return upload


def append_piece(
    *,
    public_id: str,
    owner_id: int,
    offset: int,
    piece: IO[bytes],
    length: int,
    now: dt.datetime,
    sha256: bytes | None = None,
) -> int:
    """Store `length` bytes that begin at `offset`; returns how many bytes are here now.

    The piece is read and its checksum compared before the row is locked; of two senders of one
    piece the first wins and the other is told where to go on. The last piece starts the
    preparation. Raises VideoMissing, WrongOffset, PieceDamaged, VideoTooLarge, RateLimited, or
    NotAVideo for a first piece that begins like something else, and then the upload has failed.
    """
    check_rate(name="media.piece", rate=PIECES_RATE, subject=f"person:{owner_id}", now=now)
    if sha256 is not None and _digest(piece) != sha256:
        raise PieceDamaged
    piece.seek(0)
    head = piece.read(HEAD_BYTES)
    piece.seek(0)
    refusal: NotAVideo | None = None
    with transaction():
        arrival = _lock_arrival(public_id=public_id, owner_id=owner_id)
        if arrival.arrived != offset:
            raise WrongOffset(expected=arrival.arrived, given=offset)
        if offset + length > arrival.upload.source_bytes:
            raise VideoTooLarge
        if length == 0:
            return offset
        if offset == 0 and (len(head) >= HEAD_BYTES or length == arrival.upload.source_bytes):
            refusal = _judge(head)
        if refusal is not None:
            fail_arrival(upload=arrival.upload, code=refusal.code)
        else:
            _store(arrival=arrival, piece=piece, length=length, now=now)
    if refusal is not None:
        delete_folder(public_id)
        raise refusal
    return offset + length


def receive_video(*, owner_id: int, file: "File[bytes]", now: dt.datetime) -> str:
    """Take in a video that came whole, from a form without scripts; returns its public id.

    Raises what begin_video and append_piece raise; then nothing of it is kept.
    """
    upload = begin_video(
        owner_id=owner_id, total_bytes=file.size or 0, name=file.name or "", now=now
    )
    offset = 0
    for piece in file.chunks(limits().piece_bytes):
        try:
            offset = append_piece(
                public_id=upload.public_id,
                owner_id=owner_id,
                offset=offset,
                piece=io.BytesIO(piece),
                length=len(piece),
                now=now,
            )
        except MeadowError:
            give_up_video(public_id=upload.public_id, owner_id=owner_id)
            raise
    return upload.public_id


def give_up_video(*, public_id: str, owner_id: int) -> None:
    """Remove an own video that no note holds, whatever its state. Raises VideoMissing or VideoInUse."""
    with transaction():
        upload = (
            Upload.objects.select_for_update()
            .filter(public_id=public_id, owner_id=owner_id, purpose=Upload.Purpose.NOTE_VIDEO)
            .first()
        )
        if upload is None:
            raise VideoMissing
        if upload.attached_at is not None:
            raise VideoInUse
        upload.delete()
    # What is being made of it right now notices that the row is gone, and clears up after itself.
    delete_folder(public_id)


def sweep_arrivals(*, now: dt.datetime) -> int:
    """Fail what nobody has continued for a day and delete its pieces; returns how many."""
    with transaction():
        left = list(
            Arrival.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(touched_at__lt=now - limits().unfinished_for)
            .select_related("upload")
            .order_by("pk")[:SWEEP_BATCH]
        )
        for arrival in left:
            delete_folder(arrival.upload.public_id)
            fail_arrival(upload=arrival.upload, code=VideoAbandoned.code)
    return len(left)


def count_waiting_bytes(*, owner_id: int) -> int:
    """Return how many bytes of a person's unfinished videos are stored."""
    arrivals = Arrival.objects.filter(upload__owner_id=owner_id)
    return int(arrivals.aggregate(bytes=Sum("arrived"))["bytes"] or 0)


@transaction_required
def fail_arrival(*, upload: Upload, code: str) -> None:
    """End an unfinished upload with a reason that its owner can read."""
    Upload.objects.filter(pk=upload.pk).update(state=Upload.State.FAILED, error_code=code)
    Arrival.objects.filter(upload_id=upload.pk).delete()


def piece_path(public_id: str, offset: int) -> str:
    """Return where the piece that begins at `offset` lies; names sort in the order of the file."""
    return f"{folder_of(public_id)}/piece-{offset:012d}"


@transaction_required
def _store(*, arrival: Arrival, piece: IO[bytes], length: int, now: dt.datetime) -> None:
    upload = arrival.upload
    path = piece_path(upload.public_id, arrival.arrived)
    # A process that died after writing left a file of this name that no row counts.
    default_storage.delete(path)
    default_storage.save(path, File(piece))
    arrived = arrival.arrived + length
    Arrival.objects.filter(pk=arrival.pk).update(arrived=F("arrived") + length, touched_at=now)
    if arrived == upload.source_bytes:
        Upload.objects.filter(pk=upload.pk).update(state=Upload.State.RECEIVED)
        enqueue(
            find_task("media.check_video"), lock=f"media.render:{upload.pk}", upload_id=upload.pk
        )


@transaction_required
def _lock_arrival(*, public_id: str, owner_id: int) -> Arrival:
    arrival = (
        Arrival.objects.select_for_update(of=("self",))
        .select_related("upload")
        .filter(
            upload__public_id=public_id,
            upload__owner_id=owner_id,
            upload__state=Upload.State.ARRIVING,
        )
        .first()
    )
    if arrival is None:
        raise VideoMissing
    return arrival


@transaction_required
def _lock_owner(owner_id: int) -> None:
    """Let one person begin one video at a time, so that the quota holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('media.begin_video'), %s)",
            [owner_id % 2**31],
        )


def _judge(head: bytes) -> NotAVideo | None:
    try:
        find_format(head)
    except NotAVideo as refusal:
        return refusal
    return None


def _digest(piece: IO[bytes]) -> bytes:
    piece.seek(0)
    return hashlib.file_digest(piece, "sha256").digest()  # type: ignore[arg-type]
