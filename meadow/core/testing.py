"""What tests of every package use: races between threads, and jobs run by a real worker."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import connection

from meadow.core.worker import run_worker

R = TypeVar("R")


def race(work: Callable[[int], R], *, runners: int) -> list[R | Exception]:
    """Run `work(0)` … `work(runners - 1)` at the same moment, each on its own connection.

    Returns what each returned or raised. Only for tests with transaction=True.
    """

    def run(number: int) -> R:
        try:
            return work(number)
        finally:
            connection.close()

    return race_threads(run, runners=runners, before=connection.ensure_connection)


def race_threads(
    work: Callable[[int], R], *, runners: int, before: Callable[[], None] | None = None
) -> list[R | Exception]:
    """Race without a database; `before` is what each thread does before the start."""
    barrier = threading.Barrier(runners)

    def run(number: int) -> R | Exception:
        try:
            if before is not None:
                before()
            barrier.wait(timeout=60)
            return work(number)
        except Exception as raised:  # noqa: BLE001 - handed to the test, which judges it
            return raised

    with ThreadPoolExecutor(max_workers=runners) as pool:
        return list(pool.map(run, range(runners)))


def together(act: Callable[..., R], *, runners: int) -> Callable[..., R]:
    """Return `act`, begun only once `runners` threads are about to begin it.

    For the control of a race: with the guard off, everybody has looked before anybody writes, on
    however busy a machine. With the guard on it would wait in vain.
    """
    barrier = threading.Barrier(runners)

    def wait_and_act(*args: Any, **options: Any) -> R:
        barrier.wait(timeout=60)
        return act(*args, **options)

    return wait_and_act


def seen_together(look: Callable[..., R], *, runners: int) -> Callable[..., R]:
    """Return `look`, which answers only once `runners` threads have looked.

    For the control of a race whose guard is in the look itself: begun together, one could still look when
    another has written.
    """
    barrier = threading.Barrier(runners)

    def look_and_wait(*args: Any, **options: Any) -> R:
        seen = look(*args, **options)
        barrier.wait(timeout=60)
        return seen

    return look_and_wait


def somebody_waits() -> bool:
    """Whether a transaction of this database waits for a lock of another now."""
    return count_waiting() > 0


def count_waiting() -> int:
    """Return how many transactions of this database wait for a lock of another now."""
    with connection.cursor() as cursor:
        # pg_stat_activity would repeat its first answer until the caller's transaction ends.
        cursor.execute(
            "SELECT count(DISTINCT pid) FROM pg_locks AS wanted JOIN pg_locks AS held USING (pid)"
            " JOIN pg_database ON oid = held.database"
            " WHERE NOT wanted.granted AND datname = current_database()"
        )
        return int(cursor.fetchone()[0])


def run_jobs(*queues: str) -> None:
    """Run every job that is due, with the real worker, and return when none is left.

    The worker has connections of its own, so it sees committed work only: for tests with
    transaction=True.
    """
    # A worker that does not wait may stop before it sees what its last job enqueued.
    for _round in range(20):
        run_worker(queues=queues or None, concurrency=2, wait=False)
        if not _jobs_are_due(queues):
            return
    raise AssertionError("jobs keep enqueueing jobs")


def _jobs_are_due(queues: tuple[str, ...]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE status = 'todo'"
            " AND coalesce(scheduled_at, now()) <= now()"
            " AND (%s OR queue_name = ANY(%s)))",
            [not queues, list(queues)],
        )
        return bool(cursor.fetchone()[0])


def waiting_jobs(task_name: str | None = None) -> list[dict[str, Any]]:
    """Return the arguments of the jobs that wait, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args FROM procrastinate_jobs"
            " WHERE status = 'todo' AND (%s::text IS NULL OR task_name = %s) ORDER BY id",
            [task_name, task_name],
        )
        return [
            row[0] if isinstance(row[0], dict) else json.loads(row[0]) for row in cursor.fetchall()
        ]


def forget_jobs() -> None:
    """Remove every job: Django's flush between tests leaves procrastinate's tables alone."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_periodic_defers CASCADE")
