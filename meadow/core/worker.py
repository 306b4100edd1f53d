"""The worker process: runs jobs in threads, and takes over what a dead worker left behind."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status

from meadow.core.jobs import outlasts

HEARTBEAT_SECONDS = 2.0
# Five missed heartbeats: long enough for a busy machine, short enough for somebody who waits.
DEAD_AFTER_SECONDS = 10.0
RESCUE_EVERY_SECONDS = 3.0
MOST_ATTEMPTS = 8
log = logging.getLogger("meadow.worker")


def run_worker(
    *,
    queues: Sequence[str] | None = None,
    concurrency: int = 4,
    wait: bool = True,
    grace_seconds: float = 20.0,
) -> None:
    """Run jobs until SIGTERM or SIGINT, then let running ones finish for `grace_seconds`.

    `queues` None means all; with `wait` False it returns when nothing is left to do. A database
    that goes away is waited for.
    """
    asyncio.run(
        _run(
            queues=list(queues) if queues else None,
            concurrency=concurrency,
            wait=wait,
            grace_seconds=grace_seconds,
        )
    )


async def _run(
    *, queues: list[str] | None, concurrency: int, wait: bool, grace_seconds: float
) -> None:
    # One thread a job: with the default pool more jobs would be marked as running than do run.
    asyncio.get_running_loop().set_default_executor(
        ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="job")
    )
    asked = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, asked.set)
    connector = app.connector
    assert isinstance(connector, DjangoConnector)  # noqa: S101 - the worker swaps it below
    while True:
        with app.replace_connector(connector.get_worker_connector()):
            try:
                async with app.open_async():
                    await _work(
                        queues=queues,
                        concurrency=concurrency,
                        wait=wait,
                        grace_seconds=grace_seconds,
                        asked=asked,
                    )
                if asked.is_set() or not wait:
                    return
                # A side task of its own that loses the database stops it without an error.
                log.warning("the worker stopped by itself, starting again")
            except ConnectorException as lost:
                log.warning("the database is away, trying again: %s", lost.__cause__ or lost)
        await asyncio.sleep(1)


async def _work(
    *,
    queues: list[str] | None,
    concurrency: int,
    wait: bool,
    grace_seconds: float,
    asked: asyncio.Event,
) -> None:
    await rescue_stalled_jobs()
    rescue = asyncio.create_task(_keep_rescuing())
    try:
        working = asyncio.create_task(
            app.run_worker_async(
                queues=queues,  # type: ignore[arg-type]
                concurrency=concurrency,
                wait=wait,
                fetch_job_polling_interval=2.0,
                shutdown_graceful_timeout=grace_seconds,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=DEAD_AFTER_SECONDS,
                delete_jobs="successful",
                install_signal_handlers=False,
            )
        )
        told = asyncio.create_task(asked.wait())
        await asyncio.wait({working, told}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if not working.done():
            working.cancel()  # it finishes its running jobs first, as for a signal
        with contextlib.suppress(asyncio.CancelledError):
            await working
    finally:
        rescue.cancel()


async def _keep_rescuing() -> None:
    while True:
        await asyncio.sleep(RESCUE_EVERY_SECONDS)
        try:
            await rescue_stalled_jobs()
        except ConnectorException as lost:
            log.warning("could not look for stalled jobs: %s", lost.__cause__ or lost)


async def rescue_stalled_jobs() -> int:
    """Put the jobs of dead workers back in the queue; return how many.

    A job that has taken eight workers down with it is failed instead of tried again; one that
    outlasts engines has had its tries counted while it waited, and goes on.
    """
    manager = app.job_manager
    rescued = 0
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS):
        if job.attempts >= MOST_ATTEMPTS and not outlasts(job.task_name):
            log.error("job %s failed: its worker died %d times", job.call_string, job.attempts)
            await manager.finish_job(job, status=Status.FAILED, delete_job=False)
        else:
            log.warning("job %s: its worker died, it runs again", job.call_string)
            await manager.retry_job(job)
            rescued += 1
    return rescued
