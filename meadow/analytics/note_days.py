"""Valid reads of many notes by day, in one question to the warehouse."""

import datetime as dt
from collections.abc import Sequence

from meadow.analytics.questions import Bindings, ask, check_period


def read_note_days(
    *, author_id: int, note_ids: Sequence[int], since: dt.date, until: dt.date
) -> dict[int, dict[dt.date, int]]:
    """Return the valid reads of an author's notes by UTC day, where there were some.

    Days `since` and `until` both count. Raises EngineUnavailable, PeriodInvalid.
    """
    check_period(since, until)
    if not note_ids:
        return {}
    bind = Bindings()
    sql = (
        "SELECT note_id, day, sum(counted) FROM rollup FINAL"  # noqa: S608 - values are bound
        f" WHERE author_id = {bind.add(author_id, 'Int64')}"
        f" AND note_id IN {bind.add(sorted(note_ids), 'Array(Int64)')}"
        f" AND day >= {bind.add(since, 'Date')} AND day <= {bind.add(until, 'Date')}"
        " AND kind = 'read' GROUP BY note_id, day HAVING sum(counted) > 0"
    )
    found: dict[int, dict[dt.date, int]] = {}
    for note_id, day, reads in ask(sql, bind):
        found.setdefault(int(note_id), {})[day] = int(reads)
    return found
