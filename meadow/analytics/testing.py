"""Facts and a whole fact path for tests, of this package and of those above it."""

import asyncio
import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import clickhouse_connect
import nats
from django.conf import settings

from meadow.analytics.facts import STREAM, Batch, Fact, Row, decode_batch
from meadow.analytics.warehouse.ingest import ensure_stream
from meadow.core.ids import new_id
from meadow.runtime import processes
from meadow.runtime.http import fetch

NOON = dt.datetime(2026, 3, 14, 12, 0, tzinfo=dt.UTC)


def make_fact(**given: Any) -> Fact:
    """Return an organic read of note 1 at noon; `given` replaces members."""
    noon = int(NOON.timestamp() * 1000)
    members: dict[str, Any] = {
        "id": new_id("e"),
        "kind": "read",
        "note_id": 1,
        "author_id": 100,
        "person": "a" * 32,
        "signed_in": True,
        "surface": "hot",
        "slot": 0,
        "campaign_id": 0,
        "arm": 0,
        "nonce": os.urandom(12).hex(),
        "at": noon,
        "received_at": noon,
        "ms": 1500,
    }
    return Fact(**(members | given))


@dataclass
class LiveWarehouse:
    """A `meadow warehouse` process of its own, to question, kill and start again."""

    folder: Path
    env: dict[str, str]
    password: str = "test-warehouse-password"  # noqa: S105
    port: int = field(default_factory=processes.free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """What CLICKHOUSE_URL is to be."""
        return f"http://meadow:{self.password}@127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """Where the process writes."""
        return self.folder / "warehouse.log"

    def start(self, *, seconds: float = 60) -> None:
        """Start the process and return once it answers."""
        env = os.environ | self.env
        env |= {"MEADOW_HOME": str(self.folder), "CLICKHOUSE_URL": self.url, "MEADOW_ENV": "test"}
        with self.log.open("ab") as output:
            self.process = processes.spawn(
                [sys.executable, "-m", "meadow.cli.main", "warehouse"],
                env=env,
                output=output,
                cwd=self.folder,
            )
        if not processes.wait_until(self.answers, seconds=seconds):
            raise AssertionError(f"the warehouse did not start:\n{self.log.read_text()[-3000:]}")

    def answers(self) -> bool:
        """Whether it answers now."""
        answer = fetch(f"http://127.0.0.1:{self.port}/ping", seconds=1.0)
        return answer is not None and answer.status == 200

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None  # noqa: S101
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it as a supervisor would."""
        if self.process is not None:
            processes.stop(self.process)

    def client(self) -> Any:
        """Return an unmodified clickhouse-connect client."""
        return clickhouse_connect.get_client(dsn=self.url)

    def ask(self, sql: str) -> Sequence[Sequence[Any]]:
        """Return the rows of a query."""
        client = self.client()
        try:
            rows: Sequence[Sequence[Any]] = client.query(sql).result_rows
        finally:
            client.close()
        return rows


def wait_for(claim: Callable[[], bool], *, seconds: float = 60) -> bool:
    """Return whether a claim became true in time."""
    deadline = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def stream_of_facts(work: Callable[[Any], Any]) -> Any:
    """Run `work(jetstream)` on a connection of its own to the tests' NATS; the stream exists."""

    async def connected() -> Any:
        environment = settings.ENVIRONMENT
        client = await nats.connect(environment.nats_url, user_credentials=environment.nats_creds)
        try:
            stream = client.jetstream()
            await ensure_stream(stream)
            return await work(stream)
        finally:
            await client.close()

    return asyncio.run(connected())


def rows_of(batch: Batch) -> list[Row]:
    """Return the facts of a message as rows."""
    columns = batch.facts
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def last_message() -> int:
    """Return the sequence of the newest message of the stream."""

    async def count(stream: Any) -> int:
        info = await stream.stream_info(STREAM)
        return int(info.state.last_seq)

    return int(stream_of_facts(count))


def read_stream(*, after: int) -> list[Batch]:
    """Return what the stream's JSON messages after one hold, in order."""

    async def read(stream: Any) -> list[Batch]:
        info = await stream.stream_info(STREAM)
        found = []
        for seq in range(after + 1, info.state.last_seq + 1):
            message = await stream.get_msg(STREAM, seq=seq)
            found.append(decode_batch(message.data))
        return found

    found: list[Batch] = stream_of_facts(read)
    return found
