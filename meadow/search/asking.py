"""What somebody typed, as a question to the index: cleaned, cut into words, written as a tsquery."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from meadow.notes.text import clean_line, topic_slug
from meadow.search.errors import FilterUnknown, QuestionTooLong
from meadow.search.stems import stems_of
from meadow.search.text import (
    PARTICLES,
    cut_whole,
    fold,
    is_han,
    parts_of,
    quote,
    reading_of,
    split_runs,
)

LONGEST_QUESTION: Final = 100
MOST_WORDS: Final = 12
TIMES: Final = {"any": None, "day": 1, "week": 7, "month": 30, "year": 365}
SORTS: Final = ("best", "newest")
KINDS: Final = ("any", "photo", "video")
# What stands in the index for a note that is a video; no word begins with this sign.
VIDEO: Final = "=video"
_QUOTED: Final = re.compile(r"\"([^\"]+)\"|“([^“”]+)”|「([^「」]+)」|『([^『』]+)』")


@dataclass(frozen=True)
class Filters:
    """What else a note has to be; `topic` is a slug, empty for any."""

    time: str = "any"
    topic: str = ""
    sort: str = "best"
    kind: str = "any"

    @property
    def chosen(self) -> bool:
        """Whether anything is left out by them."""
        return (self.time, self.topic, self.kind) != ("any", "", "any")

    def since(self, now: dt.datetime) -> dt.datetime | None:
        """Return from when on notes count; None for ever."""
        days = TIMES[self.time]
        return now - dt.timedelta(days=days) if days else None


@dataclass(frozen=True)
class Question:
    """A question: `text` as typed, `words` as looked for, `alternatives` of each word as lexemes.

    `lexemes` are the same one by one, `phrases` the readings of what stands in quotes.
    """

    text: str
    words: tuple[str, ...]
    alternatives: tuple[str, ...]
    titles: tuple[str, ...]
    lexemes: tuple[tuple[str, ...], ...]
    phrases: tuple[str, ...] = ()

    def all_words(self, *, filters: Filters) -> str:
        """Return the tsquery of notes that have every word."""
        return " & ".join([*self.alternatives, *_marks(filters)])

    def any_word(self, *, filters: Filters) -> str:
        """Return the tsquery of notes that have one of the words."""
        return " & ".join([f"({' | '.join(self.alternatives)})", *_marks(filters)])

    def in_title(self) -> str:
        """Return the tsquery of notes that have every word in their title."""
        return " & ".join(self.titles)


def clean_question(text: str) -> str:
    """Return what was typed as one clean line. Raises QuestionTooLong."""
    line = clean_line(text)
    if len(line) > LONGEST_QUESTION:
        raise QuestionTooLong(most=LONGEST_QUESTION)
    return line


def check_filters(*, time: str = "", topic: str = "", sort: str = "", kind: str = "") -> Filters:
    """Return filters as they were chosen; empty is the default. Raises FilterUnknown."""
    for value, choices in ((time, tuple(TIMES)), (sort, SORTS), (kind, KINDS)):
        if value and value not in choices:
            raise FilterUnknown(value=value[:20], choices=", ".join(choices))
    slug = topic_slug(clean_line(topic.removeprefix("#")))[:40]
    return Filters(time=time or "any", topic=slug, sort=sort or "best", kind=kind or "any")


def ask(text: str) -> Question:
    """Return the question that a clean line puts; without words when there are no letters in it."""
    words = question_words(text)
    stems = stems_of(words)
    telling = [word for word in words if stems.get(word) != "" and word not in PARTICLES]
    asked = (telling or words)[:MOST_WORDS]
    lexemes = [_lexemes(word, stems.get(word, "")) for word in asked]
    return Question(
        text=text,
        words=tuple(asked),
        alternatives=tuple(_either(one) for one in lexemes),
        titles=tuple(_either(one, ":A") for one in lexemes),
        lexemes=tuple(tuple(lexeme for way in one for lexeme in way) for one in lexemes),
        phrases=tuple(filter(None, map(reading_of, quoted(text)))),
    )


def quoted(text: str) -> list[str]:
    """Return what stands between quotes, of whatever kind."""
    return ["".join(found) for found in _QUOTED.findall(text)]


def question_words(text: str) -> list[str]:
    """Return the words of a line in order, each once; compounds are not taken apart here."""
    words: dict[str, None] = {}
    for run, han in split_runs(fold(text)):
        words.update(dict.fromkeys(cut_whole(run) if han else (run,)))
    return list(words)


def _lexemes(word: str, stem: str) -> list[tuple[str, ...]]:
    """Return the ways to find a word: itself, its stem, or all parts of a compound."""
    if is_han(word):
        parts = parts_of(word)
        return [(word,), parts] if parts else [(word,)]
    ways = [word, *([f"~{stem}"] if stem else []), *([stem] if stem not in ("", word) else [])]
    return [(way,) for way in ways]


def _either(ways: Sequence[tuple[str, ...]], label: str = "") -> str:
    """Return the tsquery of a note that is found in one of these ways; `label` as ":A"."""
    said = [" & ".join(quote(lexeme) + label for lexeme in way) for way in ways]
    if len(said) == 1:
        return said[0]
    return f"({' | '.join(f'({one})' if ' & ' in one else one for one in said)})"


def _marks(filters: Filters) -> Sequence[str]:
    marks = [quote(f"#{filters.topic}")] if filters.topic else []
    if filters.kind == "any":
        return marks
    return [*marks, quote(VIDEO) if filters.kind == "video" else f"!{quote(VIDEO)}"]
