"""Reads of notes: published ones for anybody, drafts for their author only."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from django.db.models import Count, Exists, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from psycopg.sql import Literal

from meadow.accounts import queries as people
from meadow.core.database import fetch_prepared
from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.media.queries import PICTURE_FIELDS, get_upload_states
from meadow.notes.errors import NoteMissing, NotYourNote
from meadow.notes.models import Like, Mention, Note, NotePhoto, NoteTopic, PinnedNote, Save
from meadow.notes.queries.access import can_see, is_listed, is_seen_by
from meadow.notes.queries.columns import AUTHOR_FIELDS, read_author, read_picture
from meadow.notes.queries.reported import reported_upload_ids
from meadow.notes.queries.videos import find_video, find_video_state
from meadow.notes.records import (
    EditedNote,
    EditedPhoto,
    NoteCard,
    NoteView,
    PhotoView,
)
from meadow.notes.text import find_topics, render_body

CARD_SIZES = "(min-width: 1280px) 260px, (min-width: 640px) 33vw, 50vw"
PHOTO_SIZES = "(min-width: 1024px) 640px, 100vw"
PAGE_LENGTH = 20

_COVER_FIELDS = ("cover__description", *(f"cover__upload__{field}" for field in PICTURE_FIELDS))
_CARD_FIELDS = (
    "pk",
    "public_id",
    "title",
    "like_count",
    "comment_count",
    "published_at",
    "edited_at",
    "photo_count",
    "visibility",
    "kind",
    "video__upload__duration_ms",
)
CARD_COLUMNS = len(_CARD_FIELDS) + len(AUTHOR_FIELDS) + len(_COVER_FIELDS)

# Counted a note at a time over the unique index: a join would multiply the other columns.
_PHOTO_COUNT = (
    NotePhoto.objects.filter(note=OuterRef("pk"), upload__state="ready")
    .order_by()
    .values("note")
    .annotate(count=Count("pk"))
    .values("count")
)


def get_cards(note_ids: Sequence[int], *, viewer_id: int | None = None) -> list[NoteCard]:
    """Return those of the notes that this viewer (None: signed out) may see, as cards, in order.

    One query, however many they are.
    """
    return _cards_of(Note.objects.filter(is_seen_by(viewer_id), pk__in=set(note_ids)), note_ids)


def get_checked_cards(note_ids: Sequence[int]) -> list[NoteCard]:
    """Return published notes as cards, for whoever has asked already that they may be shown.

    A feed reads its live rows by the rule of access first; an author's own figures are theirs.
    """
    found = {row[0]: read_card(row) for row in fetch_prepared(_checked(), [list(set(note_ids))])}
    return [found[note_id] for note_id in note_ids if note_id in found]


@cache
def _checked() -> str:
    card = card_sql("asked.id")
    return f"SELECT card.* FROM unnest(%s::bigint[]) asked (id) JOIN LATERAL ({card}) card ON true"  # noqa: S608 - our own


def _cards_of(notes: "QuerySet[Note]", note_ids: Sequence[int]) -> list[NoteCard]:
    rows = _card_rows(notes)
    found = {row[0]: read_card(row) for row in rows}
    return [found[note_id] for note_id in note_ids if note_id in found]


def notes_of(
    *,
    author_id: int,
    viewer_id: int | None = None,
    cursor: str | None = None,
    length: int = PAGE_LENGTH,
    without_pinned: bool = False,
) -> Page[NoteCard]:
    """Return a page of one person's notes that a viewer may see, newest first.

    Raises InvalidCursor.
    """
    notes = Note.objects.filter(is_seen_by(viewer_id), author_id=author_id)
    notes = notes.order_by("-published_at", "-pk")
    if without_pinned:
        notes = notes.exclude(Exists(PinnedNote.objects.filter(note=OuterRef("pk"))))
    if cursor:
        at, pk = _read_position(cursor)
        notes = notes.filter(Q(published_at__lt=at) | Q(published_at=at, pk__lt=pk))
    cards = [read_card(row) for row in _card_rows(notes)[: length + 1]]
    return _page_of_cards(cards, length)


def saved_by(
    *, person_id: int, cursor: str | None = None, length: int = PAGE_LENGTH
) -> Page[NoteCard]:
    """Return a page of the notes a person keeps, last kept first. Raises InvalidCursor."""
    saves = Save.objects.filter(is_seen_by(person_id, "note__"), person_id=person_id)
    if cursor:
        saves = saves.filter(pk__lt=_read_pk(cursor))
    rows = list(saves.order_by("-pk").values_list("pk", "note_id")[: length + 1])
    more = encode_cursor({"pk": rows[length - 1][0]}) if len(rows) > length else None
    cards = get_checked_cards([note_id for _, note_id in rows[:length]])
    return Page(items=cards, next_cursor=more)


def published_ids_of(author_ids: Collection[int], *, limit: int) -> list[int]:
    """Return the ids of the newest published notes of these people."""
    return list(
        Note.objects.filter(author_id__in=author_ids, state=Note.State.PUBLISHED)
        .order_by("-published_at", "-pk")
        .values_list("pk", flat=True)[:limit]
    )


def count_notes(*, author_id: int, viewer_id: int | None = None) -> int:
    """Return how many published notes of a person a viewer may see."""
    return Note.objects.filter(is_seen_by(viewer_id), author_id=author_id).count()


def get_note(*, public_id: str, viewer_id: int | None) -> NoteView:
    """Return a note as `viewer_id` (None: signed out) sees it. Raises NoteMissing.

    A draft or a scheduled note exists for its author only; others see what access.py says.
    """
    note = _one_row(public_id)
    if note is None:
        raise NoteMissing
    author = read_author(note[-len(AUTHOR_FIELDS) :])
    own = viewer_id == author.id
    if note[1] == Note.State.DELETED:
        raise NoteMissing
    if not own and not can_see(note_id=note[0], viewer_id=viewer_id):
        raise NoteMissing
    author = people.get_people([author.id], viewer_id)[author.id]
    pk, state, title, body = note[:4]
    likes, saves, comments, created_at, published_at, edited_at = note[4:10]
    visibility, publish_at, hidden_at, kind = note[10:14]
    return NoteView(
        id=pk,
        public_id=public_id,
        state=state,
        visibility=visibility,
        is_hidden=hidden_at is not None,
        title=title,
        body=body,
        body_html=render_body(body, handles=mentioned_handles(pk)),
        author=author,
        photos=list_photos(pk),
        topics=_topic_names(pk, body),
        like_count=likes,
        save_count=saves,
        comment_count=comments,
        created_at=created_at,
        publish_at=publish_at,
        published_at=published_at,
        edited_at=edited_at,
        is_edited=published_at is not None and edited_at > published_at,
        is_liked=pk in liked_ids(viewer_id, [pk]),
        is_saved=pk in saved_ids(viewer_id, [pk]),
        is_own=own,
        viewer_id=viewer_id,
        kind=kind,
        video=find_video(pk) if kind == Note.Kind.VIDEO else None,
    )


def _topic_names(note_id: int, body: str) -> list[str]:
    """Return a note's topics; one that is not public stands under none, but its words name them."""
    under = NoteTopic.objects.filter(note_id=note_id).order_by("pk")
    names = list(under.values_list("topic__name", flat=True))
    return names or list(find_topics(body).values())


def list_photos(note_id: int) -> list[PhotoView]:
    """Return the photos of a note that can be shown, in order."""
    rows = (
        NotePhoto.objects.filter(note_id=note_id, upload__state="ready")
        .order_by("position")
        .values_list("position", "description", *(f"upload__{name}" for name in PICTURE_FIELDS))
    )
    return [
        PhotoView(
            picture=read_picture(row[2:], sizes=PHOTO_SIZES),
            description=row[1],
            position=row[0],
        )
        for row in rows
        if row[2]
    ]


def get_edited_note(*, public_id: str, author_id: int) -> EditedNote:
    """Return an own note for the editor. Raises NoteMissing or NotYourNote."""
    note = Note.objects.filter(public_id=public_id).exclude(state=Note.State.DELETED).first()
    if note is None:
        raise NoteMissing
    if note.author_id != author_id:
        if not can_see(note_id=note.pk, viewer_id=author_id, blocks=False):
            raise NoteMissing
        raise NotYourNote
    photos = list(NotePhoto.objects.filter(note=note).order_by("position"))
    states = get_upload_states([photo.upload_id for photo in photos])
    return EditedNote(
        id=note.pk,
        public_id=note.public_id,
        state=note.state,
        visibility=note.visibility,
        publish_at=note.publish_at,
        written_in=note.written_in,
        title=note.title,
        body=note.body,
        photos=[
            EditedPhoto(
                upload=states[photo.upload_id],
                description=photo.description,
                position=photo.position,
                is_first=place == 0,
                is_last=place == len(photos) - 1,
            )
            for place, photo in enumerate(photos)
        ],
        edited_at=note.edited_at,
        kind=note.kind,
        video=find_video_state(note.pk) if note.kind == Note.Kind.VIDEO else None,
    )


def liked_ids(person_id: int | None, note_ids: Sequence[int]) -> set[int]:
    """Return which of `note_ids` a person likes."""
    if person_id is None:
        return set()
    likes = Like.objects.filter(person_id=person_id, note_id__in=note_ids)
    return set(likes.values_list("note_id", flat=True))


def saved_ids(person_id: int | None, note_ids: Sequence[int]) -> set[int]:
    """Return which of `note_ids` a person keeps."""
    if person_id is None:
        return set()
    saves = Save.objects.filter(person_id=person_id, note_id__in=note_ids)
    return set(saves.values_list("note_id", flat=True))


def visible_upload_ids(upload_ids: Collection[int], viewer_id: int | None) -> set[int]:
    """Return which note photos a person may see: of notes they may see, and of their own drafts.

    Whoever keeps order also sees those of notes that were reported.

    A block does not hide the photos of a public note: everybody who is signed out sees them.
    """
    shown = is_listed("note__")
    if viewer_id is not None:
        unpublished = Q(note__state__in=[Note.State.DRAFT, Note.State.SCHEDULED])
        shown |= is_seen_by(viewer_id, "note__") | unpublished & Q(note__author_id=viewer_id)
    photos = NotePhoto.objects.filter(shown, upload_id__in=upload_ids, note__author__is_active=True)
    seen = set(photos.values_list("upload_id", flat=True))
    return seen | reported_upload_ids(set(upload_ids) - seen, viewer_id)


def name_notes(note_ids: Sequence[int]) -> dict[int, tuple[str, int]]:
    """Return the public id and the author's id of notes, for packages that only hold their ids."""
    rows = Note.objects.filter(pk__in=note_ids).values_list("pk", "public_id", "author_id")
    return {pk: (public_id, author_id) for pk, public_id, author_id in rows}


def identify_note(public_id: str) -> tuple[int, int] | None:
    """Return the ids of a note, whatever its state, and of its author, or None."""
    return Note.objects.filter(public_id=public_id).values_list("pk", "author_id").first()


def find_note_id(public_id: str) -> int | None:
    """Return the id of a published note, or None."""
    published = Note.objects.filter(public_id=public_id, state=Note.State.PUBLISHED)
    return published.values_list("pk", flat=True).first()


def find_published(public_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return the ids of published notes and of their authors, by public id."""
    published = Note.objects.filter(public_id__in=public_ids, state=Note.State.PUBLISHED)
    return {
        public_id: (pk, author_id)
        for public_id, pk, author_id in published.values_list("public_id", "pk", "author_id")
    }


def mentioned_handles(note_id: int) -> set[str]:
    """Return the handles, in lower case, of the people a note mentions."""
    handles = Mention.objects.filter(note_id=note_id).values_list("person__handle", flat=True)
    return {handle.lower() for handle in handles}


@cache
def card_sql(note: str) -> str:
    """Return SQL: the row of `read_card` of the published note whose id stands under this name.

    For a statement that knows what its reader may see, and would have to ask again for the cards.
    """
    found = _card_rows(Note.objects.filter(pk=RawSQL(note, ())))  # noqa: S611 - a name of our own
    statement, values = found.query.sql_with_params()
    return str(statement % tuple(Literal(value).as_string(None) for value in values))


def read_card(row: Sequence[Any]) -> NoteCard:
    """Make a card of a row of `_card_rows`: CARD_COLUMNS values."""
    cover = row[-len(PICTURE_FIELDS) :]
    return NoteCard(
        id=row[0],
        public_id=row[1],
        title=row[2],
        like_count=row[3],
        comment_count=row[4],
        published_at=row[5],
        edited_at=row[6],
        photo_count=row[7],
        visibility=row[8],
        kind=row[9],
        duration_ms=row[10] or 0,
        author=read_author(row[len(_CARD_FIELDS) : -len(_COVER_FIELDS)]),
        cover_description=row[-len(_COVER_FIELDS)] or "",
        cover=read_picture(cover, sizes=CARD_SIZES) if cover[0] else None,
    )


def _card_rows(notes: "QuerySet[Note]") -> "QuerySet[Note, tuple[Any, ...]]":
    """Return cards' columns of published notes; author, avatar and cover are joined in."""
    return (
        notes.filter(state=Note.State.PUBLISHED, author__is_active=True)
        .alias(cover=FilteredRelation("photos", condition=Q(photos__position=0)))
        .annotate(photo_count=Coalesce(Subquery(_PHOTO_COUNT), 0))
        .values_list(*_CARD_FIELDS, *AUTHOR_FIELDS, *_COVER_FIELDS)
    )


def _one_row(public_id: str) -> tuple[Any, ...] | None:
    return (
        Note.objects.filter(public_id=public_id, author__is_active=True)
        .values_list(
            "pk",
            "state",
            "title",
            "body",
            "like_count",
            "save_count",
            "comment_count",
            "created_at",
            "published_at",
            "edited_at",
            "visibility",
            "publish_at",
            "hidden_at",
            "kind",
            *AUTHOR_FIELDS,
        )
        .first()
    )


def _page_of_cards(cards: list[NoteCard], length: int) -> Page[NoteCard]:
    if len(cards) <= length:
        return Page(items=cards, next_cursor=None)
    last = cards[length - 1]
    position = {"at": last.published_at.isoformat(), "pk": last.id}
    return Page(items=cards[:length], next_cursor=encode_cursor(position))


def _read_position(cursor: str) -> tuple[str, int]:
    position = decode_cursor(cursor)
    try:
        return str(position["at"]), int(position["pk"])
    except (KeyError, TypeError, ValueError) as other:
        raise InvalidCursor from other


def _read_pk(cursor: str) -> int:
    try:
        return int(decode_cursor(cursor)["pk"])
    except (KeyError, TypeError, ValueError) as other:
        raise InvalidCursor from other
