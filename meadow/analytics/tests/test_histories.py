"""What some readers read: valid, since a moment, the last first, and so many of each at most."""

import datetime as dt

from meadow.analytics.facts import Fact
from meadow.analytics.histories import histories_sql, list_active_hours, list_reads
from meadow.analytics.questions import Bindings
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


def test_a_late_verdict_takes_a_read_out_of_a_history(asked: Store) -> None:
    at = int(dt.datetime(2026, 3, 2, tzinfo=dt.UTC).timestamp() * 1000)
    reads = [
        make_fact(person=ANN, note_id=note, at=at + note, received_at=at + note) for note in (1, 2)
    ]
    feed(asked, reads)
    asked.execute(
        "INSERT INTO verdicts SELECT 'v1', id, author_id, note_id, 'invalid', 'ring', 'case', now(),"
        " 1, 1, 1, now() FROM facts WHERE note_id = 1"
    )

    found = list_reads(pseudonyms=[ANN], since=SINCE, most_each=5)

    assert found.note_id.tolist() == [2]


def test_a_history_costs_what_its_reader_did_and_not_what_everybody_did(store: Store) -> None:
    store.execute(
        "INSERT INTO facts (id, kind, note_id, author_id, person, at, received_at)"
        " SELECT toString(number), 'read', 1 + number % 97, 1 + number % 7, hex(MD5(toString("
        "number % 1000))), toDateTime64('2026-03-02 00:00:00', 3), toDateTime64("
        "'2026-03-02 00:00:00', 3) FROM numbers(100000)"
    )
    bind = Bindings()
    sql = histories_sql(bind, pseudonyms=["{p}"], since=SINCE, most_each=100)
    somebody = store.query("SELECT person FROM facts LIMIT 1")[0][0]
    params = {name: f"['{somebody}']" for name in bind.values if name == "p0"}
    params |= {name: str(value) for name, value in bind.values.items() if name != "p0"}

    plan = "\n".join(
        " ".join(row) for row in store.query(f"EXPLAIN indexes = 1 {sql}", params=params)
    )

    assert len(store.query(sql, params=params)) == 97
    assert plan.count("ReadFromMergeTree (by_person)") == 2
    assert "meadow.facts" not in plan


def test_hours_in_which_readers_were_here_are_counted_in_days(asked: Store) -> None:
    evening = int(dt.datetime(2026, 3, 2, 20, 30, tzinfo=dt.UTC).timestamp() * 1000)
    day = 24 * 3_600_000

    def fact(person: str, at: int, **more: str) -> Fact:
        return make_fact(person=person, note_id=1, at=at, received_at=at, **more)

    feed(
        asked,
        [
            *(fact(ANN, evening), fact(ANN, evening + 60_000, kind="impression")),
            *(fact(ANN, evening + day), fact(ANN, evening + 2 * day, provenance="invalid")),
            *(fact(BEN, evening - 3 * day), fact(BEN, evening + 3_600_000)),
            fact(EVE, evening),
        ],
    )

    found = list_active_hours(pseudonyms=[BEN, ANN], since=SINCE)

    rows = zip(found.person.tolist(), found.hour.tolist(), found.days.tolist(), strict=True)
    assert list(rows) == [(0, 21, 1), (1, 20, 2)]
