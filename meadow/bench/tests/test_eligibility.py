"""The rows of the eligibility bench say what the budget says, and its parts find the same people."""

from typing import Any

import numpy as np

from meadow.bench import eligibility
from meadow.bench.eligibility_parts import EIGHT, IN_WORDS, make_columns
from meadow.bench.load import LoadResult
from meadow.programs.evaluation import evaluate_many
from meadow.programs.rules import from_json


def page(**given: Any) -> LoadResult:
    members: dict[str, Any] = {
        "answers": 500,
        "failures": 0,
        "per_second": 80.0,
        "p50_ms": 12.0,
        "p99_ms": 30.0,
        "client_cpu": 0.1,
    }
    return LoadResult(**(members | given))


def figures(**given: Any) -> eligibility.Figures:
    members: dict[str, Any] = {
        "compute": [{"seconds": [0.05], "met": 998}] * 3,
        "engine": [{"seconds": [0.1], "reasons_seconds": [0.7], "met": 22}] * 3,
        "chdb": [{"seconds": [0.025], "met": 998}] * 3,
        "explain": {"p50": 0.0003, "p99": 0.0005},
        "population": {
            "seconds": [6.0],
            "dry_seconds": [6.5],
            "people": 1_000_000,
            "met": 9000,
            "changed": [100, 0, 50],
        },
        "persist": {"seconds": [1.5], "making": [0.5]},
        "copy": {"seconds": [0.5]},
        "full_pass": {"seconds": 20.0, "changed": 9000, "decisions": 9000, "receipts": 100},
        "pages": [page(p99_ms=30.0)] * 3,
    }
    return eligibility.Figures(**(members | given))


def test_eligibility_has_the_rows_of_its_budget() -> None:
    rows = eligibility.rows_of(figures())

    assert [(row.ours, row.ratio, row.goal.text(), row.holds) for row in rows] == [
        (20_000_000, 700, ">= 50x", True),
        (0.05, 2, "<= 5x", True),
        (66_670, 0.333, ">= 50000", True),
        (0.5, None, "<= 1", True),
        (6, None, "<= 10", True),
        (6.5, None, "<= 10", True),
        (20, None, "<= 60", True),
        (30, None, "<= 50", True),
    ]
    assert rows[0].beside == {
        "rule-engine, each criterion": 28_570,
        "rule-engine, outcome alone": 200_000,
    }
    assert "was scaled" in rows[0].note
    assert "100x" in rows[0].note
    assert "50,000 a second" in rows[2].note


def test_two_that_disagree_leave_no_figure() -> None:
    rows = eligibility.rows_of(figures(chdb=[{"seconds": [0.025], "met": 7}] * 3))

    assert (rows[1].ours, rows[1].holds) == (None, False)
    assert rows[1].note == "the two do not find the same people: [7, 998]"


def test_a_receipt_that_fails_or_a_wrong_page_leaves_no_figure() -> None:
    failing = {"seconds": 20.0, "changed": 9000, "decisions": 8999, "receipts": 0}
    rows = eligibility.rows_of(
        figures(full_pass=failing, pages=[page(failures=1, first_failure="HTTP/1.1 500")])
    )

    assert [(row.ours, row.holds, row.note) for row in rows[-2:]] == [
        (None, False, "of 9,000 changes there are 8,999 decisions, or a receipt failed"),
        (None, False, "a wrong answer: HTTP/1.1 500"),
    ]


def test_the_peers_are_asked_the_same_rule() -> None:
    columns = make_columns(5_000)
    found = evaluate_many(rule=from_json(EIGHT), columns=columns)

    code = compile(IN_WORDS, "rule", "eval")
    people = [
        dict(zip(columns, row, strict=True)) for row in np.array(list(columns.values())).T.tolist()
    ]

    assert found.met.tolist() == [eval(code, {}, person) for person in people]  # noqa: S307
    assert found.met.any()
