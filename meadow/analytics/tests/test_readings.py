"""Every metric, however split, is what a slow recount of the same facts gives."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from meadow.analytics.errors import (
    MetricHasNoFacts,
    MetricNotSplit,
    MetricUnknown,
    PeriodInvalid,
)
from meadow.analytics.facts import Fact, Verdict, encode_facts, encode_verdicts
from meadow.analytics.metrics import (
    Difference,
    Ratio,
    get_metric,
    list_metrics,
)
from meadow.analytics.readings import (
    list_facts,
    read_comparison,
    read_series,
    read_subjects,
    read_totals,
)
from meadow.analytics.testing import make_fact
from meadow.analytics.tests.conftest import feed, roll_up
from meadow.analytics.tests.recounting import (
    count,
    credit,
    judge,
    make_facts,
    make_verdicts,
    moment,
    within,
)
from meadow.analytics.warehouse import client
from meadow.analytics.warehouse.store import Store
from meadow.analytics.warehouse.storing import StreamMessage, store_batch
from meadow.core.errors import EngineUnavailable
from meadow.core.pagination import InvalidCursor

FIRST = dt.date(2026, 3, 1)
DAYS = 12
SINCE, UNTIL = dt.date(2026, 3, 3), dt.date(2026, 3, 9)
AUTHOR = 7
EVERY = [metric.key for metric in list_metrics()]
LISTED = [metric.key for metric in list_metrics() if not isinstance(metric.formula, Ratio)]
LABELS: dict[str, Any] = {
    "day": lambda fact: moment(fact).date(),
    "hour": lambda fact: moment(fact).hour,
    "surface": lambda fact: fact.surface,
    "provenance": lambda fact: fact.provenance,
}


def tell(store: Store, verdicts: Sequence[Verdict], *, seq: int) -> None:
    """Store late verdicts, with somebody else's fact in the same batch, and count again."""
    at = dt.datetime(2026, 3, 20, tzinfo=dt.UTC)
    other = make_fact(id="eSomebodyElse", author_id=999)
    batch = [
        StreamMessage(seq=seq, data=encode_facts([other])),
        StreamMessage(seq=seq + 1, data=encode_verdicts(verdicts)),
    ]
    store_batch(store, batch, life=1, inserted_at=at)
    roll_up(store)


@pytest.fixture
def facts(asked: Store, request: pytest.FixtureRequest) -> list[Fact]:
    """Random facts in the warehouse, some judged later; as they count today."""
    seed = getattr(request, "param", 1)
    made = make_facts(seed, count=1500, days=DAYS, first=FIRST)
    feed(asked, made[:700], made[700:])
    verdicts = make_verdicts(seed, made, count=120)
    tell(asked, verdicts, seq=50)
    return judge(made, verdicts)


SEEDS = pytest.mark.parametrize("facts", [1, 2, 3], indirect=True)


@SEEDS
def test_totals_equal_a_naive_recount(facts: list[Fact]) -> None:
    own = within(facts, AUTHOR, SINCE, UNTIL)

    totals = read_totals(metrics=EVERY, author_id=AUTHOR, since=SINCE, until=UNTIL)

    assert totals.values == {key: count(key, own, lambda fact: True) for key in EVERY}
    assert totals.as_of == dt.datetime(2026, 3, 20, tzinfo=dt.UTC)


@SEEDS
def test_one_note_equals_a_naive_recount(facts: list[Fact]) -> None:
    own = within(facts, AUTHOR, SINCE, UNTIL)
    note = AUTHOR * 10 + 1

    totals = read_totals(metrics=EVERY, author_id=AUTHOR, note_id=note, since=SINCE, until=UNTIL)

    wanted = {key: count(key, own, lambda fact: fact.note_id == note) for key in EVERY}
    credited = count(
        "follows", own, lambda fact: fact.kind == "follow" and credit(fact, facts) == note
    )
    assert totals.values == wanted | {"follows": credited, "followers_gained": credited}
    assert credited > 0


@SEEDS
@pytest.mark.parametrize("by", sorted(LABELS))
def test_every_split_equals_a_naive_recount(facts: list[Fact], by: Any) -> None:
    own = within(facts, AUTHOR, SINCE, UNTIL)
    label_of = LABELS[by]

    series = read_series(metrics=EVERY, author_id=AUTHOR, since=SINCE, until=UNTIL, by=by)

    labels = [label for label, _values in series.rows]
    assert {label_of(fact) for fact in own} <= set(labels)
    assert len(labels) == len(set(labels))
    for label, values in series.rows:
        here = {id(fact) for fact in own if label_of(fact) == label}
        assert values == {key: count(key, own, lambda fact: id(fact) in here) for key in EVERY}  # noqa: B023


@SEEDS
def test_the_split_by_note_equals_a_naive_recount(facts: list[Fact]) -> None:
    own = within(facts, AUTHOR, SINCE, UNTIL)

    series = read_series(metrics=EVERY, author_id=AUTHOR, since=SINCE, until=UNTIL, by="note")

    assert [note for note, _values in series.rows] == [70, 71, 72]
    for note, values in series.rows:
        here = {id(fact) for fact in own if fact.note_id == note}
        wanted = {key: count(key, own, lambda fact: id(fact) in here) for key in EVERY}  # noqa: B023
        credited = sum(
            fact.kind == "follow" and fact.provenance != "invalid" and credit(fact, facts) == note
            for fact in own
        )
        assert values == wanted | {"follows": credited, "followers_gained": credited}


def test_a_comparison_is_two_totals(facts: list[Fact]) -> None:
    since, until = dt.date(2026, 3, 7), dt.date(2026, 3, 10)

    both = read_comparison(metrics=EVERY, author_id=AUTHOR, since=since, until=until)

    now = read_totals(metrics=EVERY, author_id=AUTHOR, since=since, until=until)
    before = read_totals(
        metrics=EVERY, author_id=AUTHOR, since=dt.date(2026, 3, 3), until=dt.date(2026, 3, 6)
    )
    assert both.now == now.values
    assert both.before == before.values
    assert now.values != before.values


@pytest.mark.slow
@pytest.mark.parametrize("subject", ["note", "author"])
def test_many_subjects_at_once_are_each_what_one_is(facts: list[Fact], subject: Any) -> None:
    credited = {"follows", "followers_gained"} if subject == "note" else set()
    for key in EVERY:
        if key in credited:
            with pytest.raises(MetricNotSplit):
                read_subjects(metric=key, subject=subject, since=SINCE, until=UNTIL)
            continue

        found = read_subjects(metric=key, subject=subject, since=SINCE, until=UNTIL)

        assert found.ids.dtype == np.int64
        assert set(found.ids) <= {7, 8, 70, 71, 72, 80, 81, 82}
        for one, value in zip(found.ids.tolist(), found.values.tolist(), strict=True):
            author, note = (one // 10, one) if subject == "note" else (one, None)
            alone = read_totals(
                metrics=[key], author_id=author, note_id=note, since=SINCE, until=UNTIL
            ).values[key]
            assert (None if value != value else value) == alone


def test_asked_subjects_come_in_their_order_with_zeros_for_nothing(facts: list[Fact]) -> None:
    likes = read_subjects(
        metric="likes", subject="note", since=SINCE, until=UNTIL, ids=[82, 999, 70]
    )
    rates = read_subjects(metric="ctr", subject="note", since=SINCE, until=UNTIL, ids=[999])

    own = within(facts, 7, SINCE, UNTIL)
    assert likes.ids.tolist() == [82, 999, 70]
    assert likes.values.tolist()[1:] == [0, count("likes", own, lambda fact: fact.note_id == 70)]
    assert likes.values.dtype == np.int64
    assert np.isnan(rates.values).tolist() == [True]


def test_more_ids_than_travel_are_picked_out_of_the_answer(
    facts: list[Fact], monkeypatch: pytest.MonkeyPatch
) -> None:
    few = read_subjects(metric="reads_raw", subject="note", since=SINCE, until=UNTIL, ids=[71, 5])
    monkeypatch.setattr("meadow.analytics.readings.MOST_IDS_SENT", 1)

    many = read_subjects(metric="reads_raw", subject="note", since=SINCE, until=UNTIL, ids=[71, 5])

    assert many.values.tolist() == few.values.tolist()
    assert few.values[0] > 0


def all_pages(**asked: Any) -> tuple[list[Any], Any]:
    """Return all facts behind a number, a page at a time, and the last page."""
    lines: list[Any] = []
    cursor = None
    while True:
        page = list_facts(**asked, cursor=cursor, limit=40)
        lines += page.items
        assert page.count >= len(lines)
        if page.next_cursor is None:
            return lines, page
        cursor = page.next_cursor


@pytest.mark.slow
@SEEDS
@pytest.mark.parametrize("note", [None, 71])
def test_the_facts_behind_every_number_make_it_up(facts: list[Fact], note: int | None) -> None:
    asked: dict[str, Any] = {"author_id": AUTHOR, "note_id": note, "since": SINCE, "until": UNTIL}
    for key in LISTED:
        number = read_totals(metrics=[key], **asked).values[key]

        lines, page = all_pages(metric=key, **asked)

        assert page.total == number
        assert page.count == len(lines) == len({line.id for line in lines})
        assert [line.at for line in lines] == sorted((line.at for line in lines), reverse=True)
        if key == "dwell_ms":
            assert sum(line.ms for line in lines) == number
        elif key == "reach":
            assert len({line.person for line in lines}) == len(lines) == number
        elif not isinstance(get_metric(key).formula, Difference):
            assert len(lines) == number


@pytest.mark.slow
def test_every_part_of_a_split_opens_to_its_facts(facts: list[Fact]) -> None:
    keys = ["reads_valid", "reads_raw", "dwell_ms", "reach", "likes"]
    whole: dict[str, Any] = {"since": SINCE, "until": UNTIL}
    splits: tuple[Any, ...] = ("hour", "surface", "provenance", "day")
    for by in splits:
        series = read_series(metrics=keys, author_id=AUTHOR, by=by, **whole)
        for label, values in series.rows:
            part = {"since": label, "until": label} if by == "day" else whole | {by: label}
            for key in keys:
                page = list_facts(author_id=AUTHOR, metric=key, limit=1, **part)
                assert page.total == values[key]


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
