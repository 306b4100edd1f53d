"""Words as the index knows them: folded, segmented, and the keys by which a slip finds the word it meant.

Notes and questions go through the same functions, so that what is written alike is found. Han
characters are cut by a dictionary alone: guessing at unknown words depends on what stands beside
them, and a question would be cut otherwise than the note it is after.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Final

import rjieba

from meadow.search.chinese import simplify

LONGEST_WORD: Final = 40
# Words of this length or longer may be two slips away, shorter ones one.
TWO_SLIPS_FROM: Final = 8
SHORTEST_MENDED: Final = 4
KEYED_LETTERS: Final = 7
LONGEST_HAN: Final = 4
HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTER: Final = rf"[^\W_{HAN}]"
RUNS: Final = re.compile(rf"(?P<han>[{HAN}]+)|(?P<word>{_LETTER}+(?:['’]{_LETTER}+)*)")
_MARKS: Final = re.compile("[\u0300-\u036f]+")
# Particles: they say nothing of what a note is about, and a question is better off without them.
PARTICLES: Final = frozenset("的了着过吧吗呢啊呀嘛哦啦地得之与及而且就也都很")
# Of GB 2312's first level, which is ordered by sound: characters this near are nearly always homophones.
NEAR_SOUND: Final = 40


def fold(text: str) -> str:
    """Return text without differences that nobody types: case, width, accents, traditional characters."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKC", text).casefold()
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", plain))
    return simplify(unicodedata.normalize("NFKC", bare))


def is_han(word: str) -> bool:
    """Whether a word is written in Han characters."""
    return bool(word) and RUNS.match(word) is not None and RUNS.match(word)["han"] is not None  # type: ignore[index]


def split_runs(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the runs of letters and of Han characters in folded `text`, and whether they are Han."""
    for found in RUNS.finditer(text):
        if found["han"]:
            yield found["han"], True
        elif word := _plain(found["word"]):
            yield word, False


def cut(text: str) -> list[str]:
    """Return the words of `text` in order; compounds come with the words they are made of."""
    words: list[str] = []
    for run, han in split_runs(fold(text)):
        words.extend(rjieba.cut_for_search(run, False) if han else (run,))
    return words


def reading_of(text: str) -> str:
    """Return the Latin words and single Han characters of `text`, each between marks, in order.

    A phrase stands in a text where its reading stands in the text's: signs and spaces do not count.
    """
    parts: list[str] = []
    for run, han in split_runs(fold(text)):
        parts.extend(run if han else (run,))
    return f"|{'|'.join(parts)}|" if parts else ""


def cut_whole(run: str) -> list[str]:
    """Return the words of a run of Han characters, each once and none inside another."""
    return list(rjieba.cut(run, False))


@lru_cache(maxsize=4096)
def parts_of(word: str) -> tuple[str, ...]:
    """Return the shorter words that a Han compound is wholly made of, or nothing."""
    if len(word) < 3:
        return ()
    found, at = [], 0
    shorter = [part for part in rjieba.cut_for_search(word, False) if part != word]
    while at < len(word):
        fits = [part for part in shorter if word.startswith(part, at)]
        if not fits:
            return ()
        found.append(max(fits, key=len))
        at += len(found[-1])
    return tuple(found)


def slips_allowed(word: str) -> int:
    """Return how many slips away from `word` we look for what was meant."""
    if is_han(word):
        return 1 if 2 <= len(word) <= LONGEST_HAN else 0
    if len(word) < SHORTEST_MENDED or not word.isalpha():
        return 0
    return 2 if len(word) >= TWO_SLIPS_FROM else 1


@lru_cache(maxsize=65536)
def keys_of(word: str) -> tuple[str, ...]:
    """Return what is left of a word's beginning after up to `slips_allowed` letters are dropped.

    Two words that are that few slips apart share a key (Garbe's symmetric deletes), so that a
    lookup of a few dozen keys stands for a comparison with the whole dictionary.
    """
    slips = slips_allowed(word)
    if not slips:
        return (word,)
    head = word[:KEYED_LETTERS]
    keys = {word, head}
    for dropped in range(1, slips + 1):
        for places in combinations(range(len(head)), len(head) - dropped):
            keys.add("".join(head[place] for place in places))
    return tuple(sorted(key for key in keys if key))


def distance(one: str, other: str, *, most: int) -> int:
    """Return the slips between two words: a letter more, less, wrong, or two swapped; `most` + 1 beyond.

    Optimal string alignment: the restricted Damerau-Levenshtein distance.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        earlier, before, row = before, row, [at]
        for to, wanted in enumerate(other, start=1):
            cost = min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (letter != wanted))
            swapped = at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == wanted
            row.append(min(cost, earlier[to - 2] + 1) if swapped else cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def sound_apart(one: str, other: str) -> int | None:
    """Return how far apart two Han words of one length sound; None where that cannot be told.

    0 is the same word or the same characters in another order.
    """
    if sorted(one) == sorted(other):
        return 0
    if len(one) != len(other):
        return None
    apart = 0
    for left, right in zip(one, other, strict=True):
        if left != right:
            places = _sound_place(left), _sound_place(right)
            if None in places:
                return None
            apart = max(apart, abs(places[0] - places[1]))  # type: ignore[operator]
    return apart


def _sound_place(character: str) -> int | None:
    try:
        high, low = character.encode("gb2312")
    except (UnicodeEncodeError, ValueError):
        return None
    return (high - 0xB0) * 94 + low - 0xA1 if 0xB0 <= high <= 0xD7 else None


def _plain(word: str) -> str:
    if word.isalnum():
        return word[:LONGEST_WORD]
    straight = word.replace("’", "'")
    return straight.removesuffix("'s").replace("'", "")[:LONGEST_WORD]


def quote(lexeme: str) -> str:
    """Return a lexeme as text of a tsvector or tsquery: whatever it holds, it stays one lexeme."""
    if lexeme.isalnum():
        return f"'{lexeme}'"
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def vector(fields: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Return a tsvector as text: `fields` are weights (A-D) with their lexemes in order.

    Of a lexeme only the first place in each field is kept: ranks look at fields, not at repetition.
    """
    places: dict[str, str] = {}
    at = 0
    for weight, lexemes in fields:
        for lexeme in dict.fromkeys(lexemes):
            at = min(at + 1, 16_383)
            held = places.get(lexeme)
            places[lexeme] = f"{at}{weight}" if held is None else f"{held},{at}{weight}"
    return " ".join([f"{quote(lexeme)}:{held}" for lexeme, held in places.items()])
