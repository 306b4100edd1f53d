"""Facts that go all the way in, and what became of them: for tests of cases."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from meadow.analytics.facts import SUBJECT_WEB, Fact, encode_facts
from meadow.analytics.queries import get_note_reads
from meadow.analytics.testing import make_fact, wait_for
from meadow.analytics.warehouse.client import get_client
from meadow.core.nats import jetstream_publish
from meadow.core.testing import run_jobs
from meadow.integrity import services
from meadow.integrity.queries import CaseRecord, list_cases_of

START = dt.datetime(2026, 3, 14, 12, 0, tzinfo=dt.UTC)
NOW = START + dt.timedelta(hours=1)
notes = iter(range(1_000_000, 2_000_000))


def read_at(person: str, second: float, **given: Any) -> Fact:
    """Return a read of a note of its own, reported half a second later."""
    at = int(START.timestamp() * 1000 + second * 1000)
    given = {"note_id": next(notes), "person": person} | given
    return make_fact(at=at, received_at=at + 500, **given)


def clockwork(person: str, reads: int = 40, *, begin: float = 0.0, **given: Any) -> list[Fact]:
    return [read_at(person, begin + 3.0 * place, **given) for place in range(reads)]


def store(*batches: Sequence[Fact]) -> None:
    """Publish batches and return once the warehouse has them and PostgreSQL their figures."""
    for batch in batches:
        jetstream_publish(SUBJECT_WEB, encode_facts(batch))
    ids = [fact.id for batch in batches for fact in batch]
    assert wait_for(lambda: count("facts", "id", ids) == len(ids))
    reads = [fact for batch in batches for fact in batch if fact.kind == "read"]
    assert wait_for(lambda: raw(reads) >= len(reads))


def count(table: str, column: str, values: Sequence[str]) -> int:
    sql = f"SELECT count() FROM {table} WHERE {column} IN {{values:Array(String)}}"  # noqa: S608
    return int(get_client().query(sql, parameters={"values": list(values)}).result_rows[0][0])


def valid(facts: Sequence[Fact]) -> int:
    """Return the valid reads of the notes of these facts, as PostgreSQL has them."""
    return sum(reads.valid for reads in get_note_reads([one.note_id for one in facts]).values())


def raw(facts: Sequence[Fact]) -> int:
    return sum(reads.raw for reads in get_note_reads([one.note_id for one in facts]).values())


def cases_of(person: str) -> list[CaseRecord]:
    return list_cases_of(pseudonym=person, size=100).items


def scan() -> None:
    services.scan_facts(now=NOW)
    run_jobs("integrity")
