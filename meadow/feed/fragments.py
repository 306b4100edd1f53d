"""Cards and page frames rendered once and spliced per reader.

Why: rendering 20 cards and the frame by template takes some 10 ms, the rest of a Hot page 1 ms. A
card's HTML depends on its LiveCard row, the language and its place above the fold, so these are its
cache key and nothing ever has to be invalidated: an edit, a new avatar or a like changes the row. What
belongs to one reader or one showing (token, CSRF, handle, bell) is left as a slot: one private-use character,
which no template produces otherwise and HTML escaping leaves alone. A test holds the spliced page to be
the very page that the templates render.
"""

import datetime as dt
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Generic, TypeVar

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import escape

from meadow.analytics.tokens import token_sealer
from meadow.feed.queries import LiveCard
from meadow.feed.reading import Placed
from meadow.notes.queries import get_checked_cards
from meadow.notes.records import NoteCard
from meadow.notifications.bell import render_bell

K = TypeVar("K")
V = TypeVar("V")

TOKEN, CSRF, HANDLE, LETTER, PATH, CARDS, URL, BELL = (chr(0xE000 + n) for n in range(8))
_SLOT = re.compile("([\ue000-\ue007])")
EAGER_CARDS = 4  # above the fold: the same number as components/wall_page.html
CARDS_KEPT = 20_000  # about 2 KB each


class Recent(Generic[K, V]):
    """The most recently used values of a process; safe to share between its threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return a kept value, which becomes the most recent."""
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def put(self, key: K, value: V) -> None:
        """Keep a value; the least recently used makes room."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)

    def clear(self) -> None:
        """Drop everything: for tests."""
        with self._lock:
            self._values.clear()


@dataclass(frozen=True)
class Fragment:
    """HTML cut at its slots: text, slot, text, slot, … text."""

    pieces: tuple[bytes, ...]

    def fill(self, values: Mapping[bytes, bytes]) -> bytes:
        """Return the HTML with every slot filled. Raises KeyError for a slot without a value."""
        pieces = list(self.pieces)
        pieces[1::2] = [values[slot] for slot in pieces[1::2]]
        return b"".join(pieces)

    def fill_one(self, value: bytes) -> bytes:
        """Return the HTML with its only slot filled. Raises ValueError when it has not exactly one."""
        before, _, after = self.pieces
        return before + value + after


def cut(html: str) -> Fragment:
    """Cut rendered HTML at its slots."""
    return Fragment(tuple(piece.encode() for piece in _SLOT.split(html)))


CardKey = tuple[str, bool, LiveCard]
_cards: Recent[CardKey, Fragment] = Recent(CARDS_KEPT)


def render_cards(
    cards: Sequence[Placed], *, language: str, surface: str, at_top: bool, now: dt.datetime
) -> bytes:
    """Return the cards of a page as HTML, each with a fresh token for its slot."""
    keys: list[CardKey] = [
        (language, at_top and place < EAGER_CARDS, placed.card)
        for place, placed in enumerate(cards)
    ]
    fragments = [_cards.get(key) for key in keys]
    if not all(fragments):
        missing = [key for key, fragment in zip(keys, fragments, strict=True) if not fragment]
        fresh = _render_missing(missing)
        fragments = [
            fragment or fresh.get(key) for key, fragment in zip(keys, fragments, strict=True)
        ]
    seal = token_sealer(surface=surface, now=now)
    return b"".join(
        fragment.fill_one(seal(placed.card.note_id, placed.card.author_id, placed.slot))
        for fragment, placed in zip(fragments, cards, strict=True)
        if fragment is not None  # deleted between the two reads of this page
    )


def _render_missing(keys: Sequence[CardKey]) -> dict[CardKey, Fragment]:
    cards = {card.id: card for card in get_checked_cards([key[2].note_id for key in keys])}
    fresh: dict[CardKey, Fragment] = {}
    for key in keys:
        _, eager, live = key
        card = cards.get(live.note_id)
        if card is None:
            continue
        # The count of the key, so that equal keys are equal HTML whatever happened in between.
        html = render_to_string(
            "components/note_card.html",
            {
                "card": replace(card, like_count=live.like_count),
                "token": TOKEN,
                "liked": live.liked,
                "eager": eager,
            },
        )
        fresh[key] = cut(html)
        if _is_settled(card):
            _cards.put(key, fresh[key])
    return fresh


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
        self.handle = _Handle(HANDLE, tint)
        self.role = role


class _Handle(str):
    """A handle that is a slot in HTML, but has the bytes that choose one of the avatar tints."""

    __slots__ = ("_bytes",)
    _bytes: bytes

    def __new__(cls, text: str, tint: int) -> "_Handle":
        handle = super().__new__(cls, text)
        handle._bytes = bytes([tint])
        return handle

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        """Return bytes whose sum is the tint."""
        return self._bytes


class _FrameRequest(HttpRequest):
    """What a frame may know of a request: no cookies, no person, a path that is a slot."""

    def get_full_path(self, force_append_slash: bool = False) -> str:
        """Return the slot of the address."""
        return PATH


@dataclass(frozen=True)
class Reader:
    """The reader as a page frame shows them; `handle` is empty when signed out.

    `unread` is what their bell says; `role` decides what is in their menu.
    """

    language: str
    theme: str
    handle: str
    name: str
    csrf: str
    path: str
    unread: int = 0
    role: str = ""


def render_frame(template: str, reader: Reader, *, cards: bytes, nav: str) -> bytes:
    """Return a page: the template's frame for this kind of reader, with the reader's own bits."""
    tint = sum(reader.handle.encode()) % 4 if reader.handle else None
    frame = _frame(template, reader.language, reader.theme, tint, nav, reader.role)
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
    template: str, language: str, theme: str, tint: int | None, nav: str, role: str
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
    _cards.clear()
    _frame.cache_clear()
    _more.cache_clear()
