"""Notes and comments as what was reported: whoever asks, hidden or deleted, for those who keep order."""

from collections.abc import Collection, Sequence

from meadow.accounts import queries as people
from meadow.analytics.queries import get_note_reads
from meadow.integrity.moderation.queue import find_reported
from meadow.integrity.moderation.subjects import SubjectView
from meadow.integrity.screening.matching import Scope
from meadow.integrity.screening.records import RecentText
from meadow.media.queries import get_pictures
from meadow.media.video.queries import get_video
from meadow.notes.models import Comment, Note, NotePhoto, NoteVideo
from meadow.notes.queries.access import find_seen, is_listed

EXCERPT_LENGTH = 200


def look_at_note(public_id: str) -> SubjectView | None:
    """Return a note that was ever published; reach is how often it was read, whoever read it."""
    note = Note.objects.filter(public_id=public_id, published_at__isnull=False).first()
    if note is None:
        return None
    uploads = list(
        NotePhoto.objects.filter(note=note, upload__state="ready")
        .order_by("position")
        .values_list("upload_id", flat=True)
    )
    pictures = get_pictures(uploads)
    film = NoteVideo.objects.filter(note=note).values_list("upload_id", flat=True).first()
    return SubjectView(
        kind="note",
        public_id=public_id,
        author_id=note.author_id,
        title=note.title,
        body=note.body,
        url=f"/n/{public_id}",
        reach=get_note_reads([note.pk])[note.pk].raw,
        written_at=note.published_at,
        pictures=[pictures[upload] for upload in uploads if upload in pictures],
        video=get_video(film) if film else None,
        is_hidden=note.hidden_at is not None,
        is_gone=note.state == Note.State.DELETED,
    )


def may_see_note(public_id: str, viewer_id: int) -> bool:
    """Whether a viewer may see a note, and so report it."""
    return find_seen(public_id=public_id, viewer_id=viewer_id) is not None


def look_at_comment(public_id: str) -> SubjectView | None:
    """Return a comment; reach is how often its note was read."""
    comment = Comment.objects.filter(public_id=public_id).select_related("note").first()
    if comment is None:
        return None
    note = comment.note
    return SubjectView(
        kind="comment",
        public_id=public_id,
        author_id=comment.author_id,
        title="",
        body=comment.body,
        url=f"/n/{note.public_id}#{public_id}",
        reach=get_note_reads([note.pk])[note.pk].raw,
        written_at=comment.created_at,
        about=note.title[:EXCERPT_LENGTH],
        is_hidden=comment.hidden_at is not None,
        is_gone=comment.deleted_at is not None or note.state == Note.State.DELETED,
    )


def may_see_comment(public_id: str, viewer_id: int) -> bool:
    """Whether a viewer may see a comment: its note, and no block between them and its author."""
    row = (
        Comment.objects.filter(
            public_id=public_id,
            deleted_at__isnull=True,
            hidden_at__isnull=True,
            author__is_active=True,
        )
        .values_list("note__public_id", "author_id")
        .first()
    )
    if row is None or find_seen(public_id=row[0], viewer_id=viewer_id) is None:
        return False
    return not people.is_blocked_between(viewer_id, row[1])


def reported_upload_ids(upload_ids: Collection[int], viewer_id: int | None) -> set[int]:
    """Return which photos and videos belong to a reported note, for somebody who keeps order; else none."""
    if not upload_ids or viewer_id is None:
        return set()
    asking = people.get_facts([viewer_id]).get(viewer_id)
    if asking is None or not asking.is_staff:
        return set()
    rows = [
        row
        for kind in (NotePhoto, NoteVideo)
        for row in kind.objects.filter(upload_id__in=upload_ids).values_list(
            "upload_id", "note__public_id"
        )
    ]
    reported = find_reported(kind="note", public_ids={note for _, note in rows})
    return {upload_id for upload_id, note in rows if note in reported}


def recent_note_texts(scope: Scope, most: int) -> Sequence[RecentText]:
    """Return titles or texts of the newest notes that everybody may see."""
    rows = Note.objects.filter(is_listed()).order_by("-published_at", "-pk")
    return [
        RecentText(scope=scope, text=text, url=f"/n/{public_id}")
        for text, public_id in rows.values_list(scope, "public_id")[:most]
    ]


def recent_comments(scope: Scope, most: int) -> Sequence[RecentText]:
    """Return the newest comments under such notes."""
    rows = Comment.objects.filter(
        is_listed("note__"), deleted_at__isnull=True, hidden_at__isnull=True
    ).order_by("-pk")
    return [
        RecentText(scope=scope, text=body, url=f"/n/{note}#{public_id}")
        for body, note, public_id in rows.values_list("body", "note__public_id", "public_id")[:most]
    ]
