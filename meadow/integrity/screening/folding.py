"""Texts as they are compared: width, case, zero-width characters, and letters that look the same.

Each folded letter knows where it stood, so that what was found can be named as it was written.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

# Letters of other alphabets that are drawn as Latin ones, after case is folded.
LOOKALIKES: Final = {
    **dict(zip("авеіјкмнорѕтухһԁԛԝґ", "abeijkmhopstyxhdqwr", strict=True)),
    **dict(zip("αεικνορτυχ", "aeikvoptux", strict=True)),
    **dict(zip("ıłøđħɡɑʟ", "ilodhgal", strict=True)),
}
_ALPHABETS: Final = ("LATIN", "GREEK", "CYRILLIC")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text; `places[i]` is where its letter `i` stands in the original."""

    text: str
    places: list[int]

    def squeezed(self) -> str:
        """Return letters and digits alone."""
        return "".join(letter for letter in self.text if letter.isalnum())


def fold(text: str, *, deep: bool) -> Folded:
    """Fold a text; `deep` also takes accents off and lookalikes for the letters they resemble."""
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        folded = fold_character(character, deep)
        if folded:
            letters.append(folded)
            places += [place] * len(folded)
    return Folded("".join(letters), places)


def fold_text(text: str, *, deep: bool) -> str:
    """Return a folded text without its places."""
    return "".join(fold_character(character, deep) for character in text)


@lru_cache(maxsize=65536)
def fold_character(character: str, deep: bool) -> str:
    """Return what a character is compared as; nothing for what is not seen."""
    plain = "".join(
        letter
        for letter in unicodedata.normalize(
            "NFKC", unicodedata.normalize("NFKC", character).casefold()
        )
        if unicodedata.category(letter) not in ("Cf", "Mn", "Me", "Cc") or letter in "\n\t"
    )
    return "".join(map(_deepen, plain)) if deep else plain


def _deepen(letter: str) -> str:
    """Return a letter of our alphabets without its accent, and as the one that it resembles."""
    if unicodedata.name(letter, "").startswith(_ALPHABETS):
        letter = unicodedata.normalize("NFKD", letter)[0].casefold()[0]
    return LOOKALIKES.get(letter, letter)
