"""Splitting conserves every unit, and the rule for what is left over is fixed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meadow.core.money import (
    Money,
    NotAnAmount,
    NothingToSplitBy,
    UnitMismatch,
    UnknownUnit,
    format_money,
    read_money,
    split,
)

amounts = st.builds(
    Money,
    minor=st.integers(min_value=-(10**15), max_value=10**15),
    unit=st.sampled_from(["CNY", "USD", "IMP"]),
)
shares = st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=12).filter(
    lambda weights: sum(weights) > 0
)


@given(amount=amounts, weights=shares)
def test_the_parts_add_up_to_the_whole(amount: Money, weights: list[int]) -> None:
    parts = split(amount, shares=weights)

    assert sum(part.minor for part in parts) == amount.minor
    assert {part.unit for part in parts} == {amount.unit}


@given(amount=amounts, weights=shares)
def test_no_part_is_a_whole_unit_away_from_its_share(amount: Money, weights: list[int]) -> None:
    parts = split(amount, shares=weights)

    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor * total - amount.minor * weight) < total


@given(amount=amounts, weights=shares)
def test_a_refund_splits_as_the_mirror_of_the_charge(amount: Money, weights: list[int]) -> None:
    assert split(-amount, shares=weights) == [-part for part in split(amount, shares=weights)]


@given(amount=amounts, weights=shares)
def test_a_share_of_nothing_gets_nothing(amount: Money, weights: list[int]) -> None:
    parts = split(amount, shares=[*weights, 0])

    assert parts[-1].minor == 0


@pytest.mark.parametrize(
    ("minor", "weights", "expected"),
    [
        (100, [1, 1, 1], [34, 33, 33]),  # equal remainders: the earlier share first
        (101, [1, 1, 1], [34, 34, 33]),
        (100, [1, 2], [33, 67]),  # the larger remainder first
        (1, [1, 1], [1, 0]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (0, [3, 4], [0, 0]),
    ],
)
def test_what_is_left_over_goes_by_the_fixed_rule(
    minor: int, weights: list[int], expected: list[int]
) -> None:
    assert [part.minor for part in split(Money(minor, "CNY"), shares=weights)] == expected


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1], [2, -1]])
def test_impossible_shares_are_refused(weights: list[int]) -> None:
    with pytest.raises(NothingToSplitBy):
        split(Money(100, "CNY"), shares=weights)


def test_units_do_not_mix() -> None:
    with pytest.raises(UnitMismatch):
        Money(1, "CNY") + Money(1, "USD")
    with pytest.raises(UnitMismatch):
        Money(1, "CNY") - Money(1, "IMP")
    with pytest.raises(UnitMismatch):
        _ = Money(1, "CNY") < Money(2, "USD")


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(UnknownUnit, match="EUR"):
        Money(1, "EUR")


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (Money(123450, "CNY"), "¥1,234.50"),
        (Money(-5, "USD"), "-$0.05"),
        (Money(1_000_000, "IMP"), "1,000,000"),
        (Money(0, "CNY"), "¥0.00"),
    ],
)
def test_amounts_are_written_for_the_reader(amount: Money, written: str) -> None:
    assert format_money(amount) == written


@pytest.mark.parametrize(
    ("typed", "unit", "minor"),
    [("12.5", "CNY", 1250), ("1,234.50", "USD", 123450), (" 7 ", "IMP", 7), ("0.01", "CNY", 1)],
)
def test_an_amount_is_read_as_people_type_it(typed: str, unit: str, minor: int) -> None:
    assert read_money(typed, unit) == Money(minor, unit)


@pytest.mark.parametrize("typed", ["", ".", "-1", "1.234", "1e3", "٣", "1.5.2", "9" * 19, "+1"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(NotAnAmount):
        read_money(typed, "CNY")
