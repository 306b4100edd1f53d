"""What the notes API takes and gives, and how records become it."""

import datetime as dt
from typing import Literal

from ninja import Field, Schema
from pydantic import AwareDatetime

from meadow.accounts.queries import PersonCard
from meadow.core.pagination import Page
from meadow.media.queries import Picture
from meadow.media.video.queries import Video
from meadow.notes import limits
from meadow.notes.differences import Change
from meadow.notes.records import ChangedPart, NoteCard, NoteView

Visibility = Literal["public", "followers", "private"]


class AuthorOut(Schema):
    """Whoever wrote something."""

    id: str
    handle: str
    name: str
    avatar: str | None


class PhotoOut(Schema):
    """A photo that can be shown."""

    id: str
    width: int
    height: int
    src: str
    srcset: str
    placeholder: str
    description: str


class CardOut(Schema):
    """A published note in a list."""

    id: str
    visibility: Visibility
    title: str
    author: AuthorOut
    cover: PhotoOut | None
    kind: Literal["photo", "video"]
    duration_ms: int = Field(description="Of a video; 0 for photos.")
    photo_count: int
    like_count: int
    comment_count: int
    published_at: dt.datetime


class CardPage(Schema):
    """One page of notes."""

    items: list[CardOut]
    next_cursor: str | None


class CaptionsOut(Schema):
    """Captions of a video in one language."""

    language: str
    name: str
    src: str


class PlayedVideoOut(Schema):
    """A video that can be played: HLS, or a plain MP4."""

    id: str
    duration_ms: int
    hls: str
    mp4: str
    captions: list[CaptionsOut]


class NoteOut(Schema):
    """A whole note, as the caller may see it."""

    id: str
    state: Literal["draft", "scheduled", "published"]
    visibility: Visibility
    is_hidden: bool = Field(description="Whether moderation keeps it from everybody but its author")
    title: str
    body: str
    body_html: str
    author: AuthorOut
    kind: Literal["photo", "video"]
    video: PlayedVideoOut | None
    photos: list[PhotoOut] = Field(description="Of a video note its cover.")
    topics: list[str]
    like_count: int
    save_count: int
    comment_count: int
    is_liked: bool
    is_saved: bool
    published_at: dt.datetime | None
    edited_at: dt.datetime


class NoteScheduleIn(Schema):
    """When a note is to come out."""

    publish_at: AwareDatetime = Field(
        description="With its time zone; cut to the minute. 15 minutes to 90 days ahead."
    )


class DeletedRow(Schema):
    """A note that its author deleted and can bring back."""

    id: str
    title: str
    deleted_at: dt.datetime
    restore_until: dt.datetime


class PieceOut(Schema):
    """A stretch of text that stayed, was added or was removed."""

    kind: Change
    text: str


class VersionOut(Schema):
    """How a note read from `since` on; `changed` says what differs from the version before.

    `title_pieces` and `body_pieces` say so by words, Chinese ones as a dictionary cuts them.
    """

    number: int
    title: str
    body: str
    photo_count: int
    since: dt.datetime
    changed: list[ChangedPart]
    title_pieces: list[PieceOut]
    body_pieces: list[PieceOut]


class PinsIn(Schema):
    """The notes that are to stand first on a profile, in order."""

    notes: list[str] = Field(max_length=20, description="Ids of own published notes, at most 3.")


class ScheduledRow(Schema):
    """A note that comes out by itself."""

    id: str
    title: str
    publish_at: dt.datetime


class DraftPhotoOut(Schema):
    """A photo of an own note, whatever its state."""

    id: str
    state: Literal["received", "processing", "ready", "failed"]
    progress: int
    error: str | None
    description: str


class DraftOut(Schema):
    """An own note as it is edited."""

    id: str
    state: Literal["draft", "scheduled", "published"]
    visibility: Visibility
    publish_at: dt.datetime | None
    title: str
    body: str
    photos: list[DraftPhotoOut]


class DraftRow(Schema):
    """An own draft in a list."""

    id: str
    title: str
    excerpt: str
    edited_at: dt.datetime


class PhotoIn(Schema):
    """An own upload to show, and what it shows."""

    id: str = Field(description="Of an upload, from POST /uploads.")
    description: str = Field("", max_length=limits.DESCRIPTION_LENGTH)


class NoteIn(Schema):
    """A new draft."""

    title: str = ""
    visibility: Visibility = "public"
    body: str = Field("", description="Plain text; #topic and @handle are found in it.")
    photos: list[PhotoIn] = Field(default=[], max_length=limits.MOST_PHOTOS)


class NotePatch(Schema):
    """Changes to an own note; what is left out stays. `photos` is the whole new list, in order."""

    title: str | None = None
    body: str | None = None
    visibility: Visibility | None = None
    photos: list[PhotoIn] | None = Field(default=None, max_length=limits.MOST_PHOTOS)


class ReactionOut(Schema):
    """How a note stands after a like or save."""

    is_liked: bool
    is_saved: bool
    like_count: int
    save_count: int


def describe_note(note: NoteView) -> NoteOut:
    """Return the API's record of a note."""
    return NoteOut(
        id=note.public_id,
        state=note.state,  # type: ignore[arg-type]  # a deleted note has no view
        visibility=note.visibility,  # type: ignore[arg-type]  # one of three
        is_hidden=note.is_hidden,
        title=note.title,
        body=note.body,
        body_html=note.body_html,
        author=describe_author(note.author),
        photos=[describe_photo(photo.picture, photo.description) for photo in note.photos],
        kind=note.kind,  # type: ignore[arg-type]  # one of the two
        video=describe_video(note.video) if note.video else None,
        topics=note.topics,
        like_count=note.like_count,
        save_count=note.save_count,
        comment_count=note.comment_count,
        is_liked=note.is_liked,
        is_saved=note.is_saved,
        published_at=note.published_at,
        edited_at=note.edited_at,
    )


def describe_video(video: Video) -> PlayedVideoOut:
    """Return the API's record of a video that can be played."""
    return PlayedVideoOut(
        id=video.public_id,
        duration_ms=video.duration_ms,
        hls=video.hls,
        mp4=video.mp4,
        captions=[
            CaptionsOut(language=one.language, name=one.name, src=one.src) for one in video.captions
        ],
    )


def describe_card(card: NoteCard) -> CardOut:
    """Return the API's record of a card."""
    return CardOut(
        id=card.public_id,
        visibility=card.visibility,  # type: ignore[arg-type]  # one of three
        title=card.title,
        author=describe_author(card.author),
        cover=describe_photo(card.cover, card.cover_description) if card.cover else None,
        photo_count=card.photo_count,
        kind=card.kind,  # type: ignore[arg-type]  # one of the two
        duration_ms=card.duration_ms,
        like_count=card.like_count,
        comment_count=card.comment_count,
        published_at=card.published_at,
    )


def describe_card_page(page: Page[NoteCard]) -> CardPage:
    """Return the API's page of cards."""
    return CardPage(
        items=[describe_card(card) for card in page.items], next_cursor=page.next_cursor
    )


def describe_author(person: PersonCard) -> AuthorOut:
    """Return the API's record of whoever wrote something."""
    return AuthorOut(
        id=person.public_id,
        handle=person.handle,
        name=person.shown_name,
        avatar=person.avatar.src if person.avatar and person.avatar.is_ready else None,
    )


def describe_photo(picture: Picture, description: str) -> PhotoOut:
    """Return the API's record of a photo."""
    return PhotoOut(
        id=picture.public_id,
        width=picture.width,
        height=picture.height,
        src=picture.src,
        srcset=picture.srcset,
        placeholder=picture.placeholder,
        description=description,
    )
