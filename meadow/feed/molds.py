"""Cards cast in a mold: the template is rendered once for all cards of one kind, their words are put in.

Why: the template asks the same questions of each card, and its answers depend on little (is there a photo, a
blurred one before it, an avatar, a name, how many photos). One rendering with marks for the words does for
every card that answers alike, in an eighth of the time. Whatever it may branch on has to be in `_Kind`; tests
hold cast cards to be the very ones that it renders.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

from django.template import engines
from django.template.loader import render_to_string
from django.utils.html import conditional_escape

from meadow.accounts.queries import PersonCard
from meadow.feed.splicing import (
    ALSO,
    LABEL,
    LIKES,
    LOADING,
    MARK,
    TOKEN,
    VIA,
    Fragment,
    TintedHandle,
    cut,
    tint_of,
    without_slots,
)
from meadow.media.queries import Picture
from meadow.notes.records import NoteCard

# What the template does to a reader's slots it leaves alone; these are the card's own.
ID, TITLE, ROOM, SPEECH, SHAPE, SRC, SRCSET, BLUR, WIDTH, HEIGHT, FACE, FACES, INITIAL = (
    chr(0xE020 + n) for n in range(13)
)
# A face without a picture shows the first character, in capitals, of the name or else of the handle.
HANDLE, NAME = INITIAL + "\ue030", INITIAL + "\ue031"
_OWN = re.compile("([\ue020-\ue02b]|\ue02c[\ue030\ue031]?)")
READERS_SLOTS = {
    "token": TOKEN,
    "mark": MARK,
    "loading": LOADING,
    "likes": LIKES,
    "also_mark": ALSO,
    "label_mark": LABEL,
    "via": VIA,
    "why": True,
}
MOLDS_KEPT = 2_000


class _Kind(NamedTuple):
    """What the template branches on, or shows and is no slot; of pictures whether they have each part."""

    language: str
    photos: int
    tint: int
    is_named: bool
    cover: tuple[bool, bool, bool] | None
    avatar: tuple[bool, bool] | None


def cast_card(card: NoteCard, *, language: str) -> Fragment:
    """Return a card's HTML, cut at what is its reader's; `language` is the active one."""
    if card.kind != "photo" or card.visibility != "public" or card.is_pinned:
        return cut(_render(_plain(card)))
    words = _words_of(card)
    # The words come in after the cut: somebody's title is text, whatever characters it has.
    return Fragment(tuple(part.fill(words) for part in _mold(_kind_of(card, language))))


def forget_molds() -> None:
    """Drop what was rendered: for tests, and after a template was changed in place."""
    _mold.cache_clear()


def _plain(card: NoteCard) -> NoteCard:
    """Return a card whose words are text and nothing else, to be rendered before the cut."""
    author = replace(
        card.author,
        handle=without_slots(card.author.handle),
        name=without_slots(card.author.name),
    )
    return replace(
        card,
        title=without_slots(card.title),
        author=author,
        cover_description=without_slots(card.cover_description),
    )


def _render(card: NoteCard, **marks: str) -> str:
    return render_to_string("components/note_card.html", {"card": card} | READERS_SLOTS | marks)


def _kind_of(card: NoteCard, language: str) -> _Kind:
    cover, avatar = card.cover, card.author.avatar
    return _Kind(
        language=language,
        photos=card.photo_count,
        tint=tint_of(card.author.handle),
        is_named=bool(card.author.name),
        cover=(bool(cover.src), bool(cover.srcset), bool(cover.placeholder)) if cover else None,
        avatar=(bool(avatar.src), bool(avatar.srcset)) if avatar else None,
    )


def _words_of(card: NoteCard) -> dict[bytes, bytes]:
    """Return what stands at each slot of the card's own, as the template would write it."""
    cover, author = card.cover, card.author
    avatar = author.avatar
    plain: dict[str, Any] = {
        ID: card.public_id,
        TITLE: card.title,
        ROOM: _filter("title_room")(card.title),
        SPEECH: _filter("speech")(card.title),
        SHAPE: _filter("card_shape")(cover),
        HANDLE: author.handle,
        NAME: author.name,
        INITIAL: (author.name or author.handle)[:1].upper(),
    }
    if cover is not None:
        plain |= {
            SRC: cover.src,
            SRCSET: cover.srcset,
            BLUR: cover.placeholder,
            WIDTH: cover.width,
            HEIGHT: cover.height,
        }
    if avatar is not None:
        plain |= {FACE: avatar.src, FACES: avatar.srcset}
    return {slot.encode(): conditional_escape(value).encode() for slot, value in plain.items()}


@lru_cache(maxsize=8)
def _filter(name: str) -> Callable[[Any], str]:
    """Return the filter that the template uses under this name."""
    engine: Any = engines["django"]
    found: Callable[[Any], str] = engine.engine.template_libraries["look"].filters[name]
    return found


@lru_cache(maxsize=MOLDS_KEPT)
def _mold(kind: _Kind) -> tuple[Fragment, ...]:
    """Render the card of nobody and cut it twice: at its readers' slots, and each piece at the card's own."""
    nobody: Any = None
    author = PersonCard(
        id=0,
        public_id="",
        handle=TintedHandle(HANDLE, kind.tint),
        name=NAME if kind.is_named else "",
        avatar=_picture(FACE, FACES, "", kind.avatar) if kind.avatar else None,
    )
    card = NoteCard(
        id=0,
        public_id=ID,
        title=TITLE,
        author=author,
        cover=_picture(SRC, SRCSET, BLUR, kind.cover) if kind.cover else None,
        cover_description="",
        like_count=0,
        comment_count=0,
        published_at=nobody,
        edited_at=nobody,
        photo_count=kind.photos,
        visibility="public",
    )
    html = _render(card, shape_mark=SHAPE, room_mark=ROOM, speech_mark=SPEECH)
    return tuple(cut(piece.decode(), _OWN) for piece in cut(html).pieces)


def _picture(src: str, srcset: str, placeholder: str, parts: tuple[bool, ...]) -> Picture:
    """Return a picture of slots, empty where `parts` (src, srcset, placeholder) says so."""
    has_src, has_srcset, has_placeholder = (*parts, False)[:3]
    numbers: Any = (WIDTH, HEIGHT)
    return Picture(
        public_id="",
        width=numbers[0],
        height=numbers[1],
        placeholder=placeholder if has_placeholder else "",
        srcset=srcset if has_srcset else "",
        src=src if has_src else "",
        sizes="",
        state="ready",
        progress=100,
    )
