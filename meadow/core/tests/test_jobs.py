"""A job exists exactly when the transaction that enqueued it commits, in a worker thread too."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from meadow.core import worker
from meadow.core.errors import EngineUnavailable
from meadow.core.jobs import OUTLAST, UnknownTask, enqueue, find_task, task
from meadow.core.testing import forget_jobs, race, run_jobs, waiting_jobs
from meadow.core.transactions import transaction

QUEUE = "core-tests"
# The worker also lays out periodic jobs, which are none of these tests' business.
NOTE = "core.tests.note"
ran: list[str] = []


class Undone(Exception):
    """Undoes a use case on purpose."""


@task(name="core.tests.note", queue=QUEUE, retry=False)
def note(word: str) -> None:
    ran.append(word)


@task(name="core.tests.outlive", queue=QUEUE, retry=OUTLAST)
def outlive(word: str) -> None:
    ran.append(word)


def enqueue_and_undo() -> None:
    with transaction():
        enqueue(note, word="web")
        raise Undone


@task(name="core.tests.enqueue_and_fail", queue=QUEUE, retry=False)
def enqueue_and_fail(bare: bool) -> None:
    with transaction():
        if bare:
            note.defer(word="bare")  # the control: what the lint bans
        else:
            enqueue(note, word="ours")
        raise Undone


@task(name="core.tests.enqueue_and_commit", queue=QUEUE, retry=False)
def enqueue_and_commit() -> None:
    with transaction():
        enqueue(note, word="committed")


@pytest.fixture(autouse=True)
def no_jobs(transactional_db: None) -> Iterator[None]:
    forget_jobs()
    ran.clear()
    yield
    forget_jobs()


def test_a_job_enqueued_in_a_rolled_back_use_case_does_not_exist() -> None:
    with pytest.raises(Undone):
        enqueue_and_undo()

    assert waiting_jobs(NOTE) == []


def test_a_job_enqueued_in_a_committed_use_case_runs() -> None:
    with transaction():
        enqueue(note, word="web")
        assert ran == []

    run_jobs(QUEUE)

    assert ran == ["web"]
    assert waiting_jobs(NOTE) == []


def test_a_job_that_a_worker_enqueues_in_a_rolled_back_use_case_does_not_exist() -> None:
    enqueue(enqueue_and_fail, bare=False)

    run_jobs(QUEUE)

    assert ran == []
    assert waiting_jobs(NOTE) == []


def test_the_control_a_bare_defer_in_a_worker_outlives_the_rollback() -> None:
    enqueue(enqueue_and_fail, bare=True)

    run_jobs(QUEUE)

    assert ran == ["bare"]


def test_a_job_that_a_worker_enqueues_in_a_committed_use_case_runs() -> None:
    enqueue(enqueue_and_commit)

    run_jobs(QUEUE)

    assert ran == ["committed"]


def test_one_queueing_lock_holds_one_waiting_job_and_spares_the_use_case() -> None:
    with transaction():
        first = enqueue(note, queueing_lock="one", word="first")
        second = enqueue(note, queueing_lock="one", word="second")
        third = enqueue(note, word="third")

    assert first is not None
    assert second is None
    assert third is not None
    assert waiting_jobs(NOTE) == [{"word": "first"}, {"word": "third"}]


def test_racing_enqueues_under_one_queueing_lock_leave_one_job() -> None:
    ids = race(lambda _: enqueue(note, queueing_lock="one", word="x"), runners=8)

    assert sum(isinstance(found, int) for found in ids) == 1
    assert waiting_jobs(NOTE) == [{"word": "x"}]


def test_an_unknown_task_is_named() -> None:
    with pytest.raises(UnknownTask, match=r"core\.tests\.nowhere"):
        find_task("core.tests.nowhere")


def test_the_job_of_a_dead_worker_runs_again() -> None:
    enqueue(note, word="left behind")
    leave_running(worker_seconds_ago=60)

    run_jobs(QUEUE)

    assert ran == ["left behind"]


def test_the_job_of_a_living_worker_is_left_alone() -> None:
    enqueue(note, word="being done")
    leave_running(worker_seconds_ago=1)

    run_jobs(QUEUE)

    assert ran == []
    assert job_states() == [("doing", 0)]


def test_a_job_that_keeps_killing_its_workers_is_failed() -> None:
    enqueue(note, word="poison")
    leave_running(worker_seconds_ago=60, attempts=worker.MOST_ATTEMPTS)

    run_jobs(QUEUE)

    assert ran == []
    assert [state for state, _ in job_states()] == ["failed"]


def test_what_outlasts_engines_is_not_given_up_for_the_tries_it_took() -> None:
    enqueue(outlive, word="waited for long")
    leave_running(worker_seconds_ago=60, attempts=500)

    run_jobs(QUEUE)

    assert ran == ["waited for long"]


def test_an_engine_that_is_away_is_waited_for_and_other_trouble_is_not() -> None:
    def wait_of(trouble: Exception, attempts: int) -> Any:
        job = Job(
            id=1,
            status="doing",
            queue=QUEUE,
            lock=None,
            queueing_lock=None,
            task_name="core.tests.outlive",
            attempts=attempts,
        )
        before = dt.datetime.now(dt.UTC)  # noqa: TID251 - as procrastinate reads it
        decided = OUTLAST.get_retry_decision(exception=trouble, job=job)
        if decided is None or decided.retry_at is None:
            return None
        return round((decided.retry_at - before).total_seconds())

    away, broken = EngineUnavailable(engine="nats"), ValueError()

    assert [wait_of(away, attempts) for attempts in (0, 1, 2, 10_000)] == [4, 16, 30, 30]
    assert [wait_of(broken, attempts) for attempts in (0, 5)] == [4, None]


def test_rescuing_counts_what_it_put_back() -> None:
    enqueue(note, word="left behind")
    leave_running(worker_seconds_ago=60)

    async def rescue() -> int:
        connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
        with app.replace_connector(connector):
            async with app.open_async():
                return await worker.rescue_stalled_jobs()

    assert asyncio.run(rescue()) == 1
    assert job_states() == [("todo", 1)]


def leave_running(*, worker_seconds_ago: int, attempts: int = 0) -> None:
    """Make every waiting job look taken by a worker that was last heard of a while ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - make_interval(secs => %s)) RETURNING id",
            [worker_seconds_ago],
        )
        worker_id = cursor.fetchone()[0]
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s, attempts = %s",
            [worker_id, attempts],
        )


def job_states() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status, attempts FROM procrastinate_jobs WHERE task_name = %s ORDER BY id",
            [NOTE],
        )
        return list(cursor.fetchall())
