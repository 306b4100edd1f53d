"""The one way to enqueue a job: it belongs to the transaction that enqueues it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from procrastinate import BaseRetryStrategy, RetryDecision, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.tasks import Task, configure_task

from meadow.core.errors import EngineUnavailable
from meadow.core.transactions import in_transaction, savepoint, transaction

P = ParamSpec("P")
R = TypeVar("R")
AnyTask = Task[..., Any, Any]

# procrastinate's own deferring goes through the app's connector, which inside a worker is a pool
# of its own: a job enqueued there outlives the rollback of the task that enqueued it. This
# manager always speaks over Django's connection of the calling thread.
_manager = JobManager(DjangoConnector(alias="default"))

# About 4, 16, 64, 256 seconds: a restarting engine is outlived, a broken task is seen in minutes.
PATIENT = RetryStrategy(max_attempts=5, exponential_wait=4)


@dataclass(frozen=True)
class Outlast(BaseRetryStrategy):
    """For what must not be lost: an engine that is away is waited for, however long that takes.

    Tries come 4, 16 and then every `longest_wait` seconds; any other trouble ends as with PATIENT.
    """

    longest_wait: int = 30

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when to try again, or None to give up."""
        if not isinstance(exception, EngineUnavailable):
            return PATIENT.get_retry_decision(exception=exception, job=job)
        wait = self.longest_wait if job.attempts >= 2 else 4 ** (job.attempts + 1)
        return RetryDecision(retry_in={"seconds": wait})


OUTLAST = Outlast()


class UnknownTask(LookupError):
    """No task of this name is registered."""


def task(
    *,
    name: str,
    queue: str = "default",
    retry: BaseRetryStrategy | bool | int = PATIENT,
    lock: str | None = None,
) -> Callable[[Callable[P, R]], Task[P, R, P]]:
    """Make a function a task; it may run twice (its worker can die), so it must be idempotent."""
    return app.task(name=name, queue=queue, retry=retry, lock=lock)


def periodic(*, cron: str) -> Callable[[AnyTask], AnyTask]:
    """Run a task on a schedule (five cron fields, six with seconds); it is handed `timestamp`."""
    return app.periodic(cron=cron)


def enqueue(
    task: AnyTask,
    *,
    queue: str | None = None,
    schedule_at: dt.datetime | None = None,
    lock: str | None = None,
    queueing_lock: str | None = None,
    **arguments: Any,
) -> int | None:
    """Insert a job into the open transaction, or at once when none is open; returns its id.

    Two jobs with one `lock` never run at the same time. While a job with this `queueing_lock`
    waits already, nothing is inserted and None is returned. Arguments must be JSON.
    """
    job = configure_task(
        name=task.name,
        job_manager=_manager,
        queue=queue or task.queue,
        priority=task.priority,
        lock=lock or task.lock,
        queueing_lock=queueing_lock,
        schedule_at=schedule_at,
    )
    if queueing_lock is None:
        return job.defer(**arguments)
    try:
        # The refusal is a unique violation, which must not spoil the caller's transaction.
        with savepoint() if in_transaction() else transaction():
            return job.defer(**arguments)
    except AlreadyEnqueued:
        return None


def outlasts(name: str) -> bool:
    """Whether the task of this name waits for engines however long, so that tries mean nothing."""
    found = app.tasks.get(name)
    return found is not None and isinstance(found.retry_strategy, Outlast)


def find_task(name: str) -> AnyTask:
    """Return the registered task of this name. Raises UnknownTask."""
    try:
        return app.tasks[name]
    except KeyError as missing:
        raise UnknownTask(name) from missing
