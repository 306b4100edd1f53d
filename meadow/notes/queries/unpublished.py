"""Reads of what only its author sees: drafts, scheduled and deleted notes."""

import datetime as dt
from collections.abc import Collection

from django.db.models import FilteredRelation, Q, QuerySet

from meadow.media.queries import PICTURE_FIELDS
from meadow.notes import limits
from meadow.notes.models import Note
from meadow.notes.queries.columns import read_picture
from meadow.notes.records import DraftCard

EXCERPT_LENGTH = 80
MOST_LISTED = 100


def list_drafts(*, author_id: int) -> list[DraftCard]:
    """Return a person's drafts, last edited first."""
    drafts = Note.objects.filter(author_id=author_id, state=Note.State.DRAFT)
    return _rows(drafts.order_by("-edited_at", "-pk"))


def list_scheduled(*, author_id: int) -> list[DraftCard]:
    """Return a person's scheduled notes, the next to come out first."""
    planned = Note.objects.filter(author_id=author_id, state=Note.State.SCHEDULED)
    return _rows(planned.order_by("publish_at", "pk"))


def list_deleted(*, author_id: int, now: dt.datetime) -> list[DraftCard]:
    """Return what a person deleted and can bring back, last deleted first."""
    deleted = Note.objects.filter(
        author_id=author_id,
        state=Note.State.DELETED,
        deleted_at__gte=now - limits.RESTORE_WITHIN,
    )
    return _rows(deleted.order_by("-deleted_at", "-pk"))


def name_deleted(note_ids: Collection[int], *, author_id: int) -> dict[str, str]:
    """Return titles by public id of those of the notes that their author deleted and that are still kept."""
    if not note_ids:
        return {}
    deleted = Note.objects.filter(pk__in=note_ids, author_id=author_id, state=Note.State.DELETED)
    return dict(deleted.values_list("public_id", "title"))


def count_unpublished(*, author_id: int) -> int:
    """Return how many drafts and scheduled notes a person has."""
    waiting = [Note.State.DRAFT, Note.State.SCHEDULED]
    return Note.objects.filter(author_id=author_id, state__in=waiting).count()


def _rows(notes: "QuerySet[Note]") -> list[DraftCard]:
    rows = notes.alias(
        cover=FilteredRelation("photos", condition=Q(photos__position=0))
    ).values_list(
        "public_id",
        "title",
        "body",
        "edited_at",
        "publish_at",
        "deleted_at",
        *(f"cover__upload__{field}" for field in PICTURE_FIELDS),
    )[:MOST_LISTED]
    return [
        DraftCard(
            public_id=row[0],
            title=row[1],
            excerpt=row[2][:EXCERPT_LENGTH],
            edited_at=row[3],
            publish_at=row[4],
            deleted_at=row[5],
            cover=read_picture(row[6:], sizes="96px") if row[6] else None,
        )
        for row in rows
    ]
