"""What the notes package tells the packages above it."""

from dataclasses import dataclass

from meadow.core.events import Event


@dataclass(frozen=True)
class NotePublished(Event):
    """A draft became visible to those it is for; `published_at` is ISO 8601 in UTC.

    `visibility` is public, followers or private.
    """

    note_id: int
    note_public_id: str
    author_id: int
    published_at: str
    visibility: str = "public"


@dataclass(frozen=True)
class NoteEdited(Event):
    """The words or photos of a published note changed."""

    note_id: int
    note_public_id: str
    author_id: int


@dataclass(frozen=True)
class NoteDeleted(Event):
    """A published note is no longer visible."""

    note_id: int
    note_public_id: str
    author_id: int


@dataclass(frozen=True)
class NoteVisibilityChanged(Event):
    """A published note is for others than before: public, followers or private."""

    note_id: int
    note_public_id: str
    author_id: int
    visibility: str


@dataclass(frozen=True)
class NoteRestored(Event):
    """A published note that had been deleted is back, for those it is for."""

    note_id: int
    note_public_id: str
    author_id: int
    visibility: str


@dataclass(frozen=True)
class NoteLiked(Event):
    """A reader likes a note; published once a like, not once a press; `at` is ISO 8601 in UTC."""

    note_id: int
    author_id: int
    person_id: int
    at: str


@dataclass(frozen=True)
class NoteUnliked(Event):
    """A reader took a like back."""

    note_id: int
    author_id: int
    person_id: int
    at: str


@dataclass(frozen=True)
class NoteSaved(Event):
    """A reader keeps a note for later."""

    note_id: int
    author_id: int
    person_id: int
    at: str


@dataclass(frozen=True)
class NoteUnsaved(Event):
    """A reader keeps a note no longer."""

    note_id: int
    author_id: int
    person_id: int
    at: str


@dataclass(frozen=True)
class CommentAdded(Event):
    """Somebody wrote under a note; `parent_author_id` is set for a reply."""

    note_id: int
    note_author_id: int
    comment_id: int
    comment_public_id: str
    author_id: int
    parent_author_id: int | None
    at: str


@dataclass(frozen=True)
class CommentEdited(Event):
    """The words of a comment that stands were changed by whoever wrote it."""

    note_id: int
    comment_id: int
    author_id: int


@dataclass(frozen=True)
class CommentDeleted(Event):
    """A comment is no longer visible; `actor_id` is who removed it."""

    note_id: int
    comment_id: int
    author_id: int
    actor_id: int


@dataclass(frozen=True)
class CommentLiked(Event):
    """A reader likes a comment; published once a like, not once a press."""

    note_id: int
    comment_id: int
    comment_author_id: int
    person_id: int
    at: str
