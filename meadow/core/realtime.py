"""Realtime for one person at a time: events to their own subject, credentials that only listen."""

import datetime as dt
import re
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings
from django.db import connection

from meadow.core.errors import EngineUnavailable
from meadow.core.models import GrantEpoch
from meadow.core.nats import publish_event
from meadow.core.transactions import run_after_commit, transaction_required
from meadow.runtime.tokens import sign_user_jwt

LIFETIME = dt.timedelta(minutes=10)
EPOCH_CACHE_SECONDS = 1.0
LARGEST_CACHE = 10_000
LARGEST_EVENT = 4096
PEOPLE_A_QUESTION = 1000
KIND = re.compile(r"^[a-z_]+(\.[a-z_]+)*$")


@dataclass(frozen=True)
class Credentials:
    """What a browser needs to listen: where, with which token, to which subjects, until when."""

    url: str
    jwt: str
    subjects: list[str]
    expires_at: dt.datetime


@dataclass(frozen=True)
class Grant:
    """The subject prefix a person is reached under now."""

    channel: str
    epoch: int

    def subject(self, tail: str) -> str:
        """Return the full subject of a kind of event, or of a wildcard."""
        return f"person.{self.channel}.{self.epoch}.{tail}"


Gate = Callable[[Sequence[int]], Sequence[int]]

_gates: dict[str, Gate] = {}
_grants: dict[int, tuple[float, Grant]] = {}
_grants_lock = threading.Lock()


def register_gate(family: str, gate: Gate) -> None:
    """Tell events of a family (the first word of their kind) only to whom `gate` returns.

    It is asked at each event, so whoever is let in no more hears nothing more, on whichever
    connection; and their other events reach them as before.
    """
    _gates[family] = gate


def list_gated() -> list[str]:
    """Return the families of events that a gate stands before."""
    return sorted(_gates)


def publish(*, person_id: int, kind: str, payload: dict[str, Any]) -> None:
    """Tell a person's open pages that something changed, once the open use case has committed.

    Events are hints: a page refetches, nothing is lost for good when one is not heard.
    """
    data = _pack(kind, payload)

    def tell() -> None:
        if _let_in(kind, [person_id]):
            publish_event(_recent_grant(person_id).subject(kind), data)

    run_after_commit(tell)


def publish_many(*, person_ids: Sequence[int], kind: str, payload: dict[str, Any]) -> None:
    """Tell many people's open pages the same, as `publish` does, with a query a thousand people.

    Whoever never listened has no subject yet, and is passed over.
    """
    data = _pack(kind, payload)

    def tell() -> None:
        for start in range(0, len(person_ids), PEOPLE_A_QUESTION):
            some = _let_in(kind, person_ids[start : start + PEOPLE_A_QUESTION])
            grants = GrantEpoch.objects.filter(pk__in=some).values_list("channel", "epoch")
            for channel, epoch in grants:
                publish_event(Grant(channel=channel, epoch=epoch).subject(kind), data)

    run_after_commit(tell)


@transaction_required
def revoke(person_id: int) -> None:
    """Silence every credential of a person that is still alive: events go to a new epoch.

    Web processes learn it within a second (their grants are cached that long).
    """
    _read_grant(person_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_grantepoch SET epoch = epoch + 1 WHERE person_id = %s", [person_id]
        )
    run_after_commit(lambda: forget_grant(person_id))


def mint_credentials(*, person_id: int, now: dt.datetime) -> Credentials:
    """Return credentials for one browser: its person's subjects, WebSocket only, 10 minutes.

    Raises EngineUnavailable when this installation has no signing key.
    """
    environment = settings.ENVIRONMENT
    if not environment.nats_account_seed:
        raise EngineUnavailable(engine="nats")
    grant = _read_grant(person_id)
    subjects = [grant.subject(">")]
    expires_at = now + LIFETIME
    claims: dict[str, Any] = {
        "iat": int(now.timestamp()),
        "exp": int(expires_at.timestamp()),
        "name": grant.channel,
        "nats": {
            "pub": {"deny": [">"]},
            "sub": {"allow": subjects},
            "subs": 10,
            "bearer_token": True,
            "allowed_connection_types": ["WEBSOCKET"],
        },
    }
    return Credentials(
        url=environment.realtime_url,
        jwt=sign_user_jwt(environment.nats_account_seed, claims),
        subjects=subjects,
        expires_at=expires_at,
    )


def _let_in(kind: str, person_ids: Sequence[int]) -> Sequence[int]:
    gate = _gates.get(kind.partition(".")[0])
    return gate(person_ids) if gate else person_ids


def _pack(kind: str, payload: dict[str, Any]) -> bytes:
    if not KIND.match(kind):
        raise ValueError(f"{kind!r} is not a kind of event")
    data = orjson.dumps({"kind": kind, **payload})
    if len(data) > LARGEST_EVENT:
        raise ValueError(f"a realtime event is a hint of at most {LARGEST_EVENT} bytes")
    return data


def forget_grant(person_id: int) -> None:
    """Drop a cached grant in this process."""
    with _grants_lock:
        _grants.pop(person_id, None)


def _recent_grant(person_id: int) -> Grant:
    now = time.monotonic()
    found = _grants.get(person_id)
    if found and now - found[0] < EPOCH_CACHE_SECONDS:
        return found[1]
    grant = _read_grant(person_id)
    with _grants_lock:
        if len(_grants) >= LARGEST_CACHE:
            _grants.clear()
        _grants[person_id] = (now, grant)
    return grant


def _read_grant(person_id: int) -> Grant:
    found = GrantEpoch.objects.filter(pk=person_id).values_list("channel", "epoch").first()
    if found is None:
        made = GrantEpoch(person_id=person_id, channel=secrets.token_hex(12))
        GrantEpoch.objects.bulk_create([made], ignore_conflicts=True)
        rows = GrantEpoch.objects.filter(pk=person_id).values_list("channel", "epoch")
        # Somebody who is being erased may be gone again by now: then nobody hears, and that is fine.
        found = rows.first() or (made.channel, made.epoch)
    return Grant(channel=found[0], epoch=found[1])
