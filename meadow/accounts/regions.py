"""Countries and regions by ISO 3166-1 code, named in each of our languages (names from CLDR)."""

import json
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

_COLUMNS = {"en": 0, "zh-hans": 1}


@cache
def _table() -> dict[str, tuple[str, str]]:
    table: dict[str, list[str]] = json.loads(Path(__file__).with_name("regions.json").read_text())
    return {code: (names[0], names[1]) for code, names in table.items()}


def is_region(code: str) -> bool:
    """Whether this is the code of a country or region."""
    return code in _table()


def region_name(code: str) -> str:
    """Return the name in the active language, or an empty string for an unknown code."""
    names = _table().get(code)
    return names[_COLUMNS.get(get_language() or "en", 0)] if names else ""


def region_choices() -> list[tuple[str, str]]:
    """Return every code with its name in the active language, sorted by name."""
    return sorted(((code, region_name(code)) for code in _table()), key=lambda pair: pair[1])
