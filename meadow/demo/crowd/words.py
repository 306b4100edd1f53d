"""What a scripted reader says: something that fits the note, and that nobody said there before."""

import random
import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from meadow.demo.crowd.pages import Page

HAN = re.compile(r"[\u4e00-\u9fff]")
FILE = Path(__file__).parents[1] / "community" / "crowd.toml"


@dataclass(frozen=True)
class Theme:
    """Lines for notes that have one of `words` among their topics or in their title."""

    words: frozenset[str]
    lines: dict[str, tuple[str, ...]]


@cache
def read_themes() -> tuple[Theme, ...]:
    """Return the themes in the order in which they are tried; the last one fits everything."""
    rows = tomllib.loads(FILE.read_text())["theme"]
    return tuple(
        Theme(
            words=frozenset(word.casefold() for word in row["words"]),
            lines={"zh-hans": tuple(row["zh"]), "en": tuple(row["en"])},
        )
        for row in rows
    )


def language_of(page: Page) -> str:
    """Return the language a note is written in."""
    return "zh-hans" if HAN.search(page.title + page.body) else "en"


def find_theme(page: Page) -> Theme:
    """Return the theme of a note: by its topics, else by its title, else the one for everything."""
    topics = {topic.casefold() for topic in page.topics}
    for theme in read_themes():
        if theme.words & topics:
            return theme
    title = page.title.casefold()
    english = set(re.findall(r"[a-z]+", title))
    for theme in read_themes():
        for word in theme.words:
            if (word in title) if HAN.search(word) else (word in english):
                return theme
    return read_themes()[-1]


def choose_comment(
    page: Page, *, language: str, said: Collection[str], chance: random.Random
) -> str | None:
    """Return something to say under a note, or None when there is nothing new to say.

    `said` are the words that stand there already.
    """
    if language != language_of(page):
        return None
    theme, everything = find_theme(page), read_themes()[-1]
    for lines in (theme.lines[language], everything.lines[language]):
        fresh = [line for line in lines if line not in said]
        if fresh:
            return chance.choice(fresh)
    return None
