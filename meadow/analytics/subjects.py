"""How this package learns about notes, which live above it: notes registers, we ask."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoteSubject:
    """A note as far as figures are concerned."""

    note_id: int
    public_id: str
    author_id: int


Resolver = Callable[[list[int]], dict[int, tuple[str, int]]]
Finder = Callable[[str], int | None]
FinderOfMany = Callable[[list[str]], dict[str, tuple[int, int]]]

_resolvers: list[Resolver] = []
_finders: list[Finder] = []
_finders_of_many: list[FinderOfMany] = []


def register_note_resolver(
    resolve: Resolver, *, find: Finder | None = None, find_many: FinderOfMany | None = None
) -> None:
    """Register the owner of notes.

    `resolve(note_ids)` returns `{note_id: (public_id, author_id)}` for those that exist;
    `find(public_id)` returns the note's id, or None; `find_many(public_ids)` returns
    `{public_id: (note_id, author_id)}` for those that are published.
    """
    _resolvers[:] = [resolve]
    _finders[:] = [find] if find else []
    _finders_of_many[:] = [find_many] if find_many else []


def resolve_notes(note_ids: Iterable[int]) -> dict[int, NoteSubject]:
    """Return the notes that exist among `note_ids`."""
    wanted = list(note_ids)
    found: dict[int, NoteSubject] = {}
    for resolve in _resolvers:
        for note_id, (public_id, author_id) in resolve(wanted).items():
            found[note_id] = NoteSubject(note_id, public_id, author_id)
    return found


def find_note(public_id: str) -> NoteSubject | None:
    """Return the note with this public id, or None."""
    for find in _finders:
        note_id = find(public_id)
        if note_id is not None:
            return resolve_notes([note_id]).get(note_id)
    return None


def find_notes(public_ids: Iterable[str]) -> dict[str, NoteSubject]:
    """Return the published notes among `public_ids`, in one query."""
    wanted = sorted(set(public_ids))
    return {
        public_id: NoteSubject(note_id, public_id, author_id)
        for find_many in _finders_of_many
        for public_id, (note_id, author_id) in find_many(wanted).items()
    }
