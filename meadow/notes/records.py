"""The plain frozen records in which notes reach templates, the feed and the API."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from django.utils.safestring import SafeString

from meadow.accounts.queries import PersonCard
from meadow.media.queries import Picture, UploadState
from meadow.media.video.queries import Video, VideoState
from meadow.notes.differences import Piece, render_pieces
from meadow.notes.text import mark_words

ChangedPart = Literal["title", "body", "photos"]


@dataclass(frozen=True)
class NoteCard:
    """A published note as a feed shows it."""

    id: int
    public_id: str
    title: str
    author: PersonCard
    cover: Picture | None
    cover_description: str
    like_count: int
    comment_count: int
    published_at: dt.datetime
    edited_at: dt.datetime
    photo_count: int
    visibility: str
    kind: str = "photo"
    # Of a video note.
    duration_ms: int = 0
    is_pinned: bool = False

    @property
    def url(self) -> str:
        """The address of the note."""
        return f"/n/{self.public_id}"


@dataclass(frozen=True)
class PhotoView:
    """One photo of a note; `description` is what a screen reader says."""

    picture: Picture
    description: str
    position: int


@dataclass(frozen=True)
class NoteView:
    """A note as its page shows it to one viewer."""

    id: int
    public_id: str
    state: str
    visibility: str
    is_hidden: bool
    title: str
    body: str
    body_html: SafeString
    author: PersonCard
    photos: list[PhotoView]
    topics: list[str]
    like_count: int
    save_count: int
    comment_count: int
    created_at: dt.datetime
    publish_at: dt.datetime | None
    published_at: dt.datetime | None
    edited_at: dt.datetime
    is_edited: bool
    is_liked: bool
    is_saved: bool
    is_own: bool
    viewer_id: int | None
    kind: str = "photo"
    # Of a video note, once it is ready.
    video: Video | None = None

    @property
    def url(self) -> str:
        """The address of the note."""
        return f"/n/{self.public_id}"


@dataclass(frozen=True)
class TopicCard:
    """A topic in a list; `note_count` is how many notes stand under it."""

    id: int
    slug: str
    name: str
    note_count: int

    @property
    def url(self) -> str:
        """The address of the topic."""
        return f"/t/{quote(self.slug)}"


@dataclass(frozen=True)
class TopicView:
    """A topic as its page shows it to one viewer."""

    card: TopicCard
    is_followed: bool


@dataclass(frozen=True)
class BoardCard:
    """A board in a list; `note_count` and `covers` (three at most) are what the viewer may see."""

    id: int
    public_id: str
    name: str
    about: str
    is_public: bool
    note_count: int
    covers: list[Picture]

    @property
    def url(self) -> str:
        """The address of the board."""
        return f"/b/{self.public_id}"


@dataclass(frozen=True)
class BoardView:
    """A board as its page shows it; `held` counts what its viewer may not see too."""

    card: BoardCard
    owner: PersonCard
    held: int
    is_own: bool

    @property
    def unseen(self) -> int:
        """How many of its notes are not shown."""
        return self.held - self.card.note_count


@dataclass(frozen=True)
class BoardChoice:
    """An own board beside a note that may be put on it."""

    public_id: str
    name: str
    is_public: bool
    holds: bool


@dataclass(frozen=True)
class EditedPhoto:
    """One photo in the editor, whatever its state."""

    upload: UploadState
    description: str
    position: int
    is_first: bool
    is_last: bool


@dataclass(frozen=True)
class EditedNote:
    """A note as its author edits it."""

    id: int | None
    public_id: str
    state: str
    title: str
    body: str
    photos: list[EditedPhoto]
    edited_at: dt.datetime | None
    visibility: str = "public"
    publish_at: dt.datetime | None = None
    kind: str = "photo"
    video: VideoState | None = None
    written_in: str = ""

    @property
    def words_mark(self) -> str:
        """What marks the words an editor starts from."""
        return mark_words(title=self.title, body=self.body)

    @property
    def url(self) -> str:
        """The address of the note."""
        return f"/n/{self.public_id}"

    @property
    def is_published(self) -> bool:
        """Whether others may see it."""
        return self.state == "published"

    @property
    def is_scheduled(self) -> bool:
        """Whether it comes out by itself."""
        return self.state == "scheduled"


@dataclass(frozen=True)
class VersionView:
    """How a note read from `kept_at` on; `changed` names title, body and photos."""

    number: int
    title: str
    body: str
    photo_count: int
    kept_at: dt.datetime
    is_current: bool
    changed: list[ChangedPart]
    # Against the version before; one piece where nothing differs or none is known.
    title_pieces: Sequence[Piece] = ()
    body_pieces: Sequence[Piece] = ()

    @property
    def title_html(self) -> SafeString:
        """The title with what was added and removed, as safe HTML."""
        return render_pieces(self.title_pieces)

    @property
    def body_html(self) -> SafeString:
        """The words with what was added and removed, as safe HTML."""
        return render_pieces(self.body_pieces)


@dataclass(frozen=True)
class DraftCard:
    """One row of what an author has not published, or has deleted."""

    public_id: str
    title: str
    excerpt: str
    cover: Picture | None
    edited_at: dt.datetime
    publish_at: dt.datetime | None = None
    deleted_at: dt.datetime | None = None


@dataclass(frozen=True)
class CommentView:
    """A comment or reply as somebody sees it; a removed one that still has replies has no body.

    `replies` are the first ones, `more_replies` how many follow for this reader after
    `replies_cursor` (empty: from the start). `is_withheld`: only its writer and the note's author
    see it. `is_hidden` is set for its writer alone, while moderation keeps it from everybody else.
    """

    id: int
    public_id: str
    note_public_id: str
    parent_public_id: str
    answers_handle: str
    author: PersonCard
    body: str
    body_html: SafeString
    created_at: dt.datetime
    reply_count: int
    like_count: int
    is_deleted: bool
    is_hidden: bool
    is_withheld: bool
    is_pinned: bool
    is_liked: bool
    is_liked_by_author: bool
    is_by_note_author: bool
    can_delete: bool
    can_pin: bool
    can_release: bool
    edited_at: dt.datetime | None = None
    can_edit: bool = False
    replies: "Sequence[CommentView]" = ()
    more_replies: int = 0
    replies_cursor: str = ""

    @property
    def url(self) -> str:
        """The address of the comment on its note's page."""
        return f"/n/{self.note_public_id}?comment={self.public_id}#{self.public_id}"

    @property
    def thread_id(self) -> str:
        """The public id of the comment at the top of the thread."""
        return self.parent_public_id or self.public_id
