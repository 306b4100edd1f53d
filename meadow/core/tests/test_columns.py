"""Integer columns come out of PostgreSQL as numpy arrays, whole and in order."""

import numpy as np
import pytest

from meadow.core.columns import read_columns

pytestmark = pytest.mark.django_db


def test_columns_come_whole_and_in_order() -> None:
    ids, values = read_columns(
        "SELECT g::bigint, (-g * 3)::bigint FROM generate_series(1, %(most)s) g ORDER BY g DESC",
        {"most": 100_000},
        columns=2,
    )

    assert ids.dtype == np.int64
    assert ids.tolist() == list(range(1, 100_001))
    assert np.array_equal(values, ids * -3)


def test_rows_stay_together_where_the_first_column_repeats() -> None:
    first, second = read_columns(
        "SELECT (g % 2)::bigint, g::bigint FROM generate_series(1, 6) g ORDER BY random()",
        columns=2,
    )

    assert list(zip(first.tolist(), second.tolist(), strict=True)) == [
        (0, 2),
        (0, 4),
        (0, 6),
        (1, 1),
        (1, 3),
        (1, 5),
    ]


def test_no_rows_are_empty_columns() -> None:
    (found,) = read_columns("SELECT 1::bigint WHERE false", columns=1)

    assert found.tolist() == []


def test_words_are_bound_and_never_read_as_sql() -> None:
    (found,) = read_columns(
        "SELECT length(%(word)s)::bigint", {"word": "'); DROP TABLE notes_note; --"}, columns=1
    )

    assert found.tolist() == [29]


@pytest.mark.parametrize("column", ["NULL::bigint", "CASE g WHEN 2 THEN NULL ELSE g END"])
def test_a_hole_in_a_column_is_refused(column: str) -> None:
    with pytest.raises(ValueError, match="NULL somewhere"):
        read_columns(f"SELECT ({column}) FROM generate_series(1::bigint, 3) g", columns=1)  # noqa: S608
