"""What somebody meant who made a slip: the nearest words that notes really hold."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection

from meadow.search.queries.notes import count_of
from meadow.search.text import (
    LONGEST_HAN,
    NEAR_SOUND,
    cut_whole,
    distance,
    fold,
    is_han,
    keys_of,
    slips_allowed,
    sound_apart,
    split_runs,
)

MOST_TERMS: Final = 3000
# A run is looked at window by window; nobody types longer ones by hand.
LONGEST_RUN: Final = 20
_TERMS: Final = """
SELECT word, notes FROM search_term WHERE keys && %s::text[] ORDER BY notes DESC LIMIT %s
"""
# What a piece of a run costs: a word that notes hold, a character by itself, a word that had a slip, a
# character that no note holds. A slip is believed where it makes more of a run into words.
_KNOWN, _SINGLE, _SLIP, _STRANGE = 0.2, 1.0, 1.3, 2.5


@dataclass(frozen=True)
class Mended:
    """A question without its slips; `words` are what took the place of others."""

    text: str
    words: tuple[str, ...]


def mend(text: str) -> Mended | None:
    """Return what was meant, in words that notes hold; None where nothing better is known.

    Two queries, whatever was typed, and one where every word is known as it is. Words of fewer than
    four letters are left alone: too many others are near them.
    """
    runs = list(split_runs(fold(text)))
    if _all_known(runs):
        return None
    windows = {
        word
        for run, han in runs
        for word in (_windows(run[:LONGEST_RUN]) if han else (run,))
        if han or slips_allowed(run)
    }
    if not windows:
        return None
    known = _known_terms(windows)
    by_key: dict[str, list[str]] = {}
    for word in known:
        for key in keys_of(word):
            by_key.setdefault(key, []).append(word)
    pieces: list[str] = []
    changed: list[str] = []
    spaced = " " in text.strip()
    for run, han in runs:
        parts = _mend_run(run, known, by_key) if han else [_mend_word(run, known, by_key)]
        pieces.append("".join(word for word, _ in parts))
        changed += [word for word, slip in parts if slip]
    if not changed:
        return None
    return Mended(text=_join(pieces, spaced=spaced), words=tuple(changed))


def _all_known(runs: Sequence[tuple[str, bool]]) -> bool:
    """Whether notes hold every word as it is; a single Han character may be what a slip left over."""
    words = [word for run, han in runs for word in (cut_whole(run) if han else (run,))]
    if any(len(word) == 1 and is_han(word) for word in words):
        return False
    return len(count_of(tuple(set(words)))) == len(set(words))


def _mend_word(
    word: str, known: Mapping[str, int], by_key: Mapping[str, Sequence[str]]
) -> tuple[str, bool]:
    if word in known or not slips_allowed(word):
        return word, False
    best = _nearest(word, known, by_key)
    return (best, True) if best else (word, False)


def _mend_run(
    run: str, known: Mapping[str, int], by_key: Mapping[str, Sequence[str]]
) -> list[tuple[str, bool]]:
    """Return the cheapest way to read a run of Han characters: pieces, and whether each had a slip."""
    ways: list[tuple[float, list[tuple[str, bool]]]] = [(0.0, [])]
    for end in range(1, len(run) + 1):
        options = []
        for start in range(max(0, end - LONGEST_HAN), end):
            piece = run[start:end]
            cost, said, slip = _read(piece, known, by_key)
            if cost is not None:
                options.append((ways[start][0] + cost, [*ways[start][1], (said, slip)]))
        ways.append(min(options, key=lambda way: way[0]))
    return ways[-1][1]


def _read(
    piece: str, known: Mapping[str, int], by_key: Mapping[str, Sequence[str]]
) -> tuple[float | None, str, bool]:
    if len(piece) == 1:
        return (_SINGLE if piece in known else _STRANGE), piece, False
    if piece in known:
        return _KNOWN, piece, False
    best = _nearest(piece, known, by_key)
    return (_SLIP, best, True) if best else (None, piece, False)


def _nearest(
    word: str, known: Mapping[str, int], by_key: Mapping[str, Sequence[str]]
) -> str | None:
    most = slips_allowed(word)
    near = {other for key in keys_of(word) for other in by_key.get(key, ()) if other != word}
    ranked = []
    for other in near:
        slips = float(distance(word, other, most=most))
        if slips > most or slips_allowed(other) < 1 or is_han(word) != is_han(other):
            continue
        if is_han(word):
            apart = sound_apart(word, other)
            # Two characters share one with hundreds of others: only what sounds alike was meant.
            if len(word) == 2 and (apart is None or apart > NEAR_SOUND):
                continue
            slips += (NEAR_SOUND if apart is None else apart) / NEAR_SOUND
        else:
            slips += 0.0 if word[0] == other[0] else 0.5
        ranked.append((slips - 0.15 * math.log1p(known[other]), other))
    return min(ranked)[1] if ranked else None


def _windows(run: str) -> set[str]:
    return {
        run[start : start + length]
        for length in range(1, LONGEST_HAN + 1)
        for start in range(len(run) - length + 1)
    }


def _known_terms(windows: set[str]) -> dict[str, int]:
    keys = sorted({key for word in windows for key in keys_of(word)})
    with connection.cursor() as cursor:
        cursor.execute(_TERMS, [keys, MOST_TERMS])
        return dict(cursor.fetchall())


def _join(pieces: Sequence[str], *, spaced: bool) -> str:
    """Put runs together as they are read: a space beside a Latin word, or where there was one."""
    text = ""
    for piece in pieces:
        tight = not text or (not spaced and is_han(text[-1]) and is_han(piece[0]))
        text += piece if tight else f" {piece}"
    return text
