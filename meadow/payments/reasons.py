"""Words for what moves on a wallet: packages register theirs, by the reason codes of their transfers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

Params = Mapping[str, Any]
Words = Callable[[Params], str]


@dataclass(frozen=True, slots=True)
class Reason:
    """What a transfer of this reason is called, and where a line about it leads (or "")."""

    title: Words
    url: Callable[[str], str] = lambda reference: ""


_reasons: dict[str, Reason] = {}


def register(code: str, reason: Reason) -> None:
    """Give words to a reason code. Raises ValueError for a second owner."""
    if _reasons.get(code, reason) != reason:
        raise ValueError(f"{code} is registered already")
    _reasons[code] = reason


def say_reason(code: str, params: Params) -> str:
    """Return what a transfer is called, in the active language; old ones have plain words too."""
    found = _reasons.get(code)
    return found.title(params) if found else _("Transfer")


def link_reason(code: str, reference: str) -> str:
    """Return where a line about a transfer leads, "" where nowhere."""
    found = _reasons.get(code)
    return found.url(reference) if found and reference else ""
