"""Opaque public identifiers: a one-letter prefix and 14 random base58 characters (82 bits)."""

import secrets

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
RANDOM_LENGTH = 14


def new_id(prefix: str) -> str:
    """Return a fresh identifier such as `nX4q…`; only the prefix, the kind, means something."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(RANDOM_LENGTH))
