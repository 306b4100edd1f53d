"""Payee details at rest: AES-256-GCM under keys with names, so that a new one can take over.

A sealed text opens only in the row that it was sealed for: its public id is bound to it.
"""

import hashlib
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from meadow.payouts.errors import DetailsUnreadable
from meadow.runtime.environment import kept_secret

SECRET_NAME: Final = "payout-key"  # noqa: S105 - the name of a file
PURPOSE: Final = b"meadow payee details aes-gcm 1"
NONCE_BYTES: Final = 12


def seal(details: Mapping[str, str], *, public_id: str) -> tuple[bytes, str]:
    """Return the details encrypted for one row, and the id of the key that opens them."""
    key_id, key = _keys()[0]
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(
        nonce, orjson.dumps(dict(details)), public_id.encode()
    ), key_id


def unseal(sealed: bytes, *, key_id: str, public_id: str) -> dict[str, str]:
    """Return the details of a row. Raises DetailsUnreadable where no key of ours opens them."""
    key = dict(_keys()).get(key_id)
    if key is None:
        raise DetailsUnreadable
    sealed = bytes(sealed)
    try:
        plain = AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], public_id.encode())
    except (InvalidTag, ValueError) as damaged:
        raise DetailsUnreadable from damaged
    opened: dict[str, str] = orjson.loads(plain)
    return opened


def sealing_key_id() -> str:
    """Return the id of the key that seals now."""
    return _keys()[0][0]


def _keys() -> tuple[tuple[str, bytes], ...]:
    """Return the keys by id, the one that seals first: from the environment, or the kept one."""
    environment: Any = settings.ENVIRONMENT
    secrets = environment.payout_keys or (kept_secret(environment.home, SECRET_NAME),)
    return tuple(_derive(one) for one in secrets)


@lru_cache(maxsize=16)
def _derive(secret: str) -> tuple[str, bytes]:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
    return hashlib.sha256(b"id:" + key).hexdigest()[:16], key
