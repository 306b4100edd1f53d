"""Cards and page frames rendered once and spliced per reader.

Why: rendering 20 cards and the frame by template takes some 10 ms, the rest of a Hot page 1 ms. A
card's HTML depends on its look (`LiveCard.look`) and the language, so it is kept beside the look and
nothing ever has to be invalidated: an edit or a new avatar changes the look. What belongs to one reader
or one showing (token, likes, place above the fold, CSRF, handle, bell) is left as a slot: one private-use
character, which no template produces otherwise and HTML escaping leaves alone. Tests hold the spliced page
and card to be the very ones that the templates render.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import escape

from meadow.feed.molds import cast_card, forget_molds
from meadow.feed.queries import LiveCard
from meadow.feed.reading import FeedPage
from meadow.feed.recent import Recent
from meadow.feed.sealing import Sealed, seal_page
from meadow.feed.splicing import (
    ALSO,
    BELL,
    CARDS,
    CSRF,
    HANDLE,
    LABEL,
    LETTER,
    LIKES,
    LOADING,
    MARK,
    PATH,
    TOKEN,
    URL,
    VIA,
    Fragment,
    TintedHandle,
    cut,
    tint_of,
)
from meadow.notes.queries import get_checked_cards
from meadow.notes.records import NoteCard
from meadow.notifications.bell import render_bell

TOKEN_SLOT, MARK_SLOT, LOADING_SLOT, LIKES_SLOT, ALSO_SLOT, LABEL_SLOT, VIA_SLOT = (
    slot.encode() for slot in (TOKEN, MARK, LOADING, LIKES, ALSO, LABEL, VIA)
)
# What components/note_card.html and its inner part put there; tests hold them to be the same.
LIKED, FIRST, LATER = b" is-liked", b'fetchpriority="high"', b'loading="lazy"'
ALSO_SEEN, CAME_BY = b' data-fact-also="%s"', b"?via=%s"
PLAIN = {ALSO_SLOT: b"", LABEL_SLOT: b"", VIA_SLOT: b""}
EAGER_CARDS = 4  # above the fold: the same number as components/wall_page.html
CARDS_KEPT = 20_000  # of a language, about 2 KB each


# By language and note: the look of the card when it was rendered, and its HTML.
_cards: dict[str, Recent[int, tuple[int, Fragment]]] = {
    language: Recent(CARDS_KEPT) for language, _ in settings.LANGUAGES
}


def known_looks(language: str) -> Callable[[Sequence[int]], list[int]]:
    """Return what tells which looks notes had when their cards were rendered lately, 0 for none."""

    def looks(note_ids: Sequence[int]) -> list[int]:
        kept = _cards[language].look_up(note_ids)
        return [card[0] if card is not None else 0 for card in kept]

    return looks


def render_cards(page: FeedPage, *, language: str, surface: str, now: dt.datetime) -> bytes:
    """Return the cards of a page as HTML, each with a fresh token for its slot."""
    live = [placed.card for placed in page.cards]
    # What was rendered of another look is no good.
    fragments = [
        kept[1] if kept is not None and kept[0] == card.look else None
        for kept, card in zip(
            _cards[language].get_all([card.note_id for card in live]), live, strict=True
        )
    ]
    if None in fragments:
        missing = [card for card, fragment in zip(live, fragments, strict=True) if fragment is None]
        fresh = _render_missing(missing, page.whole, language=language)
        fragments = [
            fragment or fresh.get(card.note_id)
            for card, fragment in zip(live, fragments, strict=True)
        ]
    sealed = seal_page(page, surface=surface, now=now)
    eager = EAGER_CARDS if page.at_top else 0
    return b"".join(
        fragment.fill(
            {
                TOKEN_SLOT: token,
                MARK_SLOT: LIKED if card.liked else b"",
                LOADING_SLOT: FIRST if place < eager else LATER,
                LIKES_SLOT: _likes(card.like_count, language),
                **(PLAIN if place != sealed.place else _marks(sealed, token, language)),
            }
        )
        for place, (fragment, token, card) in enumerate(
            zip(fragments, sealed.tokens, live, strict=True)
        )
        if fragment is not None  # deleted between the two reads of this page
    )


def _marks(sealed: Sealed, token: bytes, language: str) -> dict[bytes, bytes]:
    """Return what the card at the sponsored place says besides."""
    also = " ".join(sealed.also).encode()
    return {
        ALSO_SLOT: ALSO_SEEN % also if also else b"",
        LABEL_SLOT: _label(language) if sealed.is_paid else b"",
        VIA_SLOT: CAME_BY % token if sealed.is_paid else b"",
    }


@lru_cache(maxsize=16)
def _label(language: str) -> bytes:
    """Return the label of what is paid for; `language` is the active one."""
    return render_to_string("components/sponsored_label.html").encode()


def _render_missing(
    missing: Sequence[LiveCard], whole: Mapping[int, NoteCard], *, language: str
) -> dict[int, Fragment]:
    """Render cards by note, and keep those that will do for others."""
    asked = [live.note_id for live in missing if live.note_id not in whole]
    cards = dict(whole)
    if asked:
        cards |= {card.id: card for card in get_checked_cards(asked)}
    fresh: dict[int, Fragment] = {}
    for live in missing:
        card = cards.get(live.note_id)
        if card is None:
            continue
        fresh[live.note_id] = cast_card(card, language=language)
        if _is_settled(card):
            _cards[language].put(live.note_id, (live.look, fresh[live.note_id]))
    return fresh


@lru_cache(maxsize=8192)
def _likes(count: int, language: str) -> bytes:
    """Return how many like a note, as its card says it; `language` is the active one."""
    html = render_to_string("components/count.html", {"value": count, "name": "likes"})
    return html.encode()


def _is_settled(card: NoteCard) -> bool:
    """Whether the HTML changes only with the row: not while pictures are made.

    Nor what only followers see: the mark that says so is not in the row.
    """
    if card.visibility != "public":
        return False
    pictures = (card.cover, card.author.avatar)
    return all(picture is None or picture.is_ready for picture in pictures)


class _Stranger:
    """Stands for whoever reads: what a page frame says of a person is a slot."""

    is_authenticated = True
    is_anonymous = False
    name = LETTER

    def __init__(self, tint: int, role: str) -> None:
        self.handle = TintedHandle(HANDLE, tint)
        self.role = role


class _FrameRequest(HttpRequest):
    """What a frame may know of a request: no cookies, no person, a path that is a slot."""

    def get_full_path(self, force_append_slash: bool = False) -> str:
        """Return the slot of the address."""
        return PATH


@dataclass(frozen=True)
class Reader:
    """The reader as a page frame shows them; `handle` is empty when signed out.

    `unread` is what their bell says; `role` decides what is in their menu; `asks`: they have not said yet
    whether they want a feed of their own.
    """

    language: str
    theme: str
    handle: str
    name: str
    csrf: str
    path: str
    unread: int = 0
    role: str = ""
    asks: bool = False


def render_frame(template: str, reader: Reader, *, cards: bytes, nav: str) -> bytes:
    """Return a page: the template's frame for this kind of reader, with the reader's own bits."""
    tint = tint_of(reader.handle) if reader.handle else None
    frame = _frame(template, reader.language, reader.theme, tint, nav, reader.role, reader.asks)
    letter = (reader.name or reader.handle)[:1].upper()
    return frame.fill(
        {
            CSRF.encode(): reader.csrf.encode(),
            HANDLE.encode(): escape(reader.handle).encode(),
            LETTER.encode(): escape(letter).encode(),
            PATH.encode(): escape(reader.path).encode(),
            CARDS.encode(): cards,
            BELL.encode(): render_bell(reader.unread).encode() if reader.handle else b"",
        }
    )


@lru_cache(maxsize=256)
def _frame(
    template: str, language: str, theme: str, tint: int | None, nav: str, role: str, asks: bool
) -> Fragment:
    """Render a page once for each kind of reader; `language` is the active one."""
    from django.contrib.auth.models import AnonymousUser

    request: Any = _FrameRequest()
    request.theme = theme
    request.user = AnonymousUser() if tint is None else _Stranger(tint, role)
    context = {
        "user": request.user,
        "csrf_token": CSRF,
        "cards": CARDS,
        "nav": nav,
        "asks": asks,
        "bell": BELL,
    }
    return cut(render_to_string(template, context, request=request))


def render_more(*, url: str, language: str) -> bytes:
    """Return the mark that fetches the next page."""
    return _more(language).fill({URL.encode(): escape(url).encode()})


@lru_cache(maxsize=16)
def _more(language: str) -> Fragment:
    return cut(render_to_string("components/more.html", {"url": URL}))


def forget_all() -> None:
    """Drop every fragment: for tests, and after a catalogue or template was changed in place."""
    for kept in _cards.values():
        kept.clear()
    forget_molds()
    _likes.cache_clear()
    _label.cache_clear()
    _frame.cache_clear()
    _more.cache_clear()
