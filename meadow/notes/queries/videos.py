"""Reads of the videos of notes, and who may see their files."""

from collections.abc import Collection

from django.db.models import Q

from meadow.media.video.queries import Video, VideoState, get_video, get_video_states
from meadow.notes.models import Note, NoteVideo
from meadow.notes.queries.access import is_listed, is_seen_by
from meadow.notes.queries.reported import reported_upload_ids


def find_video(note_id: int) -> Video | None:
    """Return the video of a note if it can be played."""
    upload_id = (
        NoteVideo.objects.filter(note_id=note_id).values_list("upload_id", flat=True).first()
    )
    return get_video(upload_id) if upload_id else None


def find_video_state(note_id: int) -> VideoState | None:
    """Return how far the video of a note is; whose it is the caller has checked."""
    upload_id = (
        NoteVideo.objects.filter(note_id=note_id).values_list("upload_id", flat=True).first()
    )
    return get_video_states([upload_id])[upload_id] if upload_id else None


def visible_video_ids(upload_ids: Collection[int], viewer_id: int | None) -> set[int]:
    """Return which videos a person may see: by the same rule as the photos of their notes."""
    shown = is_listed("note__")
    if viewer_id is not None:
        unpublished = Q(note__state__in=[Note.State.DRAFT, Note.State.SCHEDULED])
        shown |= is_seen_by(viewer_id, "note__") | unpublished & Q(note__author_id=viewer_id)
    videos = NoteVideo.objects.filter(shown, upload_id__in=upload_ids, note__author__is_active=True)
    seen = set(videos.values_list("upload_id", flat=True))
    return seen | reported_upload_ids(set(upload_ids) - seen, viewer_id)
