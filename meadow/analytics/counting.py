"""Waiting until what is in the stream is stored, counted and projected, for commands that say so."""

import time
from collections.abc import Callable, Sequence
from typing import Final

from clickhouse_connect.driver.exceptions import Error as ClickHouseError
from django.db.models import Sum

from meadow.analytics.couriers import find_floor
from meadow.analytics.models import NoteReads
from meadow.analytics.warehouse.client import get_client
from meadow.core.errors import EngineUnavailable

LOOK_EVERY: Final = 0.25
_TOTALS: Final = """
SELECT note_id, sum(facts) FROM rollup FINAL
WHERE author_id IN {authors:Array(Int64)} AND kind = 'read' GROUP BY note_id
"""


def wait_until_stored(*, sequence: int, patience: float) -> bool:
    """Return whether the warehouse stored the stream up to `sequence` within so many seconds of
    standing still."""
    return _wait(find_floor, done=lambda floor: floor >= sequence, patience=patience)


def wait_until_projected(*, author_ids: Sequence[int], reads: int, patience: float) -> bool:
    """Return whether PostgreSQL shows this many raw reads of these authors' notes, in time."""
    return _wait(
        lambda: count_projected(author_ids=author_ids),
        done=lambda found: found >= reads,
        patience=patience,
    )


def count_projected(*, author_ids: Sequence[int]) -> int:
    """Return the raw reads of these authors' notes, as PostgreSQL knows them."""
    own = NoteReads.objects.filter(author_id__in=list(author_ids))
    return int(own.aggregate(reads=Sum("reads_raw", default=0))["reads"])


def read_raw_totals(*, author_ids: Sequence[int]) -> dict[int, int]:
    """Return the raw reads of each note of these authors, as the roll-up has them.

    Raises EngineUnavailable.
    """
    try:
        answer = get_client().query(_TOTALS, parameters={"authors": list(author_ids)})
    except ClickHouseError as away:
        raise EngineUnavailable(engine="warehouse") from away
    return {int(note): int(count) for note, count in answer.result_rows}


def _wait(look: Callable[[], int], *, done: Callable[[int], bool], patience: float) -> bool:
    """Return whether something became true before nothing moved for `patience` seconds."""
    best, deadline = -1, time.monotonic() + patience
    while not done(found := look()):
        if found > best:
            best, deadline = found, time.monotonic() + patience
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_EVERY)
    return True
