"""The warehouse owner: one process that holds the chDB folder, serves it, fills it, projects it."""

import asyncio
import contextlib
import datetime as dt
import logging
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

import django
import nats.errors
from aiohttp import web
from nats.aio.client import Client

from meadow.analytics.warehouse.http import Account, make_app
from meadow.analytics.warehouse.moments import from_micros
from meadow.analytics.warehouse.rebuild import RebuildDesk
from meadow.analytics.warehouse.store import Store, WarehouseBusy
from meadow.core import clock
from meadow.runtime.environment import Environment, load_environment

if TYPE_CHECKING:
    from meadow.analytics.warehouse.archiving import Archiver
    from meadow.analytics.warehouse.ingest import Ingest
    from meadow.analytics.warehouse.projection import Projection

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
DEFAULT_PORT: Final = 8123
RETENTION_SECONDS: Final = 6 * 3600.0
RETENTION_RETRY_SECONDS: Final = 5.0
log = logging.getLogger("meadow.warehouse")


def run_warehouse() -> None:
    """Run until SIGTERM or SIGINT. Exits with a sentence when the folder is open elsewhere."""
    django.setup()
    environment = load_environment()
    try:
        asyncio.run(serve(environment))
    except WarehouseBusy as busy:
        sys.exit(f"meadow warehouse: {busy}")


async def serve(environment: Environment) -> None:
    """Serve, ingest and project; each starts over by itself when an engine comes back."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    store = Store(folder=warehouse_folder(environment))
    store.create_schema()
    questions = ThreadPoolExecutor(4, thread_name_prefix="question")
    desk = RebuildDesk()
    runner = web.AppRunner(
        make_app(store=store, account=read_account(environment), executor=questions, rebuild=desk),
        access_log=None,
        max_line_size=1 << 20,
        max_field_size=1 << 16,
    )
    await runner.setup()
    host, port = read_address(environment)
    await web.TCPSite(runner, host, port).start()
    log.info("the warehouse answers on http://%s:%d", host, port)
    try:
        while not stopping.is_set():
            await serve_once(environment, store=store, desk=desk, stopping=stopping)
    finally:
        await runner.cleanup()
        questions.shutdown()
        store.close()


async def serve_once(
    environment: Environment, *, store: Store, desk: RebuildDesk, stopping: asyncio.Event
) -> None:
    """Ingest, archive and project until told to stop, or to begin again from the archive."""
    # Only now: these need Django's models to be loaded.
    from meadow.analytics.archive import ArchiveBroken, open_archive
    from meadow.analytics.warehouse.archiving import Archiver, load_missing
    from meadow.analytics.warehouse.ingest import Ingest, make_forgetter, warm_up
    from meadow.analytics.warehouse.projection import Projection, close_connections
    from meadow.analytics.warehouse.rollups import find_latest

    loop = asyncio.get_running_loop()
    over = desk.begin(stopping)
    writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
    archivist = ThreadPoolExecutor(1, thread_name_prefix="archivist")
    projector = ThreadPoolExecutor(1, thread_name_prefix="projector")
    client = Client()
    archive = open_archive()
    try:
        if desk.wanted:
            try:
                await loop.run_in_executor(archivist, archive.check_all)
            except ArchiveBroken as broken:
                log.error("not rebuilt, the warehouse stays as it is: %s", broken)
                desk.refuse(str(broken))
            else:
                await loop.run_in_executor(writer, store.wipe)
        await loop.run_in_executor(writer, warm_up)
        await loop.run_in_executor(
            writer, lambda: load_missing(store, archive, progress=desk.note_segments)
        )
        desk.note_loaded()
        latest = await loop.run_in_executor(writer, find_latest, store)
        projection = Projection(
            store=store,
            executor=projector,
            stopping=over,
            now=clock.now,
            latest=latest,
            on_current=desk.note_current,
            is_behind=lambda: ingest.behind,
        )
        archiver = Archiver(
            store=store,
            archive=archive,
            executor=archivist,
            now=clock.now,
            stopping=over,
            longest_wait=environment.archive_seconds,
            forget=make_forgetter(client),
        )
        ingest = Ingest(
            store=store,
            archiver=archiver,
            client=client,
            executor=writer,
            now=clock.now,
            on_stored=lambda stored, at: projection.mark(stored.changed, inserted_at=at),
            stopping=over,
            latest_inserted_at=from_micros(latest) if latest else None,
        )
        # The first task that ends with an error ends the process; the supervisor starts it anew.
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(projection.run(ready=ingest.caught_up))
            tasks.create_task(archiver.run())
            tasks.create_task(
                keep_retention(
                    ingest, projection=projection, archiver=archiver, now=clock.now, over=over
                )
            )
            await connect(client, environment, stopping=over)
            if not over.is_set():
                tasks.create_task(ingest.run())
        await archiver.flush()
    finally:
        await client.close()
        await loop.run_in_executor(projector, close_connections)
        for executor in (writer, archivist, projector):
            executor.shutdown()


async def keep_retention(
    ingest: "Ingest",
    *,
    projection: "Projection",
    archiver: "Archiver",
    now: Callable[[], dt.datetime],
    over: asyncio.Event,
) -> None:
    """Remove what is over its retention, at the start and then every few hours."""
    from meadow.analytics.queries import get_retention
    from meadow.analytics.warehouse.projection import close_connections, either
    from meadow.analytics.warehouse.retention import retire
    from meadow.core.database import LOST

    def work() -> Any:
        try:
            kept = get_retention()
        except LOST as away:
            log.warning("PostgreSQL is away: %s", away)
            return None
        finally:
            close_connections()
        return retire(ingest.store, archiver.archive, kept=kept, now=now(), resume=resume)

    resume = True
    await either(ingest.caught_up, over)
    while not over.is_set():
        # The writer's own thread: nothing is stored while facts and their cells change places.
        async with archiver.at_rest():
            loop = asyncio.get_running_loop()
            changed = await loop.run_in_executor(ingest.executor, work)
        if changed is not None:
            resume = False
            projection.mark(changed, inserted_at=now())
        pause = RETENTION_SECONDS if changed is not None else RETENTION_RETRY_SECONDS
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), pause)


async def connect(client: Client, environment: Environment, *, stopping: asyncio.Event) -> None:
    """Connect to NATS, for as long as it takes; the client itself reconnects after that."""
    from meadow.core.nats import read_credentials

    # The client's own type says whole seconds; it only ever sleeps that long.
    options: dict[str, Any] = {"reconnect_time_wait": 0.25}
    if environment.nats_creds:
        options["user_credentials"] = read_credentials(environment.nats_creds)

    async def note_error(error: Exception) -> None:
        log.warning("NATS: %s", error)

    while not client.is_connected and not stopping.is_set():
        try:
            await client.connect(
                environment.nats_url,
                name="meadow-warehouse",
                connect_timeout=1,
                max_reconnect_attempts=-1,
                ping_interval=5,
                max_outstanding_pings=2,
                error_cb=note_error,
                **options,
            )
        except (nats.errors.Error, OSError) as away:
            log.warning("NATS is away: %s", away)
            await asyncio.sleep(0.25)


def warehouse_folder(environment: Environment) -> Path:
    """Return where the warehouse's data is."""
    return environment.home / "warehouse"


def read_account(environment: Environment) -> Account:
    """Return the account that CLICKHOUSE_URL names; ClickHouse's own default when it names none."""
    parts = urlsplit(environment.clickhouse_url)
    return Account(
        user=unquote(parts.username or "default"), password=unquote(parts.password or "")
    )


def read_address(environment: Environment) -> tuple[str, int]:
    """Return where to listen. Exits when CLICKHOUSE_URL leads away from this machine."""
    parts = urlsplit(environment.clickhouse_url)
    host = parts.hostname or "127.0.0.1"
    if host not in LOOPBACK:
        sys.exit(
            f"meadow warehouse: CLICKHOUSE_URL leads to {host}, where another warehouse answers;"
            " this one is only for 127.0.0.1."
        )
    return host, parts.port or DEFAULT_PORT
