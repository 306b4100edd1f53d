"""Reads of the demo: whether it is here, and what of it stands."""

from pathlib import Path

from django.conf import settings

from meadow.notes.queries import list_comments, list_replies

MOST_COMMENTS = 1000


def marker() -> Path:
    """Return the file that a finished seed leaves."""
    return Path(settings.HOME) / "run" / "demo.json"


def is_seeded() -> bool:
    """Whether this installation shows the demo's photos, and owes their credits."""
    return marker().exists()


def find_comments(note_public_id: str) -> dict[tuple[str, str], str]:
    """Return the comments under a note: handle and words to public id."""
    page = list_comments(note_public_id=note_public_id, viewer_id=None, length=MOST_COMMENTS)
    return {(one.author.handle, one.body): one.public_id for one in page.items}


def find_replies(comment_public_id: str) -> set[tuple[str, str]]:
    """Return the replies under a comment, as handle and words."""
    page = list_replies(comment_public_id=comment_public_id, viewer_id=None, length=MOST_COMMENTS)
    return {(one.author.handle, one.body) for one in page.items}
