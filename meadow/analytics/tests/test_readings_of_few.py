"""Readings of a few facts, of none, and of what there is not."""

import dataclasses
import datetime as dt
from typing import Any

import pytest

from meadow.analytics.errors import MetricHasNoFacts, MetricUnknown, PeriodInvalid
from meadow.analytics.facts import Verdict
from meadow.analytics.metrics import list_metrics
from meadow.analytics.readings import (
    list_facts,
    read_comparison,
    read_series,
    read_subjects,
    read_totals,
)
from meadow.analytics.testing import make_fact
from meadow.analytics.tests.conftest import feed, tell
from meadow.analytics.warehouse import client
from meadow.analytics.warehouse.store import Store
from meadow.core.errors import EngineUnavailable
from meadow.core.pagination import InvalidCursor

SINCE, UNTIL = dt.date(2026, 3, 3), dt.date(2026, 3, 9)
AUTHOR = 7
EVERY = [metric.key for metric in list_metrics()]


def test_a_fact_says_why_and_hides_who(asked: Store) -> None:
    noon = int(dt.datetime(2026, 3, 5, 12, tzinfo=dt.UTC).timestamp() * 1000)
    reader = "b" * 32
    members = {"author_id": AUTHOR, "note_id": 71, "person": reader, "at": noon}
    made = make_fact(**members, id="e" + "1" * 20, provenance="invalid", reason="robot")
    other = make_fact(**(members | {"author_id": 8, "note_id": 81}))
    feed(asked, [made, other])

    page = list_facts(author_id=AUTHOR, metric="reads_raw", since=SINCE, until=UNTIL)
    elsewhere = list_facts(author_id=8, metric="reads_raw", since=SINCE, until=UNTIL)

    line = page.items[0]
    assert (line.id, line.kind, line.surface) == ("e111111111", "read", "hot")
    assert (line.provenance, line.reason, line.judged_later) == ("invalid", "robot", False)
    assert line.at == dt.datetime(2026, 3, 5, 12, tzinfo=dt.UTC)
    assert len(line.person) == 6
    assert line.person not in reader
    assert elsewhere.items[0].person != line.person
    assert page == list_facts(author_id=AUTHOR, metric="reads_raw", since=SINCE, until=UNTIL)


def test_a_late_verdict_moves_the_number_and_is_told(asked: Store) -> None:
    at = int(dt.datetime(2026, 3, 5, 12, tzinfo=dt.UTC).timestamp() * 1000)
    made = make_fact(author_id=AUTHOR, note_id=71, at=at)
    feed(asked, [made])
    days = {"author_id": AUTHOR, "since": SINCE, "until": UNTIL}
    keys = ["reads_valid", "reads_invalid", "reads_raw"]
    before = read_totals(metrics=keys, **days).values  # type: ignore[arg-type]

    verdict = Verdict("v1", made.id, AUTHOR, 71, "invalid", "ring", "case", at + 1)
    tell(asked, [verdict], seq=9)

    after = read_totals(metrics=keys, **days).values  # type: ignore[arg-type]
    line = list_facts(metric="reads_invalid", **days).items[0]  # type: ignore[arg-type]
    assert before == {"reads_valid": 1, "reads_invalid": 0, "reads_raw": 1}
    assert after == {"reads_valid": 0, "reads_invalid": 1, "reads_raw": 1}
    assert (line.reason, line.judged_later) == ("ring", True)


def test_nothing_counted_is_zeros_and_no_moment(asked: Store) -> None:
    totals = read_totals(metrics=EVERY, author_id=1, since=SINCE, until=UNTIL)
    notes = read_series(metrics=["likes"], author_id=1, since=SINCE, until=UNTIL, by="note")
    days = read_series(metrics=["likes"], author_id=1, since=SINCE, until=UNTIL, by="day")
    facts = list_facts(author_id=1, metric="likes", since=SINCE, until=UNTIL)

    assert {value for value in totals.values.values() if value is not None} == {0}
    assert totals.as_of is None
    assert (notes.rows, notes.as_of) == ([], None)
    assert [values["likes"] for _day, values in days.rows] == [0] * 7
    assert (facts.items, facts.count, facts.total, facts.next_cursor) == ([], 0, 0, None)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (UNTIL, SINCE),
        (dt.date(2025, 1, 1), dt.date(2026, 2, 5)),
    ],
)
def test_days_have_a_limit_before_the_warehouse_is_asked(since: dt.date, until: dt.date) -> None:
    days: dict[str, Any] = {"since": since, "until": until}
    for ask in (
        lambda: read_totals(metrics=["likes"], author_id=1, **days),
        lambda: read_comparison(metrics=["likes"], author_id=1, **days),
        lambda: read_series(metrics=["likes"], author_id=1, by="day", **days),
        lambda: read_subjects(metric="likes", subject="note", **days),
        lambda: list_facts(metric="likes", author_id=1, **days),
    ):
        with pytest.raises(PeriodInvalid):
            ask()


def test_what_is_unknown_or_made_up_is_refused(asked: Store) -> None:
    days: dict[str, Any] = {"author_id": 1, "since": SINCE, "until": UNTIL}
    with pytest.raises(MetricUnknown):
        read_totals(metrics=["wishes"], **days)
    with pytest.raises(MetricHasNoFacts) as refused:
        list_facts(metric="ctr", **days)
    with pytest.raises(InvalidCursor):
        list_facts(metric="likes", cursor="made up", **days)

    assert refused.value.params["parts"] == "opens, impressions"


def test_a_warehouse_that_is_away_says_so(settings: Any) -> None:
    url = "http://meadow:x@127.0.0.1:9"
    settings.ENVIRONMENT = dataclasses.replace(settings.ENVIRONMENT, clickhouse_url=url)
    client._local.client = None

    with pytest.raises(EngineUnavailable):
        read_totals(metrics=["likes"], author_id=1, since=SINCE, until=UNTIL)
