"""HTML cut at slots: one private-use character stands for what is put in later."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

TOKEN, CSRF, HANDLE, LETTER, PATH, CARDS, URL, BELL, MARK, LOADING, LIKES, ALSO, LABEL, VIA = (
    chr(0xE000 + n) for n in range(14)
)
_SLOT = re.compile("([\ue000-\ue00d])")
_NO_SLOTS = dict.fromkeys(range(0xE000, 0xE040), "\N{REPLACEMENT CHARACTER}")


@dataclass(frozen=True)
class Fragment:
    """HTML cut at its slots: text, slot, text, slot, … text."""

    pieces: tuple[bytes, ...]

    def fill(self, values: Mapping[bytes, bytes]) -> bytes:
        """Return the HTML with every slot filled. Raises KeyError for a slot without a value."""
        pieces = list(self.pieces)
        pieces[1::2] = [values[slot] for slot in pieces[1::2]]
        return b"".join(pieces)


def without_slots(text: str) -> str:
    """Return somebody's words with nothing in them that `cut` would take for a slot."""
    return text.translate(_NO_SLOTS)


def cut(html: str, at: re.Pattern[str] = _SLOT) -> Fragment:
    """Cut rendered HTML at its slots: what people wrote in it has to be `without_slots`.

    `at` has one group: a slot.
    """
    return Fragment(tuple(piece.encode() for piece in at.split(html)))


class TintedHandle(str):
    """A handle that is a slot in HTML, but has the bytes that choose one of the avatar tints."""

    __slots__ = ("_bytes",)
    _bytes: bytes

    def __new__(cls, text: str, tint: int) -> "TintedHandle":
        """Make one of a slot and a tint from 0 to 3."""
        handle = super().__new__(cls, text)
        handle._bytes = bytes([tint])
        return handle

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        """Return bytes whose sum is the tint."""
        return self._bytes


def tint_of(handle: str) -> int:
    """Return which of the four avatar tints a handle has."""
    return sum(handle.encode()) % 4
