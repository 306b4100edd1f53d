"""Figures as PostgreSQL knows them, each with the watermark it was counted at."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Max, Sum

from meadow.analytics.facts import KINDS
from meadow.analytics.models import NoteReads, RetentionRule


@dataclass(frozen=True, slots=True)
class Reads:
    """The figures of one note; `watermark` is None while nothing has been counted."""

    raw: int = 0
    valid: int = 0
    impressions: int = 0
    opens: int = 0
    watermark: dt.datetime | None = None

    @property
    def invalid_or_repeated(self) -> int:
        """Reads that the valid figure leaves out: repeated, signed out or invalid."""
        return self.raw - self.valid


@dataclass(frozen=True, slots=True)
class AuthorTotals:
    """The figures of all notes of one author together."""

    notes: int
    raw: int
    valid: int
    impressions: int
    opens: int
    watermark: dt.datetime | None


def get_note_reads(note_ids: Sequence[int]) -> dict[int, Reads]:
    """Return the figures of each of `note_ids`, zeros for one that nobody has seen yet."""
    figures = dict.fromkeys(note_ids, Reads())
    for row in NoteReads.objects.filter(note_id__in=list(note_ids)):
        figures[row.note_id] = Reads(
            raw=row.reads_raw,
            valid=row.reads_valid,
            impressions=row.impressions,
            opens=row.opens,
            watermark=row.watermark,
        )
    return figures


def get_author_totals(author_id: int) -> AuthorTotals:
    """Return the sums over an author's notes; `watermark` is the latest of them."""
    totals = NoteReads.objects.filter(author_id=author_id).aggregate(
        notes=Count("note_id"),
        raw=Sum("reads_raw", default=0),
        valid=Sum("reads_valid", default=0),
        impressions=Sum("impressions", default=0),
        opens=Sum("opens", default=0),
        watermark=Max("watermark"),
    )
    return AuthorTotals(**totals)


def get_retention() -> dict[str, int | None]:
    """Return for how many days facts of each kind are kept, by kind; None is for ever."""
    kept: dict[str, int | None] = dict.fromkeys(sorted(KINDS))
    kept.update(RetentionRule.objects.filter(kind__in=KINDS).values_list("kind", "keep_days"))
    return kept
