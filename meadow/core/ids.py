"""Opaque public identifiers: a one-letter prefix and 14 random base58 characters (82 bits)."""

import hashlib
import secrets

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
RANDOM_LENGTH = 14
# Two letters at a time, and small numbers first: a batch of transfers spells thousands of these.
_PAIRS = [first + second for second in ALPHABET for first in ALPHABET]


def new_id(prefix: str) -> str:
    """Return a fresh identifier such as `nX4q…`; only the prefix, the kind, means something."""
    return prefix + _spell(secrets.randbits(256))


def derived_id(prefix: str, name: str) -> str:
    """Return the identifier that a well-known thing always has, such as a note of the demo."""
    return prefix + _spell(int.from_bytes(hashlib.sha256(name.encode()).digest(), "big"))


def _spell(number: int) -> str:
    """Return the lowest letters of a 256-bit number: so wide that each is as likely as the next."""
    number %= len(ALPHABET) ** RANDOM_LENGTH
    letters = ""
    for _ in range(RANDOM_LENGTH // 2):
        number, place = divmod(number, len(_PAIRS))
        letters += _PAIRS[place]
    return letters
