"""Credentials that only listen to one's own subject, and hear nothing once they are revoked."""

import asyncio
import datetime as dt
import json
import time
from collections.abc import Iterator
from typing import Any

import nats as nats_client
import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from nats.aio.client import Client
from nats.aio.msg import Msg

from meadow.core import clock, realtime
from meadow.core import nats as bridge
from meadow.core.errors import NotSignedIn
from meadow.core.models import GrantEpoch
from meadow.core.realtime import (
    Credentials,
    mint_credentials,
    publish,
    publish_many,
    revoke,
)
from meadow.core.transactions import TransactionMissing, transaction
from meadow.core.views import realtime_credentials
from meadow.runtime.testing import RunningEngines

ANN, BEN = 101, 102


@pytest.fixture
def channel(nats: RunningEngines, transactional_db: None) -> Iterator[None]:
    realtime.forget_grant(ANN)
    realtime.forget_grant(BEN)
    bridge.bridge().connected.wait(60)
    yield
    bridge.reset()


class Listener:
    """A browser's worth of client over the WebSocket listener."""

    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials
        self.heard: list[tuple[str, Any]] = []
        self.refusals: list[str] = []
        self.client = Client()

    async def connect(self) -> None:
        await self.client.connect(
            self.credentials.url,
            user_jwt_cb=lambda: bytearray(self.credentials.jwt.encode()),
            signature_cb=lambda nonce: b"",
            error_cb=self._refused,
            allow_reconnect=False,
            connect_timeout=30,
        )

    async def listen(self, subject: str) -> None:
        await self.client.subscribe(subject, cb=self._hear)
        await self.client.flush()

    async def _hear(self, message: Msg) -> None:
        self.heard.append((message.subject, json.loads(message.data)))

    async def _refused(self, error: Exception) -> None:
        self.refusals.append(str(error))


async def wait_for(what: Any, seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while not what() and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
    return bool(what())


def tell(person_id: int, count: int) -> None:
    with transaction():
        publish(person_id=person_id, kind="note.reads", payload={"count": count})


def test_a_person_hears_what_is_published_to_them_after_commit(channel: None) -> None:
    credentials = mint_credentials(person_id=ANN, now=clock.now())

    async def story() -> list[tuple[str, Any]]:
        ann = Listener(credentials)
        await ann.connect()
        await ann.listen(credentials.subjects[0])
        await asyncio.to_thread(tell, ANN, 3)
        await asyncio.to_thread(tell, BEN, 4)
        await wait_for(lambda: ann.heard)
        await asyncio.sleep(0.2)
        await ann.client.close()
        return ann.heard

    grant = credentials.subjects[0].removesuffix(">")
    assert asyncio.run(story()) == [(grant + "note.reads", {"kind": "note.reads", "count": 3})]


def test_many_hear_the_same_and_whoever_never_listened_is_passed_over(
    channel: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(realtime, "PEOPLE_A_QUESTION", 2)
    ann, ben = (mint_credentials(person_id=one, now=clock.now()) for one in (ANN, BEN))
    strangers = [901, 902, 903]

    def tell_all() -> None:
        with transaction():
            publish_many(person_ids=[ANN, *strangers, BEN], kind="notifications.new", payload={})

    async def story() -> list[list[tuple[str, Any]]]:
        listeners = [Listener(ann), Listener(ben)]
        for listener in listeners:
            await listener.connect()
            await listener.listen(listener.credentials.subjects[0])
        await asyncio.to_thread(tell_all)
        await wait_for(lambda: all(listener.heard for listener in listeners))
        for listener in listeners:
            await listener.client.close()
        return [listener.heard for listener in listeners]

    assert [[payload for _, payload in heard] for heard in asyncio.run(story())] == [
        [{"kind": "notifications.new"}],
        [{"kind": "notifications.new"}],
    ]
    assert not GrantEpoch.objects.filter(pk__in=strangers).exists()


def test_nothing_is_heard_of_a_use_case_that_rolled_back(channel: None) -> None:
    credentials = mint_credentials(person_id=ANN, now=clock.now())

    def fail() -> None:
        with transaction():
            publish(person_id=ANN, kind="note.reads", payload={"count": 1})
            raise ZeroDivisionError

    async def story() -> list[tuple[str, Any]]:
        ann = Listener(credentials)
        await ann.connect()
        await ann.listen(credentials.subjects[0])
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(fail)
        await asyncio.to_thread(tell, ANN, 2)
        await wait_for(lambda: ann.heard)
        await ann.client.close()
        return ann.heard

    assert [payload["count"] for _, payload in asyncio.run(story())] == [2]


def test_a_foreign_subject_and_every_publish_are_refused(channel: None) -> None:
    ann = mint_credentials(person_id=ANN, now=clock.now())
    ben = mint_credentials(person_id=BEN, now=clock.now())

    async def story() -> tuple[list[str], list[tuple[str, Any]]]:
        listener = Listener(ann)
        await listener.connect()
        for subject in (ben.subjects[0], "person.>", ">", "$JS.API.>", "_INBOX.>"):
            await listener.listen(subject)
        own = ann.subjects[0].removesuffix(">") + "note.reads"
        await listener.client.publish(own, b"{}")
        await listener.client.flush()
        await asyncio.to_thread(tell, BEN, 1)
        await wait_for(lambda: len(listener.refusals) >= 6)
        await asyncio.sleep(0.2)
        await listener.client.close()
        return listener.refusals, listener.heard

    refusals, heard = asyncio.run(story())
    assert heard == []
    assert sum("subscription" in refusal.lower() for refusal in refusals) == 5
    assert sum("publish" in refusal.lower() for refusal in refusals) == 1


def test_a_credential_still_alive_hears_nothing_once_it_is_revoked(channel: None) -> None:
    credentials = mint_credentials(person_id=ANN, now=clock.now())

    def withdraw() -> None:
        with transaction():
            revoke(ANN)

    async def story() -> list[int]:
        ann = Listener(credentials)
        await ann.connect()
        await ann.listen(credentials.subjects[0])
        await asyncio.to_thread(tell, ANN, 1)
        await wait_for(lambda: ann.heard)
        await asyncio.to_thread(withdraw)
        await asyncio.to_thread(tell, ANN, 2)
        await asyncio.sleep(0.5)
        await ann.client.close()
        return [payload["count"] for _, payload in ann.heard]

    assert asyncio.run(story()) == [1]
    fresh = mint_credentials(person_id=ANN, now=clock.now())
    assert fresh.subjects != credentials.subjects


def test_another_process_learns_of_a_revocation_within_the_cache_time(
    channel: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert realtime.EPOCH_CACHE_SECONDS <= 1
    # However long the machine takes for what follows.
    monkeypatch.setattr(realtime, "EPOCH_CACHE_SECONDS", 600.0)
    tell(ANN, 1)
    before = realtime._recent_grant(ANN)

    # Another process bumps the epoch: nothing here is told to forget.
    GrantEpoch.objects.filter(pk=ANN).update(epoch=before.epoch + 1)

    assert realtime._recent_grant(ANN) == before
    read_at, grant = realtime._grants[ANN]
    realtime._grants[ANN] = (read_at - realtime.EPOCH_CACHE_SECONDS, grant)
    assert realtime._recent_grant(ANN).epoch == before.epoch + 1


def test_a_credential_works_over_the_websocket_only(channel: None) -> None:
    credentials = mint_credentials(person_id=ANN, now=clock.now())
    plain = Credentials(
        url=settings.ENVIRONMENT.nats_url,
        jwt=credentials.jwt,
        subjects=credentials.subjects,
        expires_at=credentials.expires_at,
    )

    with pytest.raises(nats_client.errors.Error):
        asyncio.run(Listener(plain).connect())


def test_an_expired_credential_is_refused(channel: None) -> None:
    expired = mint_credentials(person_id=ANN, now=clock.now() - dt.timedelta(minutes=11))

    with pytest.raises(nats_client.errors.Error):
        asyncio.run(Listener(expired).connect())


@pytest.mark.django_db
def test_revoking_is_a_step_of_a_use_case() -> None:
    with pytest.raises(TransactionMissing):
        revoke(ANN)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["", "note.>", "note.*", "note reads", "Note", ".note", "note."])
def test_a_kind_that_is_no_plain_word_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match="not a kind"):
        publish(person_id=ANN, kind=kind, payload={})


@pytest.mark.django_db
def test_a_large_event_is_refused() -> None:
    with pytest.raises(ValueError, match="hint"):
        publish(person_id=ANN, kind="note.reads", payload={"text": "x" * 5000})


@pytest.mark.django_db
def test_a_stranger_gets_no_credentials() -> None:
    request = RequestFactory().post("/realtime/credentials")
    request.user = AnonymousUser()

    with pytest.raises(NotSignedIn):
        realtime_credentials(request)
    assert GrantEpoch.objects.count() == 0
