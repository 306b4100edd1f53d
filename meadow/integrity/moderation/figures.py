"""What a transparency report needs: how much was reported, what became of it, and how fast."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.http import HttpResponse
from django.utils.translation import ngettext

from meadow.core.exports import answer_csv
from meadow.integrity.moderation.subjects import KIND_NAMES
from meadow.integrity.moderation.words import ACTION_NAMES, OUTCOME_NAMES, name_reason

# Suspended counts people who are hidden as well.
SHOWN: Final = ("", "dismissed", "warned", "hidden", "suspended")
TABLES: Final = ("reasons", "actions", "days")

_REASONS: Final = """
SELECT r.reason, i.kind, count(*),
       count(*) FILTER (WHERE i.outcome = ''),
       count(*) FILTER (WHERE i.outcome = 'dismissed'),
       count(*) FILTER (WHERE i.outcome = 'warned'),
       count(*) FILTER (WHERE i.outcome = 'hidden'),
       count(*) FILTER (WHERE i.outcome IN ('suspended', 'barred'))
FROM integrity_report r JOIN integrity_inquiry i ON i.id = r.inquiry_id
WHERE r.created_at >= %(since)s AND r.created_at < %(until)s
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""
_ACTIONS: Final = """
SELECT a.kind, i.kind, count(*), count(*) FILTER (WHERE a.moderator_id IS NULL)
FROM integrity_action a JOIN integrity_inquiry i ON i.id = a.inquiry_id
WHERE a.done_at >= %(since)s AND a.done_at < %(until)s
GROUP BY 1, 2 ORDER BY 1, 2
"""
_DAYS: Final = """
SELECT d::date,
       (SELECT count(*) FROM integrity_report r
        WHERE r.created_at >= d AND r.created_at < d + interval '1 day'),
       (SELECT count(*) FROM integrity_action a
        WHERE a.done_at >= d AND a.done_at < d + interval '1 day')
FROM generate_series(%(first)s::timestamptz, %(until)s::timestamptz, interval '1 day') d
ORDER BY 1
"""
_SPEED: Final = """
SELECT count(*),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM closed_at - opened_at))
FROM integrity_inquiry WHERE closed_at >= %(since)s AND closed_at < %(until)s
"""
_COLUMNS: Final = {
    "reasons": ("reason", "kind", "reports", "open", "dismissed", "warned", "hidden", "suspended"),
    "actions": ("action", "kind", "count", "by_rule"),
    "days": ("day", "reports", "actions"),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of a period. `median_seconds` is from first report to verdict, None without any.

    `reasons` rows: reason, kind, reports, open, dismissed, warned, hidden, suspended. `actions` rows: action,
    kind, count, of them by a rule. `days` rows: day, reports, actions.
    """

    since: dt.datetime
    until: dt.datetime
    reports: int
    decided: int
    median_seconds: float | None
    reasons: Sequence[tuple[Any, ...]]
    actions: Sequence[tuple[Any, ...]]
    days: Sequence[tuple[Any, ...]]


def count_period(*, now: dt.datetime, days: int) -> Figures:
    """Count the last `days` days up to `now`, today (UTC) among them."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - dt.timedelta(days=days - 1)
    given = {"since": first, "first": first, "until": now}
    with connection.cursor() as cursor:
        tables = []
        for statement in (_REASONS, _ACTIONS, _DAYS, _SPEED):
            cursor.execute(statement, given)
            tables.append(cursor.fetchall())
    reasons, actions, by_day, ((decided, median),) = tables
    return Figures(
        since=first,
        until=now,
        reports=sum(row[2] for row in reasons),
        decided=decided,
        median_seconds=float(median) if median is not None else None,
        reasons=reasons,
        actions=actions,
        days=by_day,
    )


def in_words(counted: Figures) -> dict[str, Any]:
    """Return the figures with names in the reader's language, for the page."""
    return {
        "counted": counted,
        "median": _say_time(counted.median_seconds) if counted.median_seconds is not None else "",
        "reasons": [
            (name_reason(row[0]), KIND_NAMES.get(row[1], row[1]), *row[2:])
            for row in counted.reasons
        ],
        "actions": [
            (ACTION_NAMES.get(row[0], row[0]), KIND_NAMES.get(row[1], row[1]), *row[2:])
            for row in counted.actions
        ],
        "days": counted.days,
        "outcomes": [str(OUTCOME_NAMES[code]) for code in SHOWN],
    }


def _say_time(seconds: float) -> str:
    """Return a length of time in minutes, from two hours on in hours, never less than it was."""
    minutes = max(1, math.ceil(seconds / 60))
    if minutes < 120:
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
    hours = math.ceil(minutes / 60)
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}


def as_csv(name: str, counted: Figures) -> HttpResponse:
    """Return one of the TABLES as a file, with codes rather than names."""
    rows: Sequence[tuple[Any, ...]] = getattr(counted, name)
    return answer_csv(
        name=f"meadow-moderation-{name}",
        header=_COLUMNS[name],
        rows=[[str(cell) if isinstance(cell, dt.date) else cell for cell in row] for row in rows],
    )


def as_rows(counted: Figures) -> dict[str, list[dict[str, Any]]]:
    """Return the TABLES as rows that name their columns, for the API."""
    return {
        name: [dict(zip(columns, row, strict=True)) for row in getattr(counted, name)]
        for name, columns in _COLUMNS.items()
    }
