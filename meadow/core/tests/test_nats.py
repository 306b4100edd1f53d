"""One connection for many threads: stored before acknowledged, quick to say it is away."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator

import nats as nats_client
import pytest
from django.conf import settings

from meadow.core import nats as bridge
from meadow.core.errors import EngineUnavailable
from meadow.core.nats import jetstream_publish, nats_version, publish_event, read_credentials
from meadow.core.testing import race_threads
from meadow.runtime.testing import RunningEngines

STREAM = "CORETEST"


@pytest.fixture
def stream(nats: RunningEngines) -> Iterator[None]:
    asyncio.run(make_stream())
    yield
    bridge.reset()


async def make_stream() -> None:
    client = await nats_client.connect(
        settings.ENVIRONMENT.nats_url,
        user_credentials=read_credentials(settings.ENVIRONMENT.nats_creds),
    )
    jetstream = client.jetstream()
    names = [info.config.name for info in await jetstream.streams_info()]
    if STREAM in names:
        await jetstream.purge_stream(STREAM)
    else:
        await jetstream.add_stream(name=STREAM, subjects=["coretest.>"])
    await client.close()


async def stored() -> list[bytes]:
    client = await nats_client.connect(
        settings.ENVIRONMENT.nats_url,
        user_credentials=read_credentials(settings.ENVIRONMENT.nats_creds),
    )
    jetstream = client.jetstream()
    state = (await jetstream.stream_info(STREAM)).state
    found = []
    for place in range(state.first_seq, state.last_seq + 1):
        message = await jetstream.get_msg(STREAM, place)
        found.append(message.data or b"")
    await client.close()
    return found


def test_what_many_threads_publish_is_stored_when_they_return(stream: None) -> None:
    outcomes = race_threads(
        lambda number: jetstream_publish("coretest.a", b"%d" % number), runners=40
    )

    assert outcomes == [None] * 40
    assert sorted(int(data) for data in asyncio.run(stored())) == list(range(40))


def test_one_message_id_is_stored_once(stream: None) -> None:
    jetstream_publish("coretest.a", b"first", message_id="same")
    jetstream_publish("coretest.a", b"again", message_id="same")

    assert asyncio.run(stored()) == [b"first"]


def test_a_subject_that_no_stream_keeps_is_refused(stream: None) -> None:
    with pytest.raises(EngineUnavailable):
        jetstream_publish("nowhere.at.all", b"x")


def test_the_server_says_its_version(stream: None) -> None:
    assert nats_version().startswith("2.")


def test_when_nats_is_away_it_says_so_within_two_seconds(
    monkeypatch: pytest.MonkeyPatch, stream: None
) -> None:
    bridge.reset()
    monkeypatch.setattr(bridge, "server_url", lambda: "nats://127.0.0.1:1")

    began = time.monotonic()
    with pytest.raises(EngineUnavailable):
        jetstream_publish("coretest.a", b"x")
    publish_event("coretest.a", b"x")

    assert time.monotonic() - began < 2.5


def test_it_comes_back_by_itself_when_the_server_does(nats: RunningEngines, stream: None) -> None:
    jetstream_publish("coretest.a", b"before")
    process, _signal = nats.started["nats"]

    os.kill(process.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(EngineUnavailable):
            jetstream_publish("coretest.a", b"during")
        assert time.monotonic() - began < 3.5
    finally:
        os.kill(process.pid, signal.SIGCONT)

    deadline = time.monotonic() + 20
    while True:
        try:
            jetstream_publish("coretest.a", b"after")
            break
        except EngineUnavailable:
            assert time.monotonic() < deadline, "it never came back"
    kept = asyncio.run(stored())
    assert kept[0] == b"before"
    assert kept[-1] == b"after"


def test_a_forked_process_gets_a_connection_of_its_own(stream: None) -> None:
    jetstream_publish("coretest.a", b"parent")

    child = os.fork()
    if child == 0:
        try:
            jetstream_publish("coretest.a", b"child")
            os._exit(0)
        finally:
            os._exit(1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert sorted(asyncio.run(stored())) == [b"child", b"parent"]
