"""Figures for other software; web mounts this router with the scope `analytics:read`."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from meadow.analytics.access import require_figures_of
from meadow.analytics.queries import get_note_reads, get_retention
from meadow.core.errors import PermissionDenied

router = Router(tags=["analytics"])


class NoteReadsOut(Schema):
    """The reads of one note, as counted at `as_of` (null while nothing has been counted)."""

    note: str
    reads_raw: int
    reads_valid: int
    as_of: dt.datetime | None


@router.get(
    "/notes/{public_id}/reads",
    response=NoteReadsOut,
    summary="Reads of a note",
    openapi_extra={"x-scope": "analytics:read"},
)
def get_reads(request: HttpRequest, public_id: str) -> NoteReadsOut:
    """Return raw and valid reads side by side, for the note's author and for operators.

    A raw read is every read reported with a genuine token. A valid read is organic, by somebody
    signed in, and counts once a person, note and day (UTC). Rules of programs weigh them, so every
    author sees them; the rest is in the Studio.
    """
    reader: Any = request.user
    note = require_figures_of(public_id=public_id, reader=reader)
    reads = get_note_reads([note.note_id])[note.note_id]
    return NoteReadsOut(
        note=public_id, reads_raw=reads.raw, reads_valid=reads.valid, as_of=reads.watermark
    )


class Retention(Schema):
    """How long facts of one kind are kept; null is for ever."""

    kind: str
    keep_days: int | None


@router.get(
    "/retention",
    response=list[Retention],
    summary="How long facts are kept",
    openapi_extra={"x-scope": "analytics:read"},
)
def list_retention(request: HttpRequest) -> list[Retention]:
    """Return the rule of every kind of fact, for operators."""
    reader: Any = request.user
    if not reader.is_operator:
        raise PermissionDenied
    return [Retention(kind=kind, keep_days=days) for kind, days in get_retention().items()]
