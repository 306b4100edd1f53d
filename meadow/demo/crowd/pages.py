"""What a scripted reader sees on a page: cards, a note, its buttons and comments."""

from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from urllib.parse import unquote

VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)


@dataclass(frozen=True)
class Card:
    """A note on a wall, with the token of this showing; `also` are those of places seen with it.

    `link` is where it leads.
    """

    note_id: str
    token: str
    also: tuple[str, ...] = ()
    link: str = ""


@dataclass
class Page:
    """The parts of a page that a reader acts on; what is not there is empty."""

    csrf: str = ""
    cards: list[Card] = field(default_factory=list)
    next_url: str = ""
    note_token: str = ""
    title: str = ""
    body: str = ""
    author: str = ""
    topics: list[str] = field(default_factory=list)
    actions: set[str] = field(default_factory=set)
    comments: list[tuple[str, str]] = field(default_factory=list)
    has_more_comments: bool = False


def read_page(html: str) -> Page:
    """Return what is to be seen on a page or fragment of ours."""
    reader = _PageReader()
    reader.feed(html)
    reader.close()
    return reader.page


class _PageReader(HTMLParser):
    """Walks the tags once; `texts` are the elements whose words are being collected."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[str] = []
        self.texts: list[tuple[int, str, list[str]]] = []
        self.commenter = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._look(tag, given, given.get("class", "").split())
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._look(tag, given, given.get("class", "").split())

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open and self.open.pop() != tag:
                pass
        while self.texts and self.texts[-1][0] > len(self.open):
            _, kind, words = self.texts.pop()
            self._take(kind, "".join(words).strip())

    def handle_data(self, data: str) -> None:
        for _, _, words in self.texts:
            words.append(data)

    def _look(self, tag: str, given: dict[str, str], classes: list[str]) -> None:
        page = self.page
        if token := given.get("data-fact-token"):
            also = tuple(given.get("data-fact-also", "").split())
            page.cards.append(Card(given.get("data-note", ""), token, also=also))
        if tag == "a" and "note-card-link" in classes and page.cards:
            page.cards[-1] = replace(page.cards[-1], link=given["href"])
        if token := given.get("data-note-token"):
            page.note_token = token
        if tag == "input" and given.get("name") == "csrfmiddlewaretoken":
            page.csrf = page.csrf or given.get("value", "")
        if tag == "form" and given.get("action"):
            page.actions.add(unquote(given["action"]))
        if tag == "a" and given.get("rel") == "next":
            if "/comments" in given["href"]:
                page.has_more_comments = True
            else:
                page.next_url = given["href"]
        if tag == "a" and "byline" in classes:
            page.author = page.author or given["href"].removeprefix("/@")
        if tag == "a" and "comment-name" in classes:
            self.commenter = given["href"].removeprefix("/@")
        for kind, wanted in (
            ("title", tag == "h1"),
            ("topic", "topic-chip" in classes),
            ("body", "note-words" in classes),
            ("comment", "comment-words" in classes),
        ):
            if wanted:
                self.texts.append((len(self.open) + 1, kind, []))

    def _take(self, kind: str, words: str) -> None:
        page = self.page
        if kind == "title":
            page.title = page.title or words
        elif kind == "topic":
            page.topics.append(words.lstrip("#"))
        elif kind == "body":
            page.body = words
        else:
            page.comments.append((self.commenter, words))
