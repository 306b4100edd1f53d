"""Reads of how a note read before, for everybody who may see the note."""

from meadow.notes.differences import find_differences
from meadow.notes.errors import NoteMissing
from meadow.notes.models import Note, NoteVersion
from meadow.notes.queries.access import find_seen
from meadow.notes.queries.notes import list_photos
from meadow.notes.records import ChangedPart, VersionView

MOST_VERSIONS = 100


def list_versions(*, public_id: str, viewer_id: int | None) -> list[VersionView]:
    """Return how a published note reads and read, newest first, with what each changed; at most a hundred.

    Raises NoteMissing for whoever may not see the note.
    """
    seen = find_seen(public_id=public_id, viewer_id=viewer_id)
    if seen is None:
        raise NoteMissing
    rows = list(NoteVersion.objects.filter(note_id=seen[0]).order_by("-number")[:MOST_VERSIONS])
    if not rows:
        note = Note.objects.get(pk=seen[0])
        return [
            VersionView(
                number=1,
                title=note.title,
                body=note.body,
                photo_count=len(list_photos(note.pk)),
                kept_at=note.published_at or note.edited_at,
                is_current=True,
                changed=[],
                title_pieces=find_differences(note.title, note.title),
                body_pieces=find_differences(note.body, note.body),
            )
        ]
    older = [*rows[1:], None]
    return [
        VersionView(
            number=row.number,
            title=row.title,
            body=row.body,
            photo_count=len(row.photos),
            kept_at=row.kept_at,
            is_current=place == 0,
            changed=_changed(row, before) if before else [],
            title_pieces=find_differences(before.title if before else row.title, row.title),
            body_pieces=find_differences(before.body if before else row.body, row.body),
        )
        for place, (row, before) in enumerate(zip(rows, older, strict=True))
    ]


def _changed(row: NoteVersion, before: NoteVersion) -> list[ChangedPart]:
    changed: list[ChangedPart] = []
    if row.title != before.title:
        changed.append("title")
    if row.body != before.body:
        changed.append("body")
    if row.photos != before.photos:
        changed.append("photos")
    return changed
