"""Where the words of a question stand in a text: escaped, and marked."""

from collections.abc import Iterable

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from meadow.search.chinese import simplify
from meadow.search.stems import stems_of
from meadow.search.text import RUNS, cut_whole, fold, is_han, parts_of

# A card on a phone shows one line of some 24 letters, or half as many Chinese characters.
ROOM_BEFORE = 12
EXCERPT_LENGTH = 90


class Marker:
    """Marks the words of one question in many texts."""

    def __init__(self, words: Iterable[str], texts: Iterable[str]) -> None:
        asked = list(words)
        self._han = {word for word in asked if is_han(word)}
        self._han |= {part for word in self._han for part in parts_of(word)}
        latin = {word for word in asked if not is_han(word)}
        runs = {fold(run["word"]) for text in texts for run in RUNS.finditer(text) if run["word"]}
        stems = stems_of([*latin, *runs])
        wanted = {stems.get(word) or word for word in latin}
        self._latin = {run for run in runs if run in latin or (stems.get(run) or run) in wanted}

    def mark(self, text: str) -> SafeString:
        """Return `text` escaped, with the words marked."""
        return _render(text, self.spans(text))

    def excerpt(self, text: str) -> SafeString:
        """Return the part of `text` around its first marked word; empty where there is none."""
        line = " ".join(text.split())
        spans = self.spans(line)
        if not spans:
            return SafeString("")
        start = spans[0][0] - _fitting(line[: spans[0][0]], room=ROOM_BEFORE)
        # Not in the middle of a Latin word.
        while (
            0 < start < spans[0][0]
            and line[start - 1 : start + 1].isascii()
            and line[start - 1 : start + 1].isalnum()
        ):
            start += 1
        # A line begins with a word, or with the sign of a topic or a name.
        while 0 < start < spans[0][0] and not (line[start].isalnum() or line[start] in "#@"):
            start += 1
        end = start + EXCERPT_LENGTH
        part = line[start:end]
        inside = [(a - start, b - start) for a, b in spans if b <= end]
        before, after = "…" if start else "", "…" if end < len(line) else ""
        return mark_safe(before + _render(part, inside) + after)  # noqa: S308 - escaped by _render

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where the words stand: starts and ends, in order, none inside another."""
        found: list[tuple[int, int]] = []
        for run in RUNS.finditer(text):
            if run["word"]:
                if fold(run["word"]) in self._latin:
                    found.append(run.span())
                continue
            at = run.start()
            for word in cut_whole(simplify(run["han"])):
                end = at + len(word)
                if word in self._han:
                    found.append((at, end))
                else:
                    found += _inside(word, at, self._han)
                at = end
        return found


def _fitting(text: str, *, room: int) -> int:
    """Return how many of the last characters fit into the room; those beyond Latin-1 take two places."""
    count = 0
    for character in reversed(text):
        room -= 1 if ord(character) < 0x250 else 2
        if room < 0:
            break
        count += 1
    return count


def _inside(word: str, at: int, wanted: set[str]) -> list[tuple[int, int]]:
    """Return where wanted words stand inside a compound, the first of those that overlap."""
    found: list[tuple[int, int]] = []
    start = 0
    while start < len(word):
        fits = [one for one in wanted if len(one) > 1 and word.startswith(one, start)]
        if fits:
            length = len(max(fits, key=len))
            found.append((at + start, at + start + length))
            start += length
        else:
            start += 1
    return found


def _render(text: str, spans: Iterable[tuple[int, int]]) -> SafeString:
    pieces, last = [], 0
    for start, end in spans:
        pieces += [escape(text[last:start]), "<mark>", escape(text[start:end]), "</mark>"]
        last = end
    pieces.append(escape(text[last:]))
    return mark_safe("".join(pieces))  # noqa: S308 - every piece is escaped
