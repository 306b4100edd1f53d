"""Who may see the figures of a note: its author, and operators."""

from typing import Any

from meadow.analytics.errors import FiguresArePrivate, NoteUnknown
from meadow.analytics.subjects import NoteSubject, find_note
from meadow.core.errors import NotSignedIn


def may_see_figures(note: NoteSubject, *, reader: Any) -> bool:
    """Whether `reader` (a person, or an anonymous one) may see the figures of this note."""
    if not reader.is_authenticated:
        return False
    return bool(reader.pk == note.author_id or reader.is_operator)


def require_figures_of(*, public_id: str, reader: Any) -> NoteSubject:
    """Return the note. Raises NotSignedIn, NoteUnknown or FiguresArePrivate."""
    if not reader.is_authenticated:
        raise NotSignedIn
    note = find_note(public_id)
    if note is None:
        raise NoteUnknown
    if not may_see_figures(note, reader=reader):
        raise FiguresArePrivate
    return note
