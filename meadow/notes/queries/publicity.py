"""Whether notes can be seen by everybody, and what they say: for packages that put them before people."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from meadow.notes.models import Note


@dataclass(frozen=True, slots=True)
class Publicity:
    """How a note stands, whoever asks: `is_hidden` by those who keep order, `is_gone` if not published."""

    public_id: str
    author_id: int
    title: str
    body: str
    edited_at: dt.datetime
    is_gone: bool
    is_public: bool
    is_hidden: bool


def get_publicity(note_ids: Collection[int]) -> dict[int, Publicity]:
    """Return how these notes stand, by id; one that was erased is missing."""
    rows = Note.objects.filter(pk__in=note_ids).values_list(
        "pk", "public_id", "author_id", "title", "body", "edited_at", "state", "visibility",
        "hidden_at", "author__is_active",
    )  # fmt: skip
    return {
        pk: Publicity(
            public_id=public_id,
            author_id=author_id,
            title=title,
            body=body,
            edited_at=edited_at,
            is_gone=state != Note.State.PUBLISHED or not active,
            is_public=visibility == Note.Visibility.PUBLIC,
            is_hidden=hidden_at is not None,
        )
        for pk, public_id, author_id, title, body, edited_at, state, visibility, hidden_at, active in rows
    }
