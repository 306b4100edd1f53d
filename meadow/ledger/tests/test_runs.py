"""Runs: nothing is lost or added, and balances follow each other, whatever stands between what."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meadow.ledger import reasons
from meadow.ledger.reasons import Reason
from meadow.ledger.runs import Run, gather

NOON: Final = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
MANY, ALONE = "runs.test", "runs.alone"


@dataclass(frozen=True)
class Booked:
    reason: str
    reference: str
    decision: str
    amount: int
    balance_after: int
    booked_at: dt.datetime
    place: int


@pytest.fixture(autouse=True)
def words(monkeypatch: pytest.MonkeyPatch) -> None:
    named = {
        MANY: Reason(lambda _: "Charged", in_runs=True),
        ALONE: Reason(lambda _: "Paid"),
    }
    monkeypatch.setattr(reasons, "_reasons", named)


def book(moves: list[tuple[str, str, str, int, int]]) -> list[Booked]:
    """Return (reason, reference, decision, amount, hours later) as lines, the oldest first."""
    lines, balance, at = [], 1_000, NOON
    for place, (reason, reference, decision, amount, hours) in enumerate(moves):
        balance, at = balance + amount, at + dt.timedelta(hours=hours)
        lines.append(Booked(reason, reference, decision, amount, balance, at, place))
    return lines


MOVES = st.lists(
    st.tuples(
        st.sampled_from([MANY, ALONE]),
        st.sampled_from(["one", "two", ""]),
        st.sampled_from(["", "", "decided"]),
        st.integers(-50, 50).filter(bool),
        st.integers(0, 9),
    ),
    max_size=40,
)


@given(moves=MOVES, most=st.integers(1, 8), backwards=st.booleans())
def test_pages_of_runs_have_each_line_once_and_balances_that_follow(
    moves: list[tuple[str, str, str, int, int]], most: int, backwards: bool
) -> None:
    lines = book(moves)
    left = lines[::-1] if backwards else lines
    runs: list[Run[Booked]] = []
    while left:
        page, count = gather(left, most=most, backwards=backwards)
        assert 0 < count <= len(left)
        assert len(page) <= most
        assert sum(run.count for run in page) == count
        assert sum(run.amount for run in page) == sum(line.amount for line in left[:count])
        runs, left = runs + page, left[count:]

    balance = 1_000
    for run in reversed(runs) if backwards else runs:
        balance += run.amount
        assert run.balance_after == balance
    assert balance == 1_000 + sum(line.amount for line in lines)


def test_what_an_order_took_in_a_day_is_one_line_though_others_stand_between() -> None:
    lines = book(
        [
            (MANY, "one", "", -2, 0),
            (MANY, "two", "", -5, 0),
            (MANY, "one", "", -3, 0),
            (MANY, "one", "", 1, 0),
            (ALONE, "one", "", -7, 0),
            (ALONE, "one", "", -7, 0),
            (MANY, "one", "", -4, 24),
        ]
    )

    runs, count = gather(lines)

    told = [(run.line.place, run.count, run.amount, run.balance_after) for run in runs]
    assert told == [
        (0, 2, -5, 995),
        (1, 1, -5, 990),
        # What came back is no charge, what other reasons move stays apart, and so does the next day.
        (3, 1, 1, 991),
        (4, 1, -7, 984),
        (5, 1, -7, 977),
        (6, 1, -4, 973),
    ]
    assert count == len(lines)


def test_nothing_is_no_run() -> None:
    assert gather([]) == ([], 0)
