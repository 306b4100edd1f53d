"""The video of a note: one, instead of photos, with a cover that its author chooses."""

import datetime as dt

from meadow.core.transactions import transaction, transaction_required
from meadow.media.services import attach_upload, release_upload
from meadow.media.video.arrivals import give_up_video
from meadow.media.video.posters import begin_still
from meadow.notes.errors import (
    CoverNotReady,
    NoteHoldsPhotos,
    NoteHoldsVideo,
    VideoFailed,
    VideoNotInNote,
    VideoNotReady,
    VideoStays,
)
from meadow.notes.models import Note, NotePhoto, NoteVideo
from meadow.notes.services.locking import lock_own_note
from meadow.notes.services.versions import keep_version, lock_to_change


def attach_video(
    *, public_id: str, author_id: int, upload_public_id: str, now: dt.datetime
) -> None:
    """Make an own video, arrived or not, the video of a note that has nothing to show yet.

    Its own still is the cover until another is chosen. Raises NoteHoldsPhotos, NoteHoldsVideo,
    VideoStays for a published note, UploadMissing, UploadTaken, NoteMissing or NotYourNote.
    """
    with transaction():
        note = lock_own_note(public_id=public_id, author_id=author_id)
        if note.state == Note.State.PUBLISHED:
            raise VideoStays
        if note.kind == Note.Kind.VIDEO:
            raise NoteHoldsVideo
        if NotePhoto.objects.filter(note=note).exists():
            raise NoteHoldsPhotos
        upload_id = attach_upload(
            public_id=upload_public_id, owner_id=author_id, purpose="note_video", now=now
        )
        NoteVideo.objects.create(note=note, upload_id=upload_id)
        NotePhoto.objects.create(note=note, upload_id=upload_id, position=0)
        note.kind, note.edited_at = Note.Kind.VIDEO, now
        note.save(update_fields=["kind", "edited_at"])


def detach_video(*, public_id: str, author_id: int, now: dt.datetime) -> None:
    """Take the video and its cover out of a note that is not published, and remove the video.

    Raises VideoNotInNote, VideoStays, NoteMissing or NotYourNote.
    """
    with transaction():
        note = lock_own_note(public_id=public_id, author_id=author_id)
        if note.state == Note.State.PUBLISHED:
            raise VideoStays
        video = _video(note)
        covers = list(NotePhoto.objects.filter(note=note).values_list("upload_id", flat=True))
        NotePhoto.objects.filter(note=note).delete()
        video.delete()
        for upload_id in sorted({video.upload_id, *covers}):
            release_upload(upload_id=upload_id)
        note.kind, note.edited_at = Note.Kind.PHOTO, now
        note.save(update_fields=["kind", "edited_at"])
    # Half a gigabyte that nobody shows does not wait a day for the sweep.
    give_up_video(public_id=video.upload.public_id, owner_id=author_id)


def set_cover(*, public_id: str, author_id: int, upload_public_id: str, now: dt.datetime) -> None:
    """Show an own photo as the cover of a video note, or the video's own still when its id is given.

    Raises VideoNotInNote, UploadMissing, UploadTaken, or CoverNotReady for a published note.
    """
    with transaction():
        note = lock_to_change(public_id=public_id, author_id=author_id)
        video = _video(note)
        cover = NotePhoto.objects.select_related("upload").get(note=note, position=0)
        if cover.upload.public_id == upload_public_id:
            return
        if upload_public_id == video.upload.public_id:
            fresh = video.upload_id
        else:
            fresh = attach_upload(
                public_id=upload_public_id, owner_id=author_id, purpose="note_photo", now=now
            )
        former = cover.upload_id
        NotePhoto.objects.filter(pk=cover.pk).update(upload_id=fresh)
        state = NotePhoto.objects.values_list("upload__state", flat=True).get(pk=cover.pk)
        if note.state == Note.State.PUBLISHED and state != "ready":
            raise CoverNotReady
        if former != video.upload_id:
            release_upload(upload_id=former)
        Note.objects.filter(pk=note.pk).update(edited_at=now)
        keep_version(note, now=now)


def choose_still(*, public_id: str, author_id: int, at_ms: int, now: dt.datetime) -> None:
    """Take what the video shows at a moment as the cover of a note that is not published.

    Raises VideoNotInNote, VideoStays, or VideoMissing while the video is not ready.
    """
    with transaction():
        note = lock_own_note(public_id=public_id, author_id=author_id)
        if note.state == Note.State.PUBLISHED:
            raise VideoStays
        video_id = _video(note).upload.public_id
    still = begin_still(video_id=video_id, owner_id=author_id, at_ms=at_ms, now=now)
    set_cover(public_id=public_id, author_id=author_id, upload_public_id=still, now=now)


@transaction_required
def check_video(*, note_id: int, may_wait: bool) -> None:
    """Refuse to publish a note whose video cannot be played. Raises VideoFailed or VideoNotReady."""
    state = (
        NoteVideo.objects.filter(note_id=note_id).values_list("upload__state", flat=True).first()
    )
    if state is None or state == "failed":
        raise VideoFailed
    if state != "ready" and not may_wait:
        raise VideoNotReady


@transaction_required
def _video(note: Note) -> NoteVideo:
    video = NoteVideo.objects.filter(note=note).select_related("upload").first()
    if video is None:
        raise VideoNotInNote
    return video
