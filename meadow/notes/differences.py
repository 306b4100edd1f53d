"""What changed between two texts, by words: Chinese ones as the dictionary cuts them.

Longest matching stretches first (Ratcliff and Obershelp, as Python's difflib has it), which reads as
people tell changes; it is not the fewest words that could have been changed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final, Literal

import rjieba
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

Change = Literal["same", "added", "removed"]
HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Han characters, words, line ends one by one, other spaces, and signs one by one.
_RUNS: Final = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+(?:['’][^\W_{HAN}]+)*|\n|[^\S\n]+|.")
# Where more was written anew on either side, it is shown as that: matching costs the product of both.
MOST_MATCHED: Final = 4_000

_MARKED: Final = (
    '<{tag}><span class="sr-only"> {said} </span>{text}<span class="sr-only">) </span></{tag}>'
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that stayed, came or went."""

    kind: Change
    text: str


def cut_words(text: str) -> list[str]:
    """Return the words, spaces and signs of `text`; joined they are `text` again."""
    words: list[str] = []
    for found in _RUNS.finditer(text):
        run = found[0]
        words += rjieba.cut(run, False) if re.match(f"[{HAN}]", run) else [run]
    return words


@lru_cache(maxsize=1024)
def find_differences(before: str, after: str) -> tuple[Piece, ...]:
    """Return both texts as pieces: without the added ones they are `before`, without the removed `after`."""
    old, new = cut_words(before), cut_words(after)
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    middle = old[head : len(old) - tail], new[head : len(new) - tail]
    pieces = [
        Piece("same", "".join(old[:head])),
        *_match(*middle),
        Piece("same", "".join(old[len(old) - tail :])),
    ]
    return tuple(_join(pieces))


def render_pieces(pieces: Sequence[Piece]) -> SafeString:
    """Return the pieces as escaped HTML: <ins> and <del>, said in words for whoever hears the page."""
    said = {"added": ("ins", _("(added:")), "removed": ("del", _("(removed:"))}
    return format_html_join(
        "",
        "{}",
        (
            (format_html(_MARKED, tag=said[one.kind][0], said=said[one.kind][1], text=one.text),)
            if one.kind != "same"
            else (one.text,)
            for one in pieces
        ),
    )


def _shared(one: list[str], other: list[str]) -> int:
    """Return how many words both begin with."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _match(old: list[str], new: list[str]) -> Iterator[Piece]:
    if max(len(old), len(new)) > MOST_MATCHED:
        yield Piece("removed", "".join(old))
        yield Piece("added", "".join(new))
        return
    for act, at, to, new_at, new_to in SequenceMatcher(None, old, new).get_opcodes():
        if act == "equal":
            yield Piece("same", "".join(old[at:to]))
        else:
            yield Piece("removed", "".join(old[at:to]))
            yield Piece("added", "".join(new[new_at:new_to]))


def _join(pieces: list[Piece]) -> Iterator[Piece]:
    """Yield the pieces that hold something; two changed words and the space between them are one change."""
    kept = [piece for piece in pieces if piece.text]
    gone = came = ""
    for place, piece in enumerate(kept):
        is_last = place == len(kept) - 1
        if piece.kind == "removed":
            gone += piece.text
        elif piece.kind == "added":
            came += piece.text
        elif (gone or came) and not is_last and not piece.text.strip(" "):
            gone, came = gone + piece.text, came + piece.text
        else:
            yield from _change(gone, came)
            gone = came = ""
            yield piece
    yield from _change(gone, came)


def _change(gone: str, came: str) -> Iterator[Piece]:
    if gone:
        yield Piece("removed", gone)
    if came:
        yield Piece("added", came)
