"""The installation's signing key: Ed25519, derived from a secret that is made at first use."""

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from meadow.runtime.environment import kept_secret

SECRET_NAME: Final = "decision-key"  # noqa: S105 - the name of a file
PURPOSE: Final = b"meadow decisions ed25519 1"


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with the names by which others know its public half."""

    key_id: str
    public_key: str
    _private: Ed25519PrivateKey = field(repr=False)

    def sign(self, message: bytes) -> str:
        """Return the signature as 128 hexadecimal digits."""
        return self._private.sign(message).hex()


def current_signer() -> Signer:
    """Return the key that signs now: MEADOW_DECISION_KEY, or the secret kept in the data folder."""
    environment = settings.ENVIRONMENT
    return signer_of(environment.decision_key or kept_secret(environment.home, SECRET_NAME))


@lru_cache(maxsize=4)
def signer_of(secret: str) -> Signer:
    """Return the key that a secret stands for (HKDF-SHA256, RFC 5869)."""
    seed = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes_raw()
    return Signer(key_id=key_id_of(public), public_key=public.hex(), _private=private)


def key_id_of(public_key: bytes) -> str:
    """Return the first 16 hexadecimal digits of a public key's SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:16]
