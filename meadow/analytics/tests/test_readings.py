"""Every metric, however split, is what a slow recount of the same facts gives."""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from meadow.analytics.errors import (
    MetricNotSplit,
)
from meadow.analytics.facts import Fact
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
from meadow.analytics.tests.conftest import empty, feed, tell
from meadow.analytics.tests.recounting import (
    count,
    credit,
    judge,
    make_facts,
    make_verdicts,
    moment,
    within,
)
from meadow.analytics.warehouse.store import Store

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


@pytest.fixture(scope="module")
def stored(opened_store: Store, request: pytest.FixtureRequest) -> list[Fact]:
    """Random facts in the warehouse, some judged later; as they count today. Tests only read them."""
    seed = getattr(request, "param", 1)
    made = make_facts(seed, count=1500, days=DAYS, first=FIRST)
    empty(opened_store)
    feed(opened_store, made[:700], made[700:])
    verdicts = make_verdicts(seed, made, count=120)
    tell(opened_store, verdicts, seq=50)
    return judge(made, verdicts)


@pytest.fixture
def facts(stored: list[Fact], asking: None) -> list[Fact]:
    """What the warehouse holds that readings ask."""
    return stored


SEEDS = pytest.mark.parametrize("stored", [1, 2, 3], indirect=True, scope="module")


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
        for place, (label, values) in enumerate(series.rows):
            part = {"since": label, "until": label} if by == "day" else whole | {by: label}
            # Of many labels each opens one number, in turn; of few, each opens all of them.
            for key in keys if len(series.rows) < 5 else [keys[place % 5]]:
                page = list_facts(author_id=AUTHOR, metric=key, limit=1, **part)
                assert page.total == values[key]
