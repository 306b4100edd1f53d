"""Simplified and traditional Chinese characters: what is written in one is found in the other.

Character by character, by OpenCC's table: how a character is read beside others may depend on what
stands there, and a question has other neighbours than the note it is after.
"""

import unicodedata
from functools import cache
from typing import Final

from opencc import OpenCC

# The Han characters of Unicode's basic plane, less those that only an old font has apart.
_BLOCKS: Final = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00))


def simplify(text: str) -> str:
    """Return text with every character in its simplified form; as long as it was."""
    return text if text.isascii() else text.translate(_simple_forms())


def write_like(text: str, *, typed: str) -> str:
    """Return simplified `text` in traditional characters where `typed` has any."""
    return text if simplify(typed) == typed else _traditional().convert(text)


@cache
def _simple_forms() -> dict[int, str]:
    characters = [chr(code) for first, end in _BLOCKS for code in range(first, end)]
    plain = [unicodedata.normalize("NFKC", one) for one in characters]
    forms = OpenCC("t2s").convert("\n".join(plain)).split("\n")
    pairs = zip(characters, forms, strict=True)
    return {ord(one): form for one, form in pairs if form != one and len(form) == 1}


@cache
def _traditional() -> OpenCC:
    return OpenCC("s2t")
