"""What some readers read: valid, since a moment, the last first, and so many of each at most."""

import datetime as dt

from meadow.analytics.facts import Fact
from meadow.analytics.histories import list_reads
from meadow.analytics.testing import make_fact
from meadow.analytics.tests.conftest import feed
from meadow.analytics.warehouse.store import Store

ANN, BEN, EVE = "a" * 32, "b" * 32, "e" * 32
SINCE = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def test_reads_make_a_history(asked: Store) -> None:
    first = int(dt.datetime(2026, 3, 2, tzinfo=dt.UTC).timestamp() * 1000)

    def read(person: str, note: int, hours: int, **more: str) -> Fact:
        at = first + hours * 3_600_000
        return make_fact(person=person, note_id=note, at=at, received_at=at, **more)

    feed(
        asked,
        [
            *(read(ANN, 1, 0), read(ANN, 2, 1), read(ANN, 3, 2), read(ANN, 1, 30)),
            *(read(BEN, 7, 5), read(BEN, 8, -48), read(EVE, 9, 6)),
            *(read(BEN, 6, 7, kind="open"), read(BEN, 5, 8)),
        ],
    )

    found = list_reads(pseudonyms=[BEN, ANN], since=SINCE, most_each=2)

    rows = list(zip(found.person.tolist(), found.note_id.tolist(), strict=True))
    assert rows == [(1, 1), (0, 5), (0, 7), (1, 3)]
    assert found.at_ms[0] == first + 30 * 3_600_000
