"""Words for what accounts are for: each package says what the accounts that it opens are called."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise

Role = Literal["", "fee", "tax"]


@dataclass(frozen=True, slots=True)
class Purpose:
    """What an account of this purpose is called, and what reaches it out of other people's money.

    A `role` makes the account's part of a transfer a fee or a tax withheld, on the statement of
    whoever gained or paid by that transfer.
    """

    title: str | Promise
    role: Role = ""


_purposes: dict[tuple[str, str], Purpose] = {}
_namers: dict[str, Callable[[str], str]] = {}


def register(kind: str, purpose: str, words: Purpose) -> None:
    """Give words to what an account of a kind is for. Raises ValueError for a second owner."""
    if _purposes.get((kind, purpose), words) != words:
        raise ValueError(f"{kind} {purpose} is registered already")
    _purposes[kind, purpose] = words


def register_namer(kind: str, namer: Callable[[str], str]) -> None:
    """Have all purposes of a kind that have no words of their own named by one function.

    Raises ValueError for a second owner.
    """
    if _namers.get(kind, namer) != namer:
        raise ValueError(f"purposes of {kind} are named already")
    _namers[kind] = namer


def has_words(kind: str, purpose: str | None) -> bool:
    """Whether a purpose has words; None: whether all purposes of the kind have."""
    return (kind, purpose) in _purposes or kind in _namers


def say_purpose(kind: str, purpose: str) -> str:
    """Return what an account is for, in the active language; without words, its code."""
    found = _purposes.get((kind, purpose))
    if found:
        return str(found.title)
    namer = _namers.get(kind)
    return namer(purpose) if namer else purpose


def list_roles(role: Role) -> list[tuple[str, str]]:
    """Return the kinds and purposes of accounts that have a role."""
    return [account for account, purpose in _purposes.items() if purpose.role == role]
