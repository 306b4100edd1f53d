"""Cursor pagination: signed, opaque positions that a client can only hand back."""

from dataclasses import dataclass
from json import JSONEncoder
from typing import Any, Generic, TypeVar

from django.core import signing
from django.utils.translation import gettext_lazy as _

from meadow.core.errors import MeadowError

T = TypeVar("T")
LONGEST_CURSOR = 500
_SALT = "meadow.cursor"
_JSON = JSONEncoder(separators=(",", ":"))


class InvalidCursor(MeadowError):
    """The cursor was not made by this installation, or was damaged on the way."""

    code = "invalid_cursor"
    message = _("This page marker is not one of ours.")
    hint = _("Start again from the first page.")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list; `next_cursor` is None on the last."""

    items: list[T]
    next_cursor: str | None


def encode_cursor(position: dict[str, Any]) -> str:
    """Sign a position (a small JSON object) for use in an address."""
    # What sign_object does with a writer of JSON made once: each page of a feed has a cursor.
    text = signing.b64_encode(_JSON.encode(position).encode("latin-1")).decode()
    return signing.Signer(salt=_SALT).sign(text)


def decode_cursor(cursor: str) -> dict[str, Any]:
    """Return the position in a cursor. Raises InvalidCursor."""
    if len(cursor) > LONGEST_CURSOR:
        raise InvalidCursor
    try:
        position = signing.Signer(salt=_SALT).unsign_object(cursor)
    except (signing.BadSignature, ValueError) as broken:
        raise InvalidCursor from broken
    if not isinstance(position, dict):
        raise InvalidCursor
    return position
