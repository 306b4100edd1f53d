"""Reads of the demo: whether it is here, and what of it stands."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from meadow.accounts.queries import find_by_handles
from meadow.demo.texts import (
    DemoNote,
    PhotoCredit,
    fingerprint,
    note_id,
    read_credits,
    read_notes,
)
from meadow.notes.queries import list_comments, list_replies

MOST_COMMENTS = 1000


@dataclass(frozen=True)
class CreditLine:
    """A photo's credit as the page shows it, with the note whose cover it is."""

    credit: PhotoCredit
    description: str
    licence: str
    note_url: str
    note_title: str

    @property
    def is_cropped(self) -> bool:
        """Whether a part of the photo was cut away."""
        return "cropped" in self.credit.changes


def marker() -> Path:
    """Return the file that a seed leaves."""
    return Path(settings.HOME) / "run" / "demo.json"


def is_seeded() -> bool:
    """Whether this installation shows the demo's photos, and owes their credits."""
    return marker().exists()


def is_whole(notes: Sequence[DemoNote]) -> bool:
    """Whether a seed of these very notes came to its end here.

    Then likes are left as they are: somebody may have taken theirs back.
    """
    if not marker().exists():
        return False
    noted = json.loads(marker().read_text())
    everybody = {note.author for note in notes}
    return (
        noted["texts"] == fingerprint()
        and noted.get("notes") == len(notes)
        and len(find_by_handles(everybody)) == len(everybody)
    )


def find_comments(note_public_id: str) -> dict[tuple[str, str], str]:
    """Return the comments under a note: handle and words to public id."""
    page = list_comments(note_public_id=note_public_id, viewer_id=None, length=MOST_COMMENTS)
    return {(one.author.handle, one.body): one.public_id for one in page.items}


def find_replies(comment_public_id: str) -> set[tuple[str, str]]:
    """Return the replies under a comment, as handle and words."""
    page = list_replies(comment_public_id=comment_public_id, viewer_id=None, length=MOST_COMMENTS)
    return {(one.author.handle, one.body) for one in page.items}


def list_credits(*, language: str) -> list[CreditLine]:
    """Return the credit of every photo, in the order of the credits file."""
    notes = {note.photos[0]: note for note in read_notes() if note.photos}
    return [
        CreditLine(
            credit=credit,
            description=credit.description(language),
            licence=credit.licence_name(language),
            note_url=f"/n/{note_id(notes[file].key)}",
            note_title=notes[file].title,
        )
        for file, credit in read_credits().items()
    ]
