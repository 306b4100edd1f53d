"""What people write: cleaning it, finding #topics and @mentions in it, showing it safely as HTML.

A topic is `#` and letters, digits or `_` of any script with at least one letter; `#露营#` closes
with a second `#` and may be followed directly by more words. A mention is `@` and a handle.
Neither is looked for inside an address.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

import nh3
from django.utils.html import escape, urlize
from django.utils.safestring import SafeString, mark_safe

LONGEST_TOPIC = 40
ALLOWED_TAGS = {"p", "br", "a", "span"}
ALLOWED_ATTRIBUTES = {"a": {"href", "class"}, "span": {"class"}}
LINK_REL = "nofollow ugc noopener"

# Letters outside ASCII end an address: Chinese words follow one without a space.
_ADDRESS = r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+"
_TOKEN = re.compile(rf"(?P<url>{_ADDRESS})|(?P<at>@[A-Za-z0-9_]+)|(?P<hash>#)")
_HANDLE = re.compile(r"[A-Za-z0-9_]{3,30}")
_BLANK_LINES = re.compile(r"\n{3,}")
# Direction overrides let a text pretend to be another one; joiners inside emoji are kept.
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class Piece:
    """A stretch of text; `value` is the topic's name, the handle or the address."""

    kind: Literal["text", "topic", "mention", "url"]
    text: str
    value: str = ""


def mark_words(*, title: str, body: str) -> str:
    """Return a short mark that two texts share only if they are the same."""
    return hashlib.sha256(f"{title}\0{body}".encode()).hexdigest()[:16]


def clean_line(text: str) -> str:
    """Return one line: composed, without control characters, spaces joined."""
    return " ".join(_strip_controls(text, keep="").split())


def clean_text(text: str) -> str:
    """Return several lines: composed, no control characters, at most one blank line running."""
    plain = _strip_controls(text.replace("\r\n", "\n").replace("\r", "\n"), keep="\n")
    lines = "\n".join(line.rstrip() for line in plain.split("\n"))
    return _BLANK_LINES.sub("\n\n", lines).strip()


def topic_slug(name: str) -> str:
    """Return the form in which a topic is found: compatible characters and case are one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def find_topics(text: str) -> dict[str, str]:
    """Return the topics in `text`: slug to name, in order, each once as first written."""
    found: dict[str, str] = {}
    for piece in split_text(text):
        if piece.kind == "topic":
            found.setdefault(topic_slug(piece.value), piece.value)
    return found


def find_mentions(text: str) -> list[str]:
    """Return the handles mentioned in `text`, in order, each once whatever its case."""
    found = {
        piece.value.lower(): piece.value for piece in split_text(text) if piece.kind == "mention"
    }
    return list(found.values())


def split_text(text: str) -> Iterator[Piece]:
    """Yield `text` in pieces; the pieces' texts joined are `text` again."""
    start = position = 0
    while (match := _TOKEN.search(text, position)) is not None:
        piece = _read_token(text, match, start)
        if piece is None:
            position = match.start() + 1
            continue
        if match.start() > start:
            yield Piece("text", text[start : match.start()])
        yield piece
        start = position = match.start() + len(piece.text)
    if start < len(text):
        yield Piece("text", text[start:])


def render_body(text: str, *, handles: Collection[str]) -> SafeString:
    """Return `text` as safe HTML: paragraphs, chips for topics, links to people and addresses.

    `handles` are the people who exist, in lower case; other mentions stay plain words.
    """
    paragraphs = [
        "<p>" + _render_inline(block, handles).replace("\n", "<br>") + "</p>"
        for block in text.split("\n\n")
        if block.strip()
    ]
    return _sanitise("".join(paragraphs))


def render_line(text: str, *, handles: Collection[str]) -> SafeString:
    """Return a comment as safe HTML without paragraphs."""
    return _sanitise(_render_inline(text, handles).replace("\n", "<br>"))


def _read_token(text: str, match: re.Match[str], start: int) -> Piece | None:
    """Return the piece that begins at `match`, or None where it is only a character."""
    if match["url"]:
        return Piece("url", match["url"], match["url"])
    before = text[match.start() - 1] if match.start() else ""
    if match["at"]:
        handle = match["at"][1:]
        inside_word = _joins_word(before) or (before != "" and before in "./@")
        if inside_word or not _HANDLE.fullmatch(handle):
            return None
        return Piece("mention", match["at"], handle)
    # Right behind a closed topic a new one may open; elsewhere `##` and `C#` are only characters.
    closed_here = before == "#" and match.start() == start
    if not closed_here and (_joins_word(before) or (before and before in "#&/")):
        return None
    return _read_topic(text, match.start())


def _read_topic(text: str, at: int) -> Piece | None:
    end = at + 1
    while end < len(text) and _is_topic_character(text[end]):
        end += 1
    name = unicodedata.normalize("NFC", text[at + 1 : end])
    if not any(character.isalpha() for character in name):
        return None
    if len(name) > LONGEST_TOPIC or len(topic_slug(name)) > LONGEST_TOPIC:
        return None
    if text[end : end + 1] == "#":
        end += 1
    return Piece("topic", text[at:end], name)


def _is_topic_character(character: str) -> bool:
    return character == "_" or unicodedata.category(character)[0] in "LMN"


def _joins_word(character: str) -> bool:
    return character == "_" or (character.isascii() and character.isalnum())


def _render_inline(text: str, handles: Collection[str]) -> str:
    return "".join(_render_piece(piece, handles) for piece in split_text(text))


def _render_piece(piece: Piece, handles: Collection[str]) -> str:
    if piece.kind == "topic":
        address = f"/t/{quote(topic_slug(piece.value))}"
        return f'<a class="topic-chip" href="{address}">#{escape(piece.value)}</a>'
    if piece.kind == "mention" and piece.value.lower() in handles:
        return f'<a href="/@{escape(piece.value)}">{escape(piece.text)}</a>'
    if piece.kind == "url":
        return str(urlize(piece.text, nofollow=True, autoescape=True))
    return str(escape(piece.text))


def _sanitise(html: str) -> SafeString:
    """Let nothing through but what we just made: the second lock on the same door."""
    return mark_safe(  # noqa: S308 - the sanitiser's output
        nh3.clean(
            html,
            tags=ALLOWED_TAGS,
            attributes=ALLOWED_ATTRIBUTES,
            url_schemes={"http", "https"},
            link_rel=LINK_REL,
        )
    )


def _strip_controls(text: str, *, keep: str) -> str:
    return "".join(
        " " if character == "\t" or (character == "\n" and keep == "") else character
        for character in unicodedata.normalize("NFC", text)
        if character in keep
        or character in "\t\n"
        or (unicodedata.category(character) not in ("Cc", "Cs") and character not in _OVERRIDES)
    )
