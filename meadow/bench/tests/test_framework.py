"""Rows say what the budgets say, and hold only when measured and within their goal."""

import pytest

from meadow.bench import feed
from meadow.bench.framework import AT_LEAST, AT_MOST, Bound, Row
from meadow.bench.load import LoadResult, quantile


def result(per_second: float, *, p99: float = 10.0, cpu: float = 0.1, bad: int = 0) -> LoadResult:
    return LoadResult(
        answers=100,
        failures=bad,
        per_second=per_second,
        p50_ms=2.0,
        p99_ms=p99,
        client_cpu=cpu,
        first_failure="HTTP/1.1 500" if bad else "",
    )


def figures(*, hot: float, query: float, shop: float, p99: float = 30.0) -> feed.Figures:
    return feed.Figures(
        ours=[result(hot)] * 3,
        one_query=[result(query)] * 3,
        by_orm=[result(query * 0.75)] * 3,
        oscar=[result(shop)] * 3,
        half_load=[result(hot / 2, p99=p99)] * 3,
        cold_pages=[2, 1],
        warm_pages=[1, 1],
        sponsored=0.9,
    )


@pytest.mark.parametrize(
    ("bound", "ours", "ratio", "holds"),
    [
        (Bound(AT_LEAST, 0.3, of_ratio=True), 500.0, 0.3, True),
        (Bound(AT_LEAST, 0.3, of_ratio=True), 500.0, 0.299, False),
        (Bound(AT_LEAST, 0.3, of_ratio=True), 500.0, None, False),
        (Bound(AT_MOST, 60), 60.0, None, True),
        (Bound(AT_MOST, 60), 60.1, None, False),
    ],
)
def test_a_goal_is_kept_at_its_very_limit(
    bound: Bound, ours: float, ratio: float | None, holds: bool
) -> None:
    assert bound.holds(ours=ours, ratio=ratio) is holds


def test_an_unmeasured_row_says_why_and_does_not_hold() -> None:
    row = Row("p99", "ms", Bound(AT_MOST, 60), note="the server did not start")

    assert row.as_json() == {
        "measure": "p99",
        "unit": "ms",
        "ours": "the server did not start",
        "beside": {},
        "ratio": None,
        "goal": "<= 60",
        "stretch": None,
        "holds": False,
        "note": "the server did not start",
    }


def test_the_feed_has_the_four_rows_of_its_budget() -> None:
    rows = feed.rows_of(figures(hot=650, query=2000, shop=100))

    assert [(row.ours, row.goal.text(), row.holds) for row in rows] == [
        (650, ">= 0.3x", True),
        (650, ">= 4x", True),
        (30, "<= 60", True),
        (2, "<= 2", True),
    ]
    assert rows[0].ratio == 0.325
    assert rows[0].beside == {"granian + Django + 1 query": 2000, "the same query by ORM": 1500}
    assert rows[0].stretch == Bound(AT_LEAST, 0.5, of_ratio=True)


def test_a_slow_page_does_not_hold() -> None:
    rows = feed.rows_of(figures(hot=500, query=2000, shop=200, p99=61))

    assert [row.holds for row in rows] == [False, False, False, True]


def test_a_wrong_answer_leaves_no_figure() -> None:
    spoiled = figures(hot=650, query=2000, shop=100)
    spoiled.ours[1] = result(650, bad=2)

    rows = feed.rows_of(spoiled)

    assert [row.ours for row in rows] == [None] * 4
    assert rows[0].note == "Hot gave 2 wrong answers: HTTP/1.1 500"


def test_a_busy_load_client_leaves_no_figure() -> None:
    busy = figures(hot=650, query=2000, shop=100)
    busy.one_query[0] = result(2000, cpu=0.8)

    rows = feed.rows_of(busy)

    assert [row.holds for row in rows] == [False] * 4
    assert "load client used 80%" in rows[0].note


def test_a_quantile_is_a_value_that_was_measured() -> None:
    ordered = [float(number) for number in range(1, 101)]

    assert quantile(ordered, 0.50) == 50
    assert quantile(ordered, 0.99) == 99
    assert quantile([7.0], 0.99) == 7
