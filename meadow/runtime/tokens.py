"""Sign NATS JWTs: operator, accounts and the short-lived users that browsers become."""

import base64
import hashlib
import json
import os
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

import nkeys

Role = Literal["operator", "account", "user"]

PREFIXES: dict[Role, int] = {
    "operator": nkeys.PREFIX_BYTE_OPERATOR,
    "account": nkeys.PREFIX_BYTE_ACCOUNT,
    "user": nkeys.PREFIX_BYTE_USER,
}
NO_LIMIT = -1
HEADER = {"typ": "JWT", "alg": "ed25519-nkey"}


def new_seed(role: Role) -> str:
    """Return a fresh ed25519 seed in NATS's spelling (SO…, SA…, SU…)."""
    return str(nkeys.encode_seed(os.urandom(32), PREFIXES[role]).decode())


def public_key(seed: str) -> str:
    """Return the public key (O…, A…, U…) of a seed."""
    return str(_key_pair(seed).public_key.decode())


def sign_user_jwt(account_seed: str, claims: Mapping[str, Any]) -> str:
    """Return a user JWT signed by the account.

    `claims` are the JWT's own: `nats` (permissions), `exp` and `iat` (seconds), `name`. Without
    `sub` a throwaway user key is made, which is all that a bearer token needs.
    """
    subject = claims.get("sub") or public_key(new_seed("user"))
    body = {"sub": subject, **claims}
    body["nats"] = {
        "subs": NO_LIMIT,
        "data": NO_LIMIT,
        "payload": NO_LIMIT,
        **claims.get("nats", {}),
        "type": "user",
        "version": 2,
    }
    return sign_jwt(account_seed, body)


def sign_jwt(issuer_seed: str, claims: Mapping[str, Any]) -> str:
    """Return a JWT in NATS's form (jwt v2, ed25519-nkey), with issuer and id filled in."""
    pair = _key_pair(issuer_seed)
    body = {"iat": int(time.time()), **claims, "iss": pair.public_key.decode()}
    digest = hashlib.sha512(_json(body)).digest()[:32]
    body["jti"] = base64.b32encode(digest).decode().rstrip("=")
    signed = f"{_base64(_json(HEADER))}.{_base64(_json(body))}"
    return f"{signed}.{_base64(pair.sign(signed.encode()))}"


def operator_jwt(*, operator_seed: str, system_account: str) -> str:
    """Return the self-signed JWT of the operator, naming its system account."""
    nats = {"type": "operator", "version": 2, "system_account": system_account}
    claims = {"sub": public_key(operator_seed), "name": "meadow", "nats": nats}
    return sign_jwt(operator_seed, claims)


def account_jwt(*, operator_seed: str, account: str, name: str, jetstream: bool) -> str:
    """Return an account's JWT; only one with `jetstream` may store anything."""
    limits = dict.fromkeys(
        ("subs", "data", "payload", "imports", "exports", "conn", "leaf"), NO_LIMIT
    )
    limits["wildcards"] = True
    if jetstream:
        stored = ("mem_storage", "disk_storage", "streams", "consumer", "max_ack_pending")
        limits |= dict.fromkeys(stored, NO_LIMIT)
    permissions: dict[str, Any] = {"pub": {}, "sub": {}}
    nats = {
        "limits": limits,
        "default_permissions": permissions,
        "type": "account",
        "version": 2,
    }
    return sign_jwt(operator_seed, {"sub": account, "name": name, "nats": nats})


def service_creds(*, account_seed: str) -> str:
    """Return the credentials file of our own processes: everything, but never from a browser."""
    user_seed = new_seed("user")
    allowed = {"allowed_connection_types": ["STANDARD"], "pub": {}, "sub": {}}
    claims = {"sub": public_key(user_seed), "name": "meadow-service", "nats": allowed}
    token = sign_user_jwt(account_seed, claims)
    return (
        f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user_seed}\n------END USER NKEY SEED------\n"
    )


@lru_cache(maxsize=64)
def _key_pair(seed: str) -> Any:
    return nkeys.from_seed(bytearray(seed, "ascii"))


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
