"""The rows of the audience bench say what the budget says, and its peers are asked the same."""

from typing import Any

from meadow.bench import audience
from meadow.bench.audience_world import to_sql
from meadow.promotion.audiences.definition import from_json


def found(**given: Any) -> dict[str, Any]:
    ours = {
        "answers": [5, 7, 9],
        "seconds": [0.002] * 99 + [0.008],
        "bytes": 56_000_000,
        "resident": 70_000_000,
        "built": 6.0,
    }
    parts: dict[str, Any] = {
        "ours": ours,
        "chdb": {"answers": [5, 7], "seconds": [0.02]},
        "postgres": {"answers": [5], "seconds": [0.5]},
    }
    return parts | given


def test_audience_has_the_rows_of_its_budget() -> None:
    rows = audience.rows_of(found())

    assert [(row.ours, row.ratio, row.goal.text(), row.holds) for row in rows] == [
        (8, 10, "<= 10", True),
        (56, None, "<= 100", True),
    ]
    assert rows[0].beside == {"chDB scan p50": 20, "PostgreSQL p50": 500}


def test_who_counts_differently_leaves_no_figure() -> None:
    rows = audience.rows_of(found(chdb={"answers": [5, 8], "seconds": [0.02]}))

    assert (rows[0].ours, rows[0].holds) == (None, False)
    assert rows[0].note == "question 1: we count 7, chdb counts 8"


def test_the_peers_are_asked_the_same_question() -> None:
    asked = from_json(
        {
            "all": [
                {"in": "age", "values": ["25-34", "55-"]},
                {"any": [{"in": "region", "values": ["US"]}, {"in": "gender", "values": ["male"]}]},
                {"not": {"in": "interest", "values": ["topic0", "topic2"]}},
            ]
        }
    )

    assert to_sql(asked) == (
        "may = 1 AND (age IN (1, 4) AND (region IN (1) OR gender IN (1))"
        " AND NOT (bit_and(interest, 5) <> 0))"
    )
