"""The worker as a process of its own: it ends what it began, and its work outlives its death."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from meadow.core.jobs import enqueue
from meadow.core.testing import forget_jobs
from meadow.core.tests.slow_task import QUEUE, write_slowly

pytestmark = pytest.mark.slow
START = f"""
import django
django.setup()
from meadow.core import worker
from meadow.core.tests import slow_task
worker.DEAD_AFTER_SECONDS = 1.5
worker.HEARTBEAT_SECONDS = 0.3
worker.RESCUE_EVERY_SECONDS = 0.3
worker.run_worker(queues=["{QUEUE}"], concurrency=2)
"""


@pytest.fixture
def start_worker(transactional_db: None) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    forget_jobs()
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        name = quote(str(connection.settings_dict["NAME"]), safe="")
        url = os.environ["DATABASE_URL"].replace("@/meadow?", f"@/{name}?")
        env = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "meadow.web.settings"}
        started.append(subprocess.Popen([sys.executable, "-c", START], env=env))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
    forget_jobs()


def lines(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


def wait_until(true: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_a_worker_told_to_stop_finishes_its_job_and_starts_no_other(
    start_worker: Callable[[], "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    done = tmp_path / "done"
    enqueue(write_slowly, path=str(done), word="first", seconds=1.0, lock="one at a time")
    enqueue(write_slowly, path=str(done), word="second", seconds=1.0, lock="one at a time")
    worker = start_worker()
    wait_until(lambda: "begin-first" in lines(done))

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(timeout=30) == 0
    assert lines(done) == ["begin-first", "end-first"]


def test_a_killed_worker_s_job_is_done_by_the_next_one(
    start_worker: Callable[[], "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    done = tmp_path / "done"
    enqueue(write_slowly, path=str(done), word="it", seconds=1.0)
    first = start_worker()
    wait_until(lambda: "begin-it" in lines(done))

    first.kill()
    first.wait()
    start_worker()

    wait_until(lambda: "end-it" in lines(done))
    assert lines(done) == ["begin-it", "begin-it", "end-it"]


def test_a_worker_outlives_the_loss_of_its_connections(
    start_worker: Callable[[], "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    done = tmp_path / "done"
    enqueue(write_slowly, path=str(done), word="before", seconds=0.0)
    worker = start_worker()
    wait_until(lambda: "end-before" in lines(done))

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    enqueue(write_slowly, path=str(done), word="after", seconds=0.0)

    wait_until(lambda: "end-after" in lines(done))
    assert worker.poll() is None
