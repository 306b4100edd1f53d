"""Words for what moves: each package says what the reasons of its transfers and holds are called."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

Params = Mapping[str, Any]
Words = Callable[[Params], str]
Link = Callable[[str], str]


def _nowhere(reference: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Reason:
    """What a transfer or hold of this reason is called, and where a line about it leads (or "").

    `url` is for whoever owns the line, `operator_url` for an operator who reads the books. A title
    that is made of its parameters needs `together`: what many such lines are called in a sum. What is
    `in_runs` moves every few seconds from one account to one other, and is read as one line a day.
    """

    title: Words
    url: Link = _nowhere
    operator_url: Link = _nowhere
    together: str | Promise = ""
    in_runs: bool = False


_reasons: dict[str, Reason] = {}


def register(code: str, reason: Reason) -> None:
    """Give words to a reason code. Raises ValueError for a second owner."""
    if _reasons.get(code, reason) != reason:
        raise ValueError(f"{code} is registered already")
    _reasons[code] = reason


def has_words(code: str) -> bool:
    """Whether some package gave words to a reason code."""
    return code in _reasons


def say_reason(code: str, params: Params) -> str:
    """Return what a transfer is called, in the active language; old ones have plain words too."""
    found = _reasons.get(code)
    return found.title(params) if found else _("Transfer")


def say_reason_together(code: str) -> str:
    """Return what all transfers of a reason are called in a sum of them."""
    found = _reasons.get(code)
    if found is None:
        return _("Transfer")
    return str(found.together) or found.title({})


def comes_in_runs(code: str) -> bool:
    """Whether many lines of a reason are read as one a day."""
    found = _reasons.get(code)
    return found is not None and found.in_runs


def list_reasons() -> list[str]:
    """Return the codes that have words."""
    return list(_reasons)


def link_reason(code: str, reference: str) -> str:
    """Return where a line about a transfer leads its owner, "" where nowhere."""
    found = _reasons.get(code)
    return found.url(reference) if found and reference else ""


def link_reason_for_operators(code: str, reference: str) -> str:
    """Return where a line about a transfer leads an operator, "" where nowhere."""
    found = _reasons.get(code)
    return found.operator_url(reference) if found and reference else ""
