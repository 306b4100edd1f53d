"""The chDB folder: opened by one process, written on one connection, read on others."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import chdb
import pyarrow as pa

# The package's own `chdb.ChdbError` is another class, which connections never raise.
from chdb._exceptions import ChdbError as ChdbError

from meadow.analytics.warehouse.schema import STEPS, TABLES

_open: Any = chdb.connect

VERSIONS = """
    CREATE TABLE IF NOT EXISTS schema_steps (step UInt16, done_at DateTime DEFAULT now())
    ENGINE = MergeTree ORDER BY step
"""


class WarehouseBusy(RuntimeError):
    """Another process has this warehouse folder open."""


@dataclass
class Store:
    """The warehouse's data; `insert` and `query` may be called from any thread."""

    folder: Path

    def __post_init__(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._writer: Any = _open(str(self.folder))
        except (ChdbError, RuntimeError) as refused:
            raise WarehouseBusy(
                f"the warehouse in {self.folder} is open elsewhere: {refused}"
            ) from refused
        self._reader: Any = _open(str(self.folder))
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        # An insert answers once its part is on disk; a queue in between would break the promise.
        self._writer.query("SET async_insert = 0")

    def create_schema(self) -> None:
        """Run the schema steps that this folder has not seen yet; each is safe to repeat."""
        with self._writing:
            self._writer.query(VERSIONS)
            done = {int(step) for step in self._lines("SELECT step FROM schema_steps")}
            for step, statement in enumerate(STEPS, start=1):
                if step not in done:
                    self._writer.query(statement)
                    self._writer.query(
                        "INSERT INTO schema_steps (step) SELECT {step:UInt16}",
                        params={"step": str(step)},
                    )

    def insert(self, *, table: str, columns: list[str], arrow: bytes) -> int:
        """Insert an Arrow stream in one step and return its rows."""
        with self._writing:
            inserter = self._writer.send_insert(
                f"INSERT INTO {table} ({', '.join(columns)})", "ArrowStream"
            )
            inserter.append(arrow)
            return int(inserter.finish().rows_written)

    def query(self, sql: str, *, params: Mapping[str, str] | None = None) -> list[list[str]]:
        """Return the rows of a query as text."""
        with self._reading:
            answer = self._reader.query(sql, "TabSeparated", params=dict(params or {}))
            text = answer.bytes().decode()
        return [line.split("\t") for line in text.splitlines()]

    def arrow(self, sql: str, *, params: Mapping[str, str] | None = None) -> Any:
        """Return the rows of a query as an Arrow table, read beside inserts and questions."""
        with self.connection() as connection:
            raw = connection.query(sql, "ArrowStream", params=dict(params or {})).bytes()
        return pa.ipc.open_stream(raw).read_all() if raw else pa.table({})

    def wipe(self) -> None:
        """Forget everything and make empty tables."""
        with self._writing:
            for name in TABLES:
                self._writer.query(f"DROP TABLE IF EXISTS {name} SYNC")
        self.create_schema()

    def match(self, sql: str, given: Any) -> Any:
        """Return the rows of a query that reads the Arrow table `given` as `Python(given)`.

        For many values: a list of 50,000 as a parameter takes chDB a minute, a table 40 ms.
        """
        with self.connection() as connection:
            raw = connection.query(sql, "ArrowStream").bytes()
        return pa.ipc.open_stream(raw).read_all() if raw else pa.table({})

    def execute(self, sql: str, *, params: Mapping[str, str] | None = None) -> None:
        """Run a statement that gives no rows, beside inserts and questions."""
        with self.connection() as connection:
            connection.query(sql, params=dict(params or {}))

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """Yield a connection of its own (1.5 ms), so that one request's settings end with it."""
        connection = _open(str(self.folder))
        try:
            yield connection
        finally:
            connection.close()

    def close(self) -> None:
        """Close the folder; waits for a running insert."""
        with self._writing, self._reading:
            self._reader.close()
            self._writer.close()

    def _lines(self, sql: str) -> list[str]:
        text: str = self._writer.query(sql, "TabSeparated").bytes().decode()
        return text.split()
