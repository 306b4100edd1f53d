"""Resolving what differs, and having failed jobs tried again."""

import datetime as dt
from typing import Any

from django.db import IntegrityError

from meadow.core.failed_jobs import retry_failed
from meadow.core.ids import new_id
from meadow.core.transactions import savepoint, transaction
from meadow.core.waiting import Ask
from meadow.finance.errors import DifferenceMissing, JobMissing, WordsMissing
from meadow.finance.models import Resolution
from meadow.finance.queries.resolutions import find_difference, resolution_record
from meadow.finance.queries.waiting import MONEY_JOBS
from meadow.finance.records import ResolutionRecord
from meadow.payments.waiting import lone_news


def resolve(
    *, subject: str, name: str, words: str, operator_id: int, now: dt.datetime
) -> ResolutionRecord:
    """Keep what an operator did about a difference or lone news, with what it said; once.

    Raises DifferenceMissing, WordsMissing.
    """
    said = " ".join(words.split())
    if not said:
        raise WordsMissing
    with transaction():
        told = _told(subject, name, now)
        if told is None:
            raise DifferenceMissing
        try:
            with savepoint():
                made = Resolution.objects.create(
                    public_id=new_id("z"),
                    subject=subject,
                    name=name,
                    told=told,
                    words=said,
                    resolved_by_id=operator_id,
                    resolved_at=now,
                )
        except IntegrityError:
            raise DifferenceMissing from None
        return resolution_record(made)


def _told(subject: str, name: str, now: dt.datetime) -> dict[str, Any] | None:
    """Return what something says now; None where it is not there."""
    if subject == Resolution.Subject.NEWS:
        news = [one for one in lone_news(Ask(now=now, most=100_000), known=()) if one.name == name]
        return {"kind": news[0].about, "since": news[0].since.isoformat()} if news else None
    found = find_difference(name)
    if found is None:
        return None
    return {
        "day": found.day.isoformat(),
        "provider": found.provider,
        "kind": found.kind,
        "payment": found.payment,
        "reference": found.reference,
        "unit": found.unit,
        "ours": found.ours,
        "theirs": found.theirs,
    }


def retry_job(*, job_id: int, now: dt.datetime) -> None:
    """Have a failed job of money tried again. Raises JobMissing."""
    with transaction():
        if not retry_failed(job_id=job_id, prefixes=MONEY_JOBS, now=now):
            raise JobMissing
