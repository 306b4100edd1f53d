"""From the stream into the warehouse: each acknowledged fact exactly once, whatever is killed when.

The order is: read a batch, drop what is stored, judge, insert, acknowledge; within half a minute the
archive has it too, and only then the stream may forget it (archiving.py). The insert is one atomic,
synced data part a month, and each row carries `batch`, the stream's sequence at which its batch
began. So the warehouse itself knows how far it has come:

- Killed before the insert: nothing is stored, and the next start reads the batch again.
- Killed after the insert and before the acknowledgement (or between the parts of two months): the
  next start reads the same batch again, and what is stored is dropped by its fact id.
- The acknowledgement or the consumer is lost: neither is ever believed. A start makes the consumer
  anew at the place that the warehouse's own rows name; an empty warehouse has loaded the archive
  and reads from where that ends, which is all that a rebuild is.
- The stream was lost and begun anew: `life` (its creation time) differs, so reading starts at its
  beginning, and older rows stay.

Batches are read one at a time and in order, so that every message before `batch` is stored in full.
"""

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, Final

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import Error as JetStreamError
from nats.js.errors import NotFoundError

from meadow.analytics.archive import Archive
from meadow.analytics.columns import FACT_SCHEMA, rows_to_table
from meadow.analytics.facts import CONSUMER, STREAM, SUBJECTS
from meadow.analytics.warehouse.archiving import Archiver
from meadow.analytics.warehouse.store import ChdbError, Store
from meadow.analytics.warehouse.storing import Read, Stored, StreamMessage, store_batch, try_to_read

LINGER_SECONDS: Final = 0.05
# About 30,000 facts of some 130 bytes; a message is at most a beacon of 200, or a table of an import.
MOST_BYTES: Final = 4_000_000
MESSAGES_A_FETCH: Final = 50
FETCH_SECONDS: Final = 1.0
IDLE_SECONDS: Final = 2.0
RETRY_SECONDS: Final = 0.5
# Long: a start never waits for it, and a slow disk must not make the stream repeat itself.
ACK_WAIT_SECONDS: Final = 300.0
NATS_TROUBLE: Final = (nats.errors.Error, JetStreamError, OSError)

log = logging.getLogger("meadow.warehouse.ingest")


@dataclass
class Ingest:
    """Reads the stream for as long as it runs; `on_stored` hears what each batch added, and when."""

    store: Store
    archiver: Archiver
    client: Client
    executor: Executor
    now: Callable[[], dt.datetime]
    on_stored: Callable[[Stored, dt.datetime], None]
    stopping: asyncio.Event
    life: int = 0
    behind: bool = False  # whether the stream held more than one batch when it was last asked
    caught_up: asyncio.Event = field(default_factory=asyncio.Event)
    latest_inserted_at: dt.datetime | None = None
    _target: int = 0
    _delivered: int = 0

    async def run(self) -> None:
        """Read until `stopping` is set; trouble with the stream or the disk is tried again."""
        while not self.stopping.is_set():
            try:
                subscription = await self._attach()
                try:
                    await self._read(subscription)
                finally:
                    await subscription.unsubscribe()
            except NATS_TROUBLE as trouble:
                log.warning("the stream is away: %s", trouble or type(trouble).__name__)
                await self._pause(RETRY_SECONDS)

    async def _attach(self) -> Any:
        """Make sure of stream and consumer, and subscribe where the warehouse left off."""
        stream = self.client.jetstream(timeout=5)
        info = await ensure_stream(stream)
        self.life = life_of(info)
        loop = asyncio.get_running_loop()
        start = await loop.run_in_executor(
            self.executor, find_start, self.store, self.archiver.archive, self.life
        )
        await self.archiver.begin(life=self.life, start=start)
        self._target = info.state.last_seq
        if start > self._target:
            self.caught_up.set()
        try:
            await stream.delete_consumer(STREAM, CONSUMER)
        except NotFoundError:
            log.info("the first reader of this stream")
        self._delivered = 0
        log.info("reading %s from message %d of %d", STREAM, start, self._target)
        return await stream.pull_subscribe(
            SUBJECTS,
            durable=CONSUMER,
            stream=STREAM,
            config=ConsumerConfig(
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=start,
                # One acknowledgement a batch: it stands for everything before it.
                ack_policy=AckPolicy.ALL,
                ack_wait=ACK_WAIT_SECONDS,
                max_ack_pending=100_000,
            ),
        )

    async def _read(self, subscription: Any) -> None:
        """Store batch after batch; the next is fetched and read while one is stored."""
        coming = asyncio.ensure_future(self._gather_and_read(subscription))
        try:
            while not self.stopping.is_set():
                batch, read = await coming
                coming = asyncio.ensure_future(self._gather_and_read(subscription))
                if batch:
                    await self._take(batch, read)
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)

    async def _gather_and_read(self, subscription: Any) -> tuple[list[Msg], Read | None]:
        messages = await self._gather(subscription)
        # On a thread of its own: the writer's is busy with the batch before.
        read = await asyncio.to_thread(try_to_read, [as_stored(one) for one in messages])
        return messages, read

    async def _take(self, messages: Sequence[Msg], read: Read | None) -> None:
        """Store messages and acknowledge them."""
        self._check_order(messages)
        batch = [as_stored(one) for one in messages]
        await self._store(batch, read)
        await messages[-1].ack()
        if batch[-1].seq >= self._target:
            self.caught_up.set()

    def _check_order(self, messages: Sequence[Msg]) -> None:
        """Raise Gap unless every delivery is the next one: the place to go on is their order."""
        for message in messages:
            self._delivered += 1
            if message.metadata.sequence.consumer != self._delivered:
                raise Gap(f"delivery {message.metadata.sequence.consumer} is not the next one")

    async def _gather(self, subscription: Any) -> list[Msg]:
        """Return about 50 ms of messages, or 30,000 facts, whichever comes first."""
        messages = await fetch(subscription, 1, IDLE_SECONDS)
        if not messages:
            self.behind = False
            # An idle consumer and one that is gone look alike from here.
            await subscription.consumer_info()
            return []
        await self._pause(LINGER_SECONDS)
        size = len(messages[0].data)
        pending = (await subscription.consumer_info()).num_pending
        # What is pending is there to be had: no wait runs into its limit.
        while pending and size < MOST_BYTES:
            more = await fetch(subscription, min(pending, MESSAGES_A_FETCH), FETCH_SECONDS)
            messages += more
            size += sum(len(message.data) for message in more)
            pending = more[-1].metadata.num_pending if more else 0
        self.behind = pending > 0
        return messages

    async def _store(self, batch: Sequence[StreamMessage], read: Read | None) -> None:
        """Store one batch; a full disk only means that it is tried until there is room."""
        loop = asyncio.get_running_loop()
        while True:
            at = self._tick()
            try:
                stored = await loop.run_in_executor(
                    self.executor,
                    lambda at=at: store_batch(  # type: ignore[misc]
                        self.store, batch, life=self.life, inserted_at=at, read=read
                    ),
                )
            except ChdbError as refused:
                log.error("the warehouse did not take a batch: %s", refused)
                if self.stopping.is_set():
                    raise NotStored from refused
                await self._pause(RETRY_SECONDS)
            else:
                self.archiver.add(stored, covered=batch[-1].seq)
                self.on_stored(stored, at)
                return

    def _tick(self) -> dt.datetime:
        """Return a time that only moves forward, also when the clock does not."""
        at = self.now()
        if self.latest_inserted_at is not None and at <= self.latest_inserted_at:
            at = self.latest_inserted_at + dt.timedelta(microseconds=1)
        self.latest_inserted_at = at
        return at

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return


class NotStored(nats.errors.Error):
    """We stop with a batch in hand that was not stored and so is not acknowledged."""


class Gap(nats.errors.Error):
    """A message on its way to us was lost; reading starts over at the last stored batch."""


async def ensure_stream(stream: Any) -> Any:
    """Make the stream of facts unless it exists, and return what is known of it.

    It keeps every message until the owner says that the archive has it.
    """
    try:
        return await stream.stream_info(STREAM)
    except NotFoundError:
        return await stream.add_stream(
            StreamConfig(
                name=STREAM,
                subjects=[SUBJECTS],
                storage=StorageType.FILE,
                retention=RetentionPolicy.LIMITS,
                # Full is an error that the sender hears, never a silent loss of the oldest.
                discard=DiscardPolicy.NEW,
            )
        )


def make_forgetter(client: Client) -> Callable[[int, int], Any]:
    """Return what lets one life of the stream forget every message up to one.

    A stream that was begun anew meanwhile counts from 1 again: its messages are others.
    """

    async def forget(life: int, last: int) -> None:
        stream = client.jetstream(timeout=30)
        if life_of(await stream.stream_info(STREAM)) == life:
            await stream.purge_stream(STREAM, seq=last + 1)

    return forget


def warm_up() -> None:
    """Make pyarrow load what it loads at its first array, so that the first fact need not wait."""
    rows_to_table([], FACT_SCHEMA)


def as_stored(message: Msg) -> StreamMessage:
    """Return a message as it stands in the stream."""
    return StreamMessage(message.metadata.sequence.stream, message.data)


async def fetch(subscription: Any, most: int, seconds: float) -> list[Msg]:
    """Return what the stream has within `seconds`, which may be nothing."""
    try:
        messages: list[Msg] = await subscription.fetch(most, timeout=seconds)
    except (TimeoutError, nats.errors.TimeoutError):
        return []
    return messages


def life_of(info: Any) -> int:
    """Return which life of the stream this is: its creation in microseconds since 1970."""
    created: dt.datetime = info.created
    return round(created.timestamp() * 1_000_000)


def find_start(store: Store, archive: Archive, life: int) -> int:
    """Return the sequence to read from: the last batch again, because it may be half stored.

    What is archived was stored in full before, and was loaded if it was lost since.
    """
    rows = store.query(
        "SELECT greatest((SELECT max(batch) FROM facts WHERE life = {life:Int64}),"
        " (SELECT max(batch) FROM verdicts WHERE life = {life:Int64}))",
        params={"life": str(life)},
    )
    return max(1, int(rows[0][0]), archive.last_message(life) + 1)
