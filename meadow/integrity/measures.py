"""Figures of people by what moderators recorded about them, of a few or of everybody.

A violation counts within a window up to and including the last moment at which it is that many
times 24 hours old; one that was closed as a mistake never counts. With no window all count.
"""

import datetime as dt
from collections.abc import Collection
from typing import Any, Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from meadow.core.columns import read_columns

Ids = NDArray[np.int64]
_RECORDED: Final = """
FROM integrity_violation v
WHERE v.person_id IS NOT NULL AND v.opened_at <= %(now)s
  AND (%(everybody)s OR v.person_id = ANY(%(ids)s))
  AND (%(days)s = 0 OR v.opened_at >= %(now)s - %(window)s)
  AND NOT EXISTS (SELECT FROM integrity_closing c
                  WHERE c.violation_id = v.id AND c.reason = 'mistaken')
GROUP BY v.person_id
"""


def count_recorded(
    person_ids: Collection[int], *, within_days: int, now: dt.datetime
) -> dict[int, int]:
    """Return how many violations were recorded about each of these people; who has none is missing."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT v.person_id, count(*) {_RECORDED}",
            _bindings(person_ids, within_days, now),
        )
        return dict(cursor.fetchall())


def count_recorded_of_all(*, within_days: int, now: dt.datetime) -> tuple[Ids, Ids]:
    """Return everybody about whom violations were recorded: ids, ascending, and how many of each."""
    ids, counts = read_columns(
        f"SELECT v.person_id::bigint, count(*)::bigint {_RECORDED}",
        _bindings(None, within_days, now),
        columns=2,
    )
    return ids, counts


def next_forgotten(
    person_ids: Collection[int] | None, *, within_days: int, now: dt.datetime
) -> tuple[Ids, Ids]:
    """Return people, ascending, and the first moment at which one of their violations is too old.

    In µs since 1970; None: of everybody. Who has none that gets too old is missing.
    """
    if not within_days:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    ids, moments = read_columns(
        "SELECT v.person_id::bigint,"  # noqa: S608 - fixed parts
        " (extract(epoch from min(v.opened_at) + %(window)s) * 1000000)::bigint + 1"
        f" {_RECORDED}",
        _bindings(person_ids, within_days, now),
        columns=2,
    )
    return ids, moments


def _bindings(ids: Collection[int] | None, within_days: int, now: dt.datetime) -> dict[str, Any]:
    return {
        "now": now,
        "everybody": ids is None,
        "ids": list(ids or ()),
        "days": within_days,
        "window": dt.timedelta(days=within_days),
    }
