"""Countries and regions by ISO 3166-1 code, named in each of our languages (names from CLDR)."""

import json
import unicodedata
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

_COLUMNS = {"en": 0, "zh-hans": 1}
# GB 18030 keeps the order of GB 2312, whose common characters stand by pinyin. The rest stand behind
# them by radical; three names begin with one of those, so each sorts as a common one of its sound.
_SAME_SOUND = str.maketrans({"瑙": "脑", "梵": "饭", "斐": "匪"})


@cache
def _table() -> dict[str, tuple[str, str]]:
    table: dict[str, list[str]] = json.loads(Path(__file__).with_name("regions.json").read_text())
    return {code: (names[0], names[1]) for code, names in table.items()}


def is_region(code: str) -> bool:
    """Whether this is the code of a country or region."""
    return code in _table()


def list_region_codes() -> list[str]:
    """Return every code, in the order of codes."""
    return sorted(_table())


def region_name(code: str) -> str:
    """Return the name in the active language, or an empty string for an unknown code."""
    names = _table().get(code)
    return names[_COLUMNS.get(get_language() or "en", 0)] if names else ""


def region_choices() -> list[tuple[str, str]]:
    """Return every code with its name in the active language, in that language's order."""
    return sorted(
        ((code, region_name(code)) for code in _table()), key=lambda pair: sort_key(pair[1])
    )


def sort_key(name: str) -> bytes:
    """Return by what a name sorts: Chinese by pinyin, Latin whatever its accents."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return plain.translate(_SAME_SOUND).encode("gb18030")
