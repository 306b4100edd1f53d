"""One effect and one answer a key, however often and however concurrently a request is sent."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from meadow.core.errors import MeadowError
from meadow.core.models import IdempotencyKey
from meadow.core.transactions import umbrella_transaction

HEADER = "Idempotency-Key"
LONGEST_KEY = 255


class KeyReused(MeadowError):
    """The same key came with a different request."""

    status = 422
    code = "idempotency.key_reused"
    message = _("This idempotency key was used for a different request.")
    hint = _("Use a new key for a new request.")


class KeyUnusable(MeadowError):
    """The Idempotency-Key header is empty, too long or not plain text."""

    code = "idempotency.key_unusable"
    message = _("An idempotency key is 1 to {longest} printable ASCII characters.")


class KeyMissing(MeadowError):
    """A request that moves money came without an idempotency key."""

    code = "idempotency.key_missing"
    message = _("This request moves money and has no Idempotency-Key.")
    hint = _("Send a key of your own: with the same key again, nothing is moved twice.")


@dataclass(frozen=True)
class StoredAnswer:
    """The status and JSON body of an answer; `replayed` tells a retry from the first."""

    status: int
    body: Any
    replayed: bool = False


def run_once(
    *, person_id: int, key: str, fingerprint: str, action: Callable[[], StoredAnswer]
) -> StoredAnswer:
    """Run `action` once for this person and key, and replay its answer ever after.

    The key's row and the action commit together. A second request with the same key waits for the
    first: it replays the answer, or runs itself when the first failed. Raises KeyReused when the
    fingerprint differs; whatever `action` raises passes through and stores nothing.
    """
    with umbrella_transaction():
        if not _claim(person_id=person_id, key=key, fingerprint=fingerprint):
            return _replay(person_id=person_id, key=key, fingerprint=fingerprint)
        answer = action()
        IdempotencyKey.objects.filter(person_id=person_id, key=key).update(
            status=answer.status, body=answer.body
        )
        return answer


def run_request_once(
    request: HttpRequest, *, person_id: int, action: Callable[[], StoredAnswer]
) -> StoredAnswer:
    """Run a view's action once a key when the request names one, and plainly when it does not."""
    key = read_key(request)
    if key is None:
        return action()
    return run_once(
        person_id=person_id, key=key, fingerprint=fingerprint_request(request), action=action
    )


def read_key(request: HttpRequest) -> str | None:
    """Return the Idempotency-Key header. Raises KeyUnusable."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not 1 <= len(key) <= LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise KeyUnusable(longest=LONGEST_KEY)
    return str(key)


def demand_key(request: HttpRequest) -> str:
    """Return the Idempotency-Key header. Raises KeyMissing, KeyUnusable."""
    key = read_key(request)
    if key is None:
        raise KeyMissing
    return key


def demand_kept_key(request: HttpRequest) -> str:
    """Return what a row keeps of a request's key, so that there is one for it. Raises as `demand_key`.

    Apart from the keys of pages, which choose their own; a digest, because a key may be as long as a column.
    """
    return f"api-{hashlib.sha256(demand_key(request).encode()).hexdigest()}"


def fingerprint_request(request: HttpRequest) -> str:
    """Return what makes two requests the same: method, address and body (JSON in any spelling)."""
    body = request.body
    if request.content_type == "application/json":
        try:
            body = json.dumps(json.loads(body), sort_keys=True).encode()
        except ValueError:
            body = request.body
    parts = b"\n".join([str(request.method).encode(), request.get_full_path().encode(), body])
    return hashlib.sha256(parts).hexdigest()


def _claim(*, person_id: int, key: str, fingerprint: str) -> bool:
    """Insert the key's row; waits while another transaction holds the same key."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_idempotencykey (person_id, key, fingerprint) VALUES (%s, %s, %s)"
            " ON CONFLICT ON CONSTRAINT idempotency_key_once DO NOTHING",
            [person_id, key, fingerprint],
        )
        return bool(cursor.rowcount == 1)


def _replay(*, person_id: int, key: str, fingerprint: str) -> StoredAnswer:
    row = IdempotencyKey.objects.get(person_id=person_id, key=key)
    if row.fingerprint != fingerprint:
        raise KeyReused
    assert row.status is not None, "a committed key has its answer"  # noqa: S101
    return StoredAnswer(status=row.status, body=row.body, replayed=True)
