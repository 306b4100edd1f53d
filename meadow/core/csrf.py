"""Django's CSRF tokens for pages that are put together in a millisecond: the same words, made at once.

Django masks its secret anew for every page, so that what is compressed beside it does not tell it (BREACH):
32 random letters, then the secret's letters moved by as many places each. It asks the system for each letter.
"""

import os
from typing import Final

from django.http import HttpRequest
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH, get_token

_LETTERS: Final = CSRF_ALLOWED_CHARS
_COUNT: Final = len(_LETTERS)
_PLACE_OF: Final = {letter: place for place, letter in enumerate(_LETTERS)}
# A random byte is as likely one letter as another below the largest multiple of their number.
_FAIR: Final = 256 - 256 % _COUNT


def masked_token(request: HttpRequest) -> str:
    """Return what `get_token` would: a fresh mask of the secret, which the answer's cookie holds."""
    secret = request.META.get("CSRF_COOKIE", "")
    if len(secret) != CSRF_SECRET_LENGTH:
        return get_token(request)
    request.META["CSRF_COOKIE_NEEDS_UPDATE"] = True
    mask: list[int] = []
    while len(mask) < CSRF_SECRET_LENGTH:
        mask += [byte % _COUNT for byte in os.urandom(2 * CSRF_SECRET_LENGTH) if byte < _FAIR]
    del mask[CSRF_SECRET_LENGTH:]
    moved = [
        _LETTERS[(_PLACE_OF[letter] + by) % _COUNT] for letter, by in zip(secret, mask, strict=True)
    ]
    return "".join([_LETTERS[place] for place in mask] + moved)
