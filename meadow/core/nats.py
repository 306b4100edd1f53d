"""One NATS connection a process, on a thread of its own, shared by every web thread."""

import asyncio
import atexit
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import nats.errors
from django.conf import settings
from nats.aio.client import Client, RawCredentials
from nats.js.client import JetStreamContext
from nats.js.errors import Error as JetStreamError
from nats.js.errors import NotFoundError

from meadow.core.errors import EngineUnavailable

R = TypeVar("R")
PATIENCE = 2.0
# Hints that wait while NATS is away: what comes beyond that is not told.
MOST_WAITING = 10_000
# The client sleeps on it, whatever its annotation says.
RECONNECT_SECONDS = 0.25
log = logging.getLogger("meadow.nats")


@dataclass(frozen=True)
class Message:
    """One message on its way into JetStream, and the future its sender waits on."""

    subject: str
    data: bytes
    message_id: str
    patience: float
    answer: "Future[int]"


@dataclass(frozen=True, slots=True)
class Hint:
    """A realtime event on its way; `until` is the moment (monotonic) from which it is not sent."""

    subject: str
    data: bytes
    until: float


@dataclass
class Bridge:
    """A background event loop that holds the connection, reconnecting for as long as it lives."""

    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    client: Client = field(default_factory=Client)
    outbox: deque[Message] = field(default_factory=deque)
    hints: deque[Hint] = field(default_factory=deque)
    sending: set[asyncio.Task[None]] = field(default_factory=set)
    telling: asyncio.Task[None] | None = None
    told_at: float | None = None
    woken: bool = False
    connected: threading.Event = field(default_factory=threading.Event)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    connecting: asyncio.Task[None] | None = None
    stream: JetStreamContext | None = None
    pid: int = field(default_factory=os.getpid)

    def start(self) -> None:
        """Start the thread; the first connection is tried at once and then for ever."""
        thread = threading.Thread(target=self._run, name="nats", daemon=True)
        thread.start()

    def run(self, work: Coroutine[Any, Any, R], *, timeout: float = PATIENCE) -> R:
        """Run a coroutine on the loop and wait. Raises EngineUnavailable when it takes too long."""
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result(timeout)
        except (TooSlow, CancelledError, nats.errors.Error, OSError) as away:
            future.cancel()
            raise EngineUnavailable(engine="nats") from away

    def post(self, message: Message) -> None:
        """Hand a message to the loop; many threads' messages leave together."""
        self.outbox.append(message)
        self._wake()

    def tell(self, hint: Hint) -> None:
        """Hand a hint to the loop: it leaves in its turn once there is a connection, or not at all."""
        if len(self.hints) >= MOST_WAITING and not self.connected.is_set():
            log.warning("too many events wait for NATS: one is not told")
            return
        self.told_at = time.monotonic()
        self.hints.append(hint)
        self._wake()

    def finish(self) -> None:
        """See what was told lately off, within PATIENCE: the process is about to end."""
        if self.told_at is None or time.monotonic() - self.told_at > PATIENCE:
            return
        try:
            self.run(self._see_off())
        except EngineUnavailable:
            log.warning("NATS is away: the last events are not told")

    def stop(self) -> None:
        """Close the connection and end the thread."""
        if self.loop.is_running():
            asyncio.run_coroutine_threadsafe(self._close(), self.loop)

    async def _close(self) -> None:
        tasks = [task for task in (self.connecting, self.telling) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1)
        await self.client.close()
        self.loop.stop()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.connecting = self.loop.create_task(self._connect())
        self.loop.run_forever()

    async def _connect(self) -> None:
        environment = settings.ENVIRONMENT
        options: dict[str, Any] = {}
        if environment.nats_creds:
            options["user_credentials"] = read_credentials(environment.nats_creds)
        # With no limit on attempts the first connection, too, is tried until it stands.
        while not self.client.is_connected:
            try:
                await self.client.connect(
                    server_url(),
                    name=f"meadow-{self.pid}",
                    connect_timeout=1,
                    reconnect_time_wait=RECONNECT_SECONDS,  # type: ignore[arg-type]
                    max_reconnect_attempts=-1,
                    ping_interval=5,
                    max_outstanding_pings=2,
                    error_cb=self._note_error,
                    disconnected_cb=self._note_lost,
                    reconnected_cb=self._note_back,
                    **options,
                )
            except (nats.errors.Error, OSError) as away:
                log.warning("NATS is away: %s", away)
                await asyncio.sleep(RECONNECT_SECONDS)
        self.stream = self.client.jetstream(timeout=PATIENCE)
        await self._note_back()

    async def _note_error(self, error: Exception) -> None:
        log.warning("NATS: %s", error)

    async def _note_lost(self) -> None:
        self.connected.clear()
        self.ready.clear()

    async def _note_back(self) -> None:
        self.connected.set()
        self.ready.set()

    def _wake(self) -> None:
        # The loop is woken once a batch: a wake-up a message would cost a system call each.
        if not self.woken:
            self.woken = True
            self.loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        # First: what is handed in after this wakes the loop again, what came before is seen below.
        self.woken = False
        while self.outbox:
            message = self.outbox.popleft()
            task = self.loop.create_task(self._send(message))
            self.sending.add(task)
            task.add_done_callback(self.sending.discard)
        if self.hints and (self.telling is None or self.telling.done()):
            self.telling = self.loop.create_task(self._tell())

    async def _tell(self) -> None:
        """Send hints in their order; while NATS is away each waits until it is too old."""
        lost = 0
        while self.hints:
            hint = self.hints.popleft()
            try:
                if not self.ready.is_set():
                    left = max(hint.until - time.monotonic(), 0)
                    await asyncio.wait_for(self.ready.wait(), left)
                await self.client.publish(hint.subject, hint.data)
            except (TimeoutError, nats.errors.Error, OSError):
                lost += 1
        if lost:
            log.warning("NATS was away: %d events were not told", lost)

    async def _see_off(self) -> None:
        self._drain()
        if self.telling is not None:
            await self.telling
        if self.ready.is_set():
            await self.client.flush()

    async def _send(self, message: Message) -> None:
        if self.stream is None or not self.client.is_connected:
            message.answer.set_exception(EngineUnavailable(engine="nats"))
            return
        headers = {"Nats-Msg-Id": message.message_id} if message.message_id else None
        try:
            ack = await self.stream.publish(
                message.subject, message.data, timeout=message.patience, headers=headers
            )
        except (nats.errors.Error, JetStreamError, OSError) as away:
            refusal = EngineUnavailable(engine="nats")
            refusal.__cause__ = away
            message.answer.set_exception(refusal)
        else:
            message.answer.set_result(ack.seq)


def server_url() -> str:
    """Return where NATS is."""
    return str(settings.ENVIRONMENT.nats_url)


_lock = threading.Lock()
_bridge: Bridge | None = None


def bridge() -> Bridge:
    """Return this process's bridge, started on first use; a forked child gets its own."""
    global _bridge
    found = _bridge
    if found is not None and found.pid == os.getpid():
        return found
    with _lock:
        if _bridge is None or _bridge.pid != os.getpid():
            _bridge = Bridge()
            _bridge.start()
        return _bridge


def reset() -> None:
    """Drop this process's connection, so that the next use reads the settings anew."""
    global _bridge
    with _lock:
        if _bridge is not None and _bridge.pid == os.getpid():
            _bridge.stop()
        _bridge = None


def _after_fork() -> None:
    global _bridge, _lock
    # The thread did not come along, and the lock may have been held by another one.
    _bridge, _lock = None, threading.Lock()


def _at_exit() -> None:
    # A child that was forked has no bridge before it uses its own.
    if _bridge is not None and _bridge.pid == os.getpid():
        _bridge.finish()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)


def publish_event(subject: str, data: bytes) -> None:
    """Send without waiting, also as the last thing a process does: it sees its events off.

    Lost when NATS is away for longer than PATIENCE, which its hearers must be able to bear.
    """
    bridge().tell(Hint(subject=subject, data=data, until=time.monotonic() + PATIENCE))


def jetstream_publish(subject: str, data: bytes, *, message_id: str = "") -> None:
    """Return once JetStream has stored the message.

    A `message_id` seen in the stream's duplicate window is stored once. Raises EngineUnavailable
    within about 2 s when NATS is away; the message may then be stored or not.
    """
    answer = jetstream_submit(subject, data, message_id=message_id)
    try:
        answer.result(PATIENCE)
    except TooSlow as slow:
        raise EngineUnavailable(engine="nats") from slow


def jetstream_submit(
    subject: str, data: bytes, *, message_id: str = "", patience: float = PATIENCE
) -> "Future[int]":
    """Send without waiting for the answer: the message's sequence once JetStream has stored it.

    The future raises EngineUnavailable as jetstream_publish does, for a large message after
    `patience` seconds. Raises it at once while NATS is away.
    """
    here = bridge()
    if not here.connected.wait(PATIENCE / 2):
        raise EngineUnavailable(engine="nats")
    message = Message(
        subject=subject, data=data, message_id=message_id, patience=patience, answer=Future()
    )
    here.post(message)
    return message.answer


def read_floor(*, stream: str, consumer: str) -> int | None:
    """Return up to which sequence a consumer has acknowledged; None while there is none.

    Raises EngineUnavailable when NATS is away.
    """
    here = bridge()
    if not here.connected.wait(PATIENCE / 2) or here.stream is None:
        raise EngineUnavailable(engine="nats")
    return here.run(_floor_of(here.stream, stream, consumer))


def is_drained(*, stream: str, consumer: str) -> bool:
    """Whether a consumer has acknowledged all that its stream holds; False while there is none.

    Raises EngineUnavailable when NATS is away.
    """
    here = bridge()
    if not here.connected.wait(PATIENCE / 2) or here.stream is None:
        raise EngineUnavailable(engine="nats")
    return here.run(_is_drained(here.stream, stream, consumer))


async def _is_drained(context: JetStreamContext, stream: str, consumer: str) -> bool:
    try:
        info = await context.consumer_info(stream, consumer)
    except NotFoundError:
        return False
    return not info.num_pending and not info.num_ack_pending


async def _floor_of(context: JetStreamContext, stream: str, consumer: str) -> int | None:
    try:
        info = await context.consumer_info(stream, consumer)
    except NotFoundError:
        return None
    return info.ack_floor.stream_seq if info.ack_floor else 0


def nats_version() -> str:
    """Return the version of the server we are connected to. Raises EngineUnavailable."""
    here = bridge()
    if not here.connected.wait(PATIENCE / 2):
        raise EngineUnavailable(engine="nats")
    here.run(here.client.flush(timeout=1))
    found = here.client.connected_server_version
    return f"{found.major}.{found.minor}.{found.patch}"


def read_credentials(value: str) -> str | RawCredentials:
    """Return credentials as the client takes them: a file's path, or the text itself."""
    if value.lstrip().startswith("-----BEGIN"):
        return RawCredentials(value)
    return str(Path(value).expanduser())
