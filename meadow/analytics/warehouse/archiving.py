"""Between warehouse and archive: what is stored is archived, what is archived can be loaded again.

The stream keeps a message until the segment that holds it stands in the archive. So at every moment
each acknowledged fact is on a disk that a start reads from: in the stream, in the archive, or both.
"""

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, Final

import nats.errors
import numpy as np
import pyarrow as pa
from nats.js.errors import Error as JetStreamError

from meadow.analytics.archive import Archive, Segment
from meadow.analytics.columns import STORED_SCHEMAS, to_ipc
from meadow.analytics.warehouse.classify import find_stored
from meadow.analytics.warehouse.rollups import Mark, read_mark, write_mark
from meadow.analytics.warehouse.store import Store
from meadow.analytics.warehouse.storing import Stored

# A segment is written when its first message has waited long enough, or when it is this large.
MOST_ROWS: Final = 500_000
LOOK_SECONDS: Final = 1.0

log = logging.getLogger("meadow.warehouse.archiving")


@dataclass
class Pending:
    """Rows of one life of the stream that are stored and not archived; `covered`: up to where."""

    life: int
    covered: int
    tables: dict[str, list[Any]] = field(default_factory=lambda: {"facts": [], "verdicts": []})
    since: float | None = None

    @property
    def rows(self) -> int:
        """How many rows wait."""
        return sum(table.num_rows for tables in self.tables.values() for table in tables)

    def add(self, stored: Stored, *, covered: int) -> None:
        """Add what one batch stored; every message up to `covered` is stored in full."""
        for name, table in (("facts", stored.facts), ("verdicts", stored.verdicts)):
            if table.num_rows:
                self.tables[name].append(table)
        self.covered = covered
        if self.since is None:
            self.since = time.monotonic()

    def take(self) -> dict[str, Any]:
        """Return the rows of covered messages and keep the others."""
        taken = {}
        for name, schema in STORED_SCHEMAS.items():
            table = pa.concat_tables([*self.tables[name], schema.empty_table()])
            ripe = table["seq"].to_numpy() <= self.covered
            taken[name] = table.filter(pa.array(ripe))
            rest = table.filter(pa.array(~ripe))
            self.tables[name] = [rest] if rest.num_rows else []
        self.since = None
        return taken


@dataclass
class Archiver:
    """Writes segments until stopped, and lets the stream forget what they hold."""

    store: Store
    archive: Archive
    executor: Executor
    now: Callable[[], dt.datetime]
    stopping: asyncio.Event
    longest_wait: float  # seconds
    forget: Callable[[int, int], Any]  # awaited with a life and its last message to be forgotten
    pending: Pending | None = None
    _flushing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def begin(self, *, life: int, start: int) -> None:
        """Take up what the warehouse holds and the archive does not, before reading at `start`."""
        loop = asyncio.get_running_loop()
        async with self._flushing:
            self.pending = await loop.run_in_executor(
                self.executor, lambda: recover(self.store, self.archive, life, start, self.now())
            )

    def at_rest(self) -> asyncio.Lock:
        """Return what to hold while somebody else writes the archive."""
        return self._flushing

    def add(self, stored: Stored, *, covered: int) -> None:
        """Note what one batch stored."""
        assert self.pending is not None  # noqa: S101
        self.pending.add(stored, covered=covered)

    async def run(self) -> None:
        """Write a segment whenever one is due, and a last one on the way out."""
        while not self.stopping.is_set():
            await self._pause(LOOK_SECONDS)
            if self._is_due():
                await self.flush()

    def _is_due(self) -> bool:
        pending = self.pending
        if pending is None or pending.since is None:
            return False
        waited = time.monotonic() - pending.since
        return waited >= self.longest_wait or pending.rows >= MOST_ROWS

    async def flush(self) -> None:
        """Write what is pending as one segment; trouble leaves it pending for the next time."""
        async with self._flushing:
            pending = self.pending
            if pending is None or pending.since is None:
                return
            covered, taken = pending.covered, pending.take()
            try:
                await asyncio.get_running_loop().run_in_executor(
                    self.executor,
                    lambda: write_segment(
                        self.store,
                        self.archive,
                        life=pending.life,
                        covered=covered,
                        taken=taken,
                        now=self.now(),
                    ),
                )
            except OSError as full:
                log.error("the archive did not take a segment: %s", full)
                for name, table in taken.items():
                    pending.tables[name].insert(0, table)
                pending.since = time.monotonic()
                return
        try:
            await self.forget(pending.life, covered)
        except (nats.errors.Error, JetStreamError, OSError) as away:
            # The next segment's word covers this one.
            log.warning("the stream still keeps what is archived: %s", away)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return


def write_segment(
    store: Store,
    archive: Archive,
    *,
    life: int,
    covered: int,
    taken: dict[str, Any],
    now: dt.datetime,
) -> None:
    """Append one segment, unless it were empty, and note that the warehouse holds it."""
    if covered <= archive.last_message(life):
        return
    segment = archive.append(
        life=life,
        first=archive.last_message(life) + 1,
        last=covered,
        facts=taken["facts"],
        verdicts=taken["verdicts"],
        now=now,
    )
    mark_loaded(store, segment.number)


def recover(store: Store, archive: Archive, life: int, start: int, now: dt.datetime) -> Pending:
    """Return what of this life is stored and not archived; earlier lives are archived at once."""
    pending = Pending(life=life, covered=max(start - 1, archive.last_message(life)))
    lives = {int(row[0]) for row in store.query("SELECT DISTINCT life FROM facts")}
    lives |= {int(row[0]) for row in store.query("SELECT DISTINCT life FROM verdicts")}
    for other in sorted(lives | {life}):
        tables = {
            name: export(store, name, life=other, after=archive.last_message(other))
            for name in STORED_SCHEMAS
        }
        if not any(table.num_rows for table in tables.values()):
            continue
        if other == life:
            pending.tables = {name: [table] for name, table in tables.items()}
            pending.since = time.monotonic()
            continue
        last = max(int(np.max(t["seq"].to_numpy())) for t in tables.values() if t.num_rows)
        write_segment(store, archive, life=other, covered=last, taken=tables, now=now)
    return pending


def export(store: Store, table: str, *, life: int, after: int) -> Any:
    """Return the stored rows of messages after `after`, as the archive keeps them."""
    schema = STORED_SCHEMAS[table]
    columns = ", ".join(schema.names)
    sql = (
        f"SELECT {columns} FROM {table}"  # noqa: S608
        " WHERE life = {life:Int64} AND seq > {after:UInt64} ORDER BY seq, id"
    )
    found = store.arrow(sql, params={"life": str(life), "after": str(after)})
    return found.cast(schema) if found.num_rows else schema.empty_table()


def load_missing(
    store: Store, archive: Archive, *, progress: Callable[[int, int], None] | None = None
) -> int:
    """Load the segments that the warehouse does not hold and return how many rows were new.

    `progress` hears how many of how many segments are loaded. Raises ArchiveBroken.
    """
    loaded = {int(row[0]) for row in store.query("SELECT number FROM loaded_segments")}
    missing = [one for one in archive.segments() if one.number not in loaded]
    retired = [one for one in archive.retirements() if one.number not in loaded]
    if not missing and not retired:
        return 0
    log.info("loading %d of %d segments", len(missing), len(archive.segments()))
    # Older rows than the roll-up's mark may come: everything is to be counted again.
    write_mark(store, Mark(watermark=0, version=read_mark(store).version + 1))
    was_empty = store.query("SELECT count() FROM facts")[0][0] == "0" and not loaded
    rows = 0
    for done, segment in enumerate(missing):
        if progress is not None:
            progress(done, len(missing))
        for file in segment.files:
            table = archive.read(file)
            if not was_empty:
                table = without_stored(store, file.table, table)
            if table.num_rows:
                store.insert(table=file.table, columns=table.schema.names, arrow=to_ipc(table))
            rows += table.num_rows
        mark_loaded(store, segment.number)
    for retirement in retired:
        load_frozen(store, archive, retirement)
    if progress is not None:
        progress(len(missing), len(missing))
    return rows


def load_frozen(store: Store, archive: Archive, retirement: Segment) -> None:
    """Take over cells in the place of the facts they were counted of; safe to repeat."""
    for kind, day in retirement.retired.items():
        store.execute(
            "ALTER TABLE facts DELETE WHERE kind = {kind:String} AND toDate(at) < {day:Date}"
            " SETTINGS mutations_sync = 2",
            params={"kind": kind, "day": day},
        )
    for file in retirement.files:
        cells = archive.read(file)
        number = pa.repeat(pa.scalar(retirement.number, pa.uint64()), cells.num_rows)
        cells = cells.append_column("number", number)
        if cells.num_rows:
            store.insert(table="frozen", columns=cells.schema.names, arrow=to_ipc(cells))
    mark_loaded(store, retirement.number)


def without_stored(store: Store, name: str, table: Any) -> Any:
    """Return the rows of a segment that the warehouse does not hold."""
    stored = set(find_stored(store, name, table["id"].combine_chunks()).to_pylist())
    if not stored:
        return table
    return table.filter(pa.array([one not in stored for one in table["id"].to_pylist()]))


def mark_loaded(store: Store, number: int) -> None:
    """Note that the warehouse holds a segment in full."""
    store.execute(
        "INSERT INTO loaded_segments SELECT {number:UInt64}", params={"number": str(number)}
    )
