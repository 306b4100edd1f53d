"""Withholding and fees: exact, and the same however an amount is divided."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meadow.payouts.figuring import Bracket, figure, tax_on
from meadow.payouts.terms import SHIPPED, next_turn, period_start

# Minor units: nothing of the first 800.00, 20 % of what is above, 40 % above 50,000.00.
STEPS = (Bracket(80_000, 2_000), Bracket(5_000_000, 4_000))

amounts = st.integers(0, 10**12)
brackets = st.lists(
    st.tuples(st.integers(0, 10**9), st.integers(0, 10_000)),
    max_size=6,
    unique_by=lambda one: one[0],
).map(lambda found: tuple(Bracket(above, rate) for above, rate in sorted(found)))


@pytest.mark.parametrize(
    ("amount", "tax"),
    [
        (0, 0),
        (80_000, 0),
        (80_004, 0),
        (80_005, 1),
        (180_000, 20_000),
        (5_000_000, 984_000),
        (5_000_001, 984_000),
        (5_100_000, 1_024_000),
    ],
)
def test_each_bracket_takes_its_part_of_what_is_above_it(amount: int, tax: int) -> None:
    assert tax_on(amount, STEPS) == tax


@given(gross=amounts, before=amounts, steps=brackets, fee=amounts, rate=st.integers(0, 5_000))
def test_a_payout_adds_up_exactly(
    gross: int, before: int, steps: tuple[Bracket, ...], fee: int, rate: int
) -> None:
    found = figure(gross, before=before, brackets=steps, fee=fee, fee_rate=rate)

    assert found.gross == gross == found.net + found.tax + found.fee
    assert 0 <= found.tax <= gross
    assert found.fee == fee + gross * rate // 10_000


@given(parts=st.lists(st.integers(0, 10**9), max_size=8), steps=brackets)
def test_dividing_an_amount_into_payouts_changes_no_tax(
    parts: list[int], steps: tuple[Bracket, ...]
) -> None:
    before = withheld = 0
    for part in parts:
        withheld += figure(part, before=before, brackets=steps, fee=0, fee_rate=0).tax
        before += part

    assert withheld == tax_on(sum(parts), steps)


@pytest.mark.parametrize(
    ("schedule", "turn"),
    [("weekly", (2026, 5, 4)), ("monthly", (2026, 6, 1)), ("never", None)],
)
def test_turns_come_on_the_day_of_the_rules(
    schedule: str, turn: tuple[int, int, int] | None
) -> None:
    friday = dt.datetime(2026, 5, 1, 3, 0, tzinfo=dt.UTC)
    expected = dt.datetime(*turn, 3, 0, tzinfo=dt.UTC) if turn else None

    assert next_turn(schedule, SHIPPED["CNY"], friday) == expected


def test_periods_begin_at_midnight_utc() -> None:
    now = dt.datetime(2026, 5, 17, 1, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))

    assert period_start("month", now) == dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    assert period_start("year", now) == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert period_start("payout", now) is None
