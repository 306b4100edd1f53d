"""Finding block words and links in a text: a list made ready once a process and version.

Rules stand under the first two letters of their pattern, so that a text meets only those whose two
letters it holds; what also holds the whole pattern meets the rule's own expression. The work grows
with the text and hardly with the list.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from meadow.integrity.screening.folding import Folded, fold, fold_text

Kind = Literal["word", "disguised", "substring", "link"]
ActionCode = Literal["refuse", "hold", "flag"]
Scope = Literal["title", "body", "comment", "handle", "profile"]
KINDS: Final[tuple[Kind, ...]] = ("word", "disguised", "substring", "link")
ACTIONS: Final[tuple[ActionCode, ...]] = ("refuse", "hold", "flag")
SCOPES: Final[tuple[Scope, ...]] = ("title", "body", "comment", "handle", "profile")

# Scripts that set no space between words: a word of another script ends where they begin.
_UNSPACED: Final = "\u0e00-\u0eff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_JOINED: Final = rf"[^\W_{_UNSPACED}]"
_BEFORE, _AFTER = rf"(?<!{_JOINED})", rf"(?!{_JOINED})"
_GAP: Final = r"[\W_]"
_MARK: Final = r"(?:[^\w\s]|_)"
_HOST: Final = re.compile(r"((?:[\w-]+\.)+[^\W\d_][\w-]*[^\W_])(?::\d{1,5})?(/\S*)?")


@dataclass(frozen=True, slots=True)
class ListRule:
    """A rule as it is compiled: `rule` is that of the community which it guards."""

    public_id: str
    kind: Kind
    pattern: str
    action: ActionCode
    scopes: tuple[Scope, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class Match:
    """A word or link that was found; `word` as it was written, between `start` and `end`."""

    rule_id: str
    kind: Kind
    action: ActionCode
    rule: str
    scope: Scope
    word: str
    start: int
    end: int


@dataclass(frozen=True)
class _Ready:
    """A rule with its pattern folded; its expression is made when a text first comes so far."""

    rule: ListRule
    folded: str
    needle: str

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """What finds it in a folded text."""
        letters = list(self.needle)
        if self.rule.kind == "word":
            inside = r"\s+".join(re.escape(part) for part in self.folded.split())
            return re.compile(_bounded(inside, letters))
        if self.rule.kind == "substring":
            return re.compile(f"{_GAP}*".join(map(re.escape, letters)))
        close = f"{_MARK}*".join(map(re.escape, letters))
        apart = f"{_GAP}+".join(map(re.escape, letters))
        return re.compile(_bounded(f"(?:{close}|{apart})", letters))


class WordList:
    """All rules in force, ready to look through texts."""

    def __init__(self, rules: Sequence[ListRule]) -> None:
        self._words: dict[bool, defaultdict[str, list[_Ready]]] = {
            False: defaultdict(list),
            True: defaultdict(list),
        }
        self._links: list[tuple[str, str, ListRule]] = []
        for rule in rules:
            if rule.kind == "link":
                host, path = split_link(rule.pattern)
                self._links.append((host, path, rule))
            else:
                deep = rule.kind == "disguised"
                folded = fold_text(rule.pattern, deep=deep)
                needle = "".join(letter for letter in folded if letter.isalnum())
                if needle:
                    self._words[deep][needle[:2]].append(_Ready(rule, folded, needle))

    def find(self, text: str, *, scope: Scope) -> list[Match]:
        """Return what is found in a text, in the order in which it stands there."""
        found = []
        for deep, under in self._words.items():
            if under:
                found += _find_words(text, fold(text, deep=deep), under, scope)
        links = [one for one in self._links if scope in one[2].scopes]
        if links:
            found += _find_links(text, links, scope)
        return sorted(found, key=lambda match: (match.start, match.end))


def split_link(pattern: str) -> tuple[str, str]:
    """Return host and path of a link or domain, as they are compared."""
    plain = fold_text(pattern.strip(), deep=False).removeprefix("https://").removeprefix("http://")
    host, slash, path = plain.partition("/")
    return _name(host.removeprefix("www.")), (slash + path).rstrip("/")


def _bounded(inside: str, letters: Sequence[str]) -> str:
    """Let an expression stand for itself only: no letter of a spaced script goes on before or after."""
    first = _BEFORE if letters and re.match(_JOINED, letters[0]) else ""
    last = _AFTER if letters and re.match(_JOINED, letters[-1]) else ""
    return f"{first}{inside}{last}"


def _find_words(
    text: str, folded: Folded, under: Mapping[str, Sequence[_Ready]], scope: Scope
) -> list[Match]:
    squeezed = folded.squeezed()
    pairs = {squeezed[start : start + 2] for start in range(len(squeezed))} | set(squeezed)
    found = []
    for one in (ready for pair in pairs & under.keys() for ready in under[pair]):
        if scope not in one.rule.scopes or one.needle not in squeezed:
            continue
        for match in one.expression.finditer(folded.text):
            start, end = folded.places[match.start()], folded.places[match.end() - 1] + 1
            found.append(_match(one.rule, scope, text, start, end))
    return found


def _find_links(text: str, links: Sequence[tuple[str, str, ListRule]], scope: Scope) -> list[Match]:
    # 。 stands for the dot of an address in Chinese, and no width folding makes it one.
    folded = fold(text.replace("。", ".").replace("｡", "."), deep=False)
    found = []
    for match in _HOST.finditer(folded.text):
        host, path = _name(match[1].removeprefix("www.")), (match[2] or "").rstrip("/")
        for wanted, under, rule in links:
            same = host == wanted or host.endswith(f".{wanted}")
            if same and (path == under or path.startswith(f"{under}/") or not under):
                start, end = folded.places[match.start()], folded.places[match.end() - 1] + 1
                found.append(_match(rule, scope, text, start, end))
    return found


def _match(rule: ListRule, scope: Scope, text: str, start: int, end: int) -> Match:
    return Match(
        rule_id=rule.public_id,
        kind=rule.kind,
        action=rule.action,
        rule=rule.rule,
        scope=scope,
        word=text[start:end],
        start=start,
        end=end,
    )


def _name(host: str) -> str:
    """Return a host as a name server knows it, or as it was written where it has no such form."""
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host
