"""One warehouse in this process, one NATS, and a real warehouse process for those who kill it."""

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import Any

import nats as nats_client
import pytest
from aiohttp import web
from django.db import connection

from meadow.analytics.archive import Archive
from meadow.analytics.facts import (
    STREAM,
    SUBJECT_WEB,
    Fact,
    Verdict,
    encode_facts,
    encode_verdicts,
)
from meadow.analytics.testing import LiveWarehouse, make_fact
from meadow.analytics.warehouse import client
from meadow.analytics.warehouse.http import Account, make_app
from meadow.analytics.warehouse.ingest import ensure_stream
from meadow.analytics.warehouse.rollups import (
    Mark,
    find_latest,
    find_uncounted,
    read_mark,
    recount,
    write_mark,
)
from meadow.analytics.warehouse.store import Store
from meadow.analytics.warehouse.storing import StreamMessage, store_batch
from meadow.core.durable_files import DurableFiles
from meadow.runtime import processes
from meadow.runtime.testing import RunningEngines, start_engines


@pytest.fixture
def store(opened_store: Store) -> Store:
    """An empty warehouse."""
    empty(opened_store)
    return opened_store


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An empty archive in a folder of its own."""
    return Archive(DurableFiles(location=tmp_path / "archive"))


def empty(store: Store) -> None:
    """Forget all facts, and what was counted of them."""
    with store.connection() as chdb:
        for table in ("facts", "verdicts", "rollup", "rollup_marks", "frozen", "loaded_segments"):
            chdb.query(f"TRUNCATE TABLE {table}")


def feed(store: Store, *batches: Sequence[Fact], first: int = 1) -> None:
    """Store each batch as one stream message and count, as the owner would."""
    at = dt.datetime(2026, 3, 14, 12, 0, tzinfo=dt.UTC)
    for seq, batch in enumerate(batches, start=first):
        message = StreamMessage(seq=seq, data=encode_facts(batch))
        store_batch(store, [message], life=1, inserted_at=at + dt.timedelta(seconds=seq))
    roll_up(store)


def roll_up(store: Store) -> None:
    """Count what was stored since the last count, as a start of the owner does."""
    mark = read_mark(store)
    changed = find_uncounted(store, since=mark.watermark)
    version = mark.version + 1
    recount(store, changed, version=version)
    write_mark(store, Mark(watermark=find_latest(store), version=version))


def tell(store: Store, verdicts: Sequence[Verdict], *, seq: int) -> None:
    """Store late verdicts, with somebody else's fact in the same batch, and count again."""
    at = dt.datetime(2026, 3, 20, tzinfo=dt.UTC)
    other = make_fact(id="eSomebodyElse", author_id=999)
    batch = [
        StreamMessage(seq=seq, data=encode_facts([other])),
        StreamMessage(seq=seq + 1, data=encode_verdicts(verdicts)),
    ]
    store_batch(store, batch, life=1, inserted_at=at)
    roll_up(store)


class Served:
    """The HTTP interface over the store of this process."""

    password = "a right pass word"

    def __init__(self, store: Store) -> None:
        self.port = processes.free_port()
        self.loop = asyncio.new_event_loop()
        self.executor = ThreadPoolExecutor(4)
        account = Account(user="meadow", password=self.password)
        self.runner = web.AppRunner(
            make_app(store=store, account=account, executor=self.executor), access_log=None
        )
        self.thread = Thread(target=self._run, daemon=True)
        self.thread.start()
        assert processes.wait_until(lambda: not processes.port_is_free(self.port), seconds=10)

    def _run(self) -> None:
        self.loop.run_until_complete(self.runner.setup())
        self.loop.run_until_complete(web.TCPSite(self.runner, "127.0.0.1", self.port).start())
        self.loop.run_forever()

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self.runner.cleanup(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.executor.shutdown()


@pytest.fixture(scope="session")
def served(opened_store: Store) -> Iterator[Served]:
    """The HTTP interface, answering."""
    served = Served(opened_store)
    yield served
    served.stop()


@pytest.fixture(scope="session")
def nats_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngines]:
    """A NATS server with JetStream."""
    running = start_engines(tmp_path_factory.mktemp("nats") / "home", which=["nats"])
    yield running
    running.stop()


class Stream:
    """The stream of facts from outside: publish, read back, forget."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env

    def run(self, work: Any) -> Any:
        async def connected() -> Any:
            client = await nats_client.connect(
                self.env["NATS_URL"], user_credentials=self.env["NATS_CREDS"]
            )
            try:
                return await work(client.jetstream())
            finally:
                await client.close()

        return asyncio.run(connected())

    def publish(self, *batches: Sequence[Fact]) -> None:
        """Publish each batch as a message; returns once all are acknowledged."""

        async def send(stream: Any) -> None:
            await ensure_stream(stream)
            for batch in batches:
                await stream.publish(SUBJECT_WEB, encode_facts(batch))

        self.run(send)

    def forget(self) -> None:
        """Delete the stream."""

        async def delete(stream: Any) -> None:
            await ensure_stream(stream)
            await stream.delete_stream(STREAM)

        self.run(delete)


@pytest.fixture
def stream(nats_engine: RunningEngines) -> Stream:
    """A fresh, empty stream of facts."""
    stream = Stream(nats_engine.env)
    stream.forget()
    return stream


@pytest.fixture
def live(
    transactional_db: None, stream: Stream, nats_engine: RunningEngines, tmp_path: Path
) -> Iterator[LiveWarehouse]:
    """A real warehouse process over the stream and this test's database."""
    settings = connection.settings_dict
    address = f"postgresql://{settings['USER']}@/{settings['NAME']}?host={settings['HOST']}"
    env = nats_engine.env | {"DATABASE_URL": address, "MEADOW_ARCHIVE_SECONDS": "1"}
    warehouse = LiveWarehouse(folder=tmp_path, env=env)
    warehouse.start()
    yield warehouse
    warehouse.stop()


@pytest.fixture
def asking(served: Served, settings: Any) -> Iterator[None]:
    """Readings ask the store of this process over HTTP."""
    url = f"http://meadow:{served.password.replace(' ', '%20')}@127.0.0.1:{served.port}"
    settings.ENVIRONMENT = dataclasses.replace(settings.ENVIRONMENT, clickhouse_url=url)
    client._local.client = None
    yield
    client._local.client = None


@pytest.fixture
def asked(store: Store, asking: None) -> Store:
    """An empty warehouse that readings ask over HTTP."""
    return store
