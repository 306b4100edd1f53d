"""Jobs that gave up, by the names of their tasks: listed, counted, and had tried again."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import UniqueViolation
from procrastinate.manager import JobManager

from meadow.core.transactions import savepoint, transaction_required

_FAILED = """
SELECT j.id, j.task_name, j.args::text, j.attempts, f.at
FROM procrastinate_jobs j CROSS JOIN LATERAL (
    SELECT max(e.at) AS at FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'failed'
) f
WHERE j.status = 'failed' AND j.task_name LIKE ANY (%s)
"""


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that gave up after `attempts`, with the arguments of its task as JSON."""

    id: int
    task: str
    arguments: str
    attempts: int
    failed_at: dt.datetime


def list_failed(*, prefixes: Sequence[str], most: int = 1000) -> list[FailedJob]:
    """Return failed jobs whose task begins with one of the prefixes, the longest failed first."""
    patterns = [f"{prefix.replace('_', chr(92) + '_')}%" for prefix in prefixes]
    with connection.cursor() as cursor:
        cursor.execute(f"{_FAILED} ORDER BY f.at, j.id LIMIT %s", [patterns, most])
        return [FailedJob(*row) for row in cursor.fetchall()]


@transaction_required
def retry_failed(*, job_id: int, prefixes: Sequence[str], now: dt.datetime) -> bool:
    """Have a failed job tried again now; False when none of these failed.

    Every task can run twice, so this is safe; when the same waits already, that one runs.
    """
    manager: Any = JobManager(DjangoConnector(alias="default"))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT task_name FROM procrastinate_jobs WHERE id = %s AND status = 'failed'"
            " FOR UPDATE",
            [job_id],
        )
        row = cursor.fetchone()
    if row is None or not row[0].startswith(tuple(prefixes)):
        return False
    try:
        with savepoint():
            manager.retry_job_by_id(job_id=job_id, retry_at=now)
    except UniqueViolation:
        # Its twin waits under the same queueing lock: what this job was for will be done.
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job_id])
    return True
