"""Reads of the notes that stand first on a profile."""

from dataclasses import replace

from meadow.notes.models import PinnedNote
from meadow.notes.queries.access import is_seen_by
from meadow.notes.queries.notes import get_checked_cards
from meadow.notes.records import NoteCard


def pinned_of(*, author_id: int, viewer_id: int | None) -> list[NoteCard]:
    """Return the notes a person put first and a viewer may see, as cards, in order."""
    pins = PinnedNote.objects.filter(is_seen_by(viewer_id, "note__"), person_id=author_id)
    ids = list(pins.order_by("position").values_list("note_id", flat=True))
    return [replace(card, is_pinned=True) for card in get_checked_cards(ids)] if ids else []


def pinned_place(note_id: int) -> int | None:
    """Return at which place, from 0, a note stands first on its author's profile, or None."""
    return PinnedNote.objects.filter(note_id=note_id).values_list("position", flat=True).first()
