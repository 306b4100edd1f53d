"""A form's CSRF token as Django makes it, in a tenth of the time: each page of a feed carries one."""

import os
from typing import Final

from django.http import HttpRequest
from django.middleware.csrf import (
    CSRF_ALLOWED_CHARS,
    CSRF_SECRET_LENGTH,
    get_token,
)

_BASE: Final = len(CSRF_ALLOWED_CHARS)
_PLACES: Final = {letter: place for place, letter in enumerate(CSRF_ALLOWED_CHARS)}
# Bytes from here on are drawn again: all characters are equally likely.
_FAIR: Final = 256 - 256 % _BASE
_DRAWN: Final = bytes(range(_FAIR, 256))
_SPARE: Final = 16


def form_token(request: HttpRequest) -> str:
    """Return a token for the forms of one answer: the secret of its cookie under a fresh mask.

    Where there is no secret yet, Django makes one. What it notes for the cookie is noted here too.
    """
    secret = request.META.get("CSRF_COOKIE")
    if secret is None or len(secret) != CSRF_SECRET_LENGTH:
        return get_token(request)
    request.META["CSRF_COOKIE_NEEDS_UPDATE"] = True
    return mask(secret)


def mask(secret: str) -> str:
    """Return a mask and the secret under it, as Django's middleware reads them."""
    drawn = _draw()
    letters = [byte % _BASE for byte in drawn]
    chars = CSRF_ALLOWED_CHARS
    shown = [chars[place] for place in letters]
    hidden = [
        chars[(_PLACES[letter] + place) % _BASE]
        for letter, place in zip(secret, letters, strict=True)
    ]
    return "".join(shown + hidden)


def _draw() -> bytes:
    """Return as many random bytes below `_FAIR` as a mask has letters."""
    drawn = b""
    while len(drawn) < CSRF_SECRET_LENGTH:
        drawn += os.urandom(CSRF_SECRET_LENGTH + _SPARE).translate(None, _DRAWN)
    return drawn[:CSRF_SECRET_LENGTH]
