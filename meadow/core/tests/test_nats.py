"""One connection for many threads: stored before acknowledged, quick to say it is away."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import nats as nats_client
import pytest
from django.conf import settings

from meadow.core import nats as bridge
from meadow.core.errors import EngineUnavailable
from meadow.core.nats import jetstream_publish, nats_version, publish_event, read_credentials
from meadow.core.testing import race_threads
from meadow.runtime.testing import RunningEngines

STREAM = "CORETEST"
HINT = "corehint.a"
LAST_WORDS = f"""
from meadow.core.nats import publish_event
for word in (b"one", b"two", b"three"):
    publish_event("{HINT}", word)
"""


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

    assert time.monotonic() - began < 30


def test_it_comes_back_by_itself_when_the_server_does(nats: RunningEngines, stream: None) -> None:
    jetstream_publish("coretest.a", b"before")
    process, _signal = nats.started["nats"]

    os.kill(process.pid, signal.SIGSTOP)
    # Until all of its threads stand still it may answer once more.
    os.waitid(os.P_PID, process.pid, os.WSTOPPED)
    try:
        began = time.monotonic()
        with pytest.raises(EngineUnavailable):
            jetstream_publish("coretest.a", b"during")
        assert time.monotonic() - began < 30
    finally:
        os.kill(process.pid, signal.SIGCONT)

    deadline = time.monotonic() + 60
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


def heard_from(act: Callable[[], object], *, wanted: int, seconds: float = 60.0) -> list[bytes]:
    """Return what a subscriber hears of hints until it has `wanted` of them or the time is over."""

    async def listen() -> list[bytes]:
        heard: list[bytes] = []

        async def hear(message: Any) -> None:
            heard.append(message.data)

        client = await nats_client.connect(
            settings.ENVIRONMENT.nats_url,
            user_credentials=read_credentials(settings.ENVIRONMENT.nats_creds),
        )
        await client.subscribe(HINT, cb=hear)
        await client.flush()
        await asyncio.to_thread(act)
        deadline = time.monotonic() + seconds
        while len(heard) < wanted and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        await client.close()
        return heard

    return asyncio.run(listen())


def run_process(code: str, **variables: str) -> float:
    """Run a process of its own and return how long it took to end after its last line."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport time; print(time.time())"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "meadow.web.settings", **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return time.time() - float(done.stdout)


def test_the_last_words_of_a_process_that_ends_at_once_are_heard_in_order(stream: None) -> None:
    heard = heard_from(lambda: run_process(LAST_WORDS), wanted=3)

    assert heard == [b"one", b"two", b"three"]


def test_without_seeing_them_off_they_would_not_be_heard(stream: None) -> None:
    # There is never a connection at once; a machine that is busy elsewhere must not give it time.
    slowly = "import time\nfrom meadow.core import nats\nnats.server_url = lambda: time.sleep(60)"
    ends = "import os, time; print(time.time(), flush=True); os._exit(0)"
    hasty = f"{slowly}\n{LAST_WORDS}\n{ends}"

    assert heard_from(lambda: run_process(hasty), wanted=1, seconds=0.5) == []


def test_a_process_that_told_nothing_ends_at_once_while_nats_is_away(stream: None) -> None:
    quiet = "from meadow.core.nats import bridge\nbridge()"

    # Had it waited for NATS, it would have done so for as long as its patience lasts.
    assert run_process(quiet, NATS_URL="nats://127.0.0.1:1") < bridge.PATIENCE


@pytest.mark.slow
def test_a_process_ends_in_time_while_nats_is_away(stream: None) -> None:
    # Without its patience it would wait for ever; the rest is what a busy machine adds.
    assert run_process(LAST_WORDS, NATS_URL="nats://127.0.0.1:1") < 10 * bridge.PATIENCE


def test_what_is_told_before_there_is_a_connection_waits_for_it(
    monkeypatch: pytest.MonkeyPatch, stream: None
) -> None:
    url, told = bridge.server_url(), threading.Event()
    monkeypatch.setattr(bridge, "server_url", lambda: told.wait(60) and url)

    def tell() -> None:
        bridge.reset()
        publish_event(HINT, b"first")
        assert not bridge.bridge().connected.is_set()
        told.set()

    assert heard_from(tell, wanted=1) == [b"first"]


def test_while_nats_is_away_so_many_events_wait_and_no_more(
    monkeypatch: pytest.MonkeyPatch, stream: None
) -> None:
    bridge.reset()
    monkeypatch.setattr(bridge, "server_url", lambda: "nats://127.0.0.1:1")
    monkeypatch.setattr(bridge, "MOST_WAITING", 3)

    for number in range(9):
        publish_event(HINT, b"%d" % number)

    assert len(bridge.bridge().hints) <= 3


class Meeting(deque[Any]):
    """A queue into which two threads put something in the same moment."""

    def __init__(self) -> None:
        super().__init__()
        self.met = threading.Barrier(2)

    def append(self, thing: Any) -> None:
        super().append(thing)
        self.met.wait(60)


def test_two_messages_in_the_same_moment_wake_the_loop(stream: None) -> None:
    here = bridge.bridge()
    assert here.connected.wait(60)
    here.outbox = Meeting()

    outcomes = race_threads(lambda n: jetstream_publish("coretest.a", b"%d" % n), runners=2)

    assert outcomes == [None, None]
    assert sorted(asyncio.run(stored())) == [b"0", b"1"]
