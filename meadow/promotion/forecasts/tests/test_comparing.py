"""By the end an order is held against what was told, and before that against its part of it."""

import pytest

from meadow.promotion.forecasts import Forecast, Range
from meadow.promotion.forecasts.comparing import Standing, compare, elapsed_share

TOLD = Forecast(
    people=None,
    impressions=Range(800, 1_000, 1_400),
    results=Range(40, 60, 84),
    cost=None,
    holdout=1_000,
)


def test_at_the_end_the_range_is_the_one_that_was_told() -> None:
    found = compare(forecast=TOLD, delivered={"impressions": 790, "results": 84}, elapsed=1.0)

    assert found == {
        "impressions": Standing(790, Range(800, 1_000, 1_400), "below"),
        "results": Standing(84, Range(40, 60, 84), "within"),
    }


def test_after_a_quarter_a_quarter_is_expected_and_half_the_width() -> None:
    found = compare(
        forecast=TOLD, delivered={"people": 5, "impressions": 451, "results": 5}, elapsed=0.25
    )

    assert found == {
        "impressions": Standing(451, Range(150, 250, 450), "above"),
        "results": Standing(5, Range(5, 15, 27), "within"),
    }


def test_before_anything_came_nothing_is_expected() -> None:
    assert compare(forecast=TOLD, delivered={"impressions": 0}, elapsed=0.0) == {
        "impressions": Standing(0, Range(0, 0, 0), "within")
    }


def test_what_is_over_of_a_plan_is_its_traffic_and_not_its_time() -> None:
    planned = {0.0: 10.0, 100.0: 30.0, 200.0: 60.0}

    assert elapsed_share(planned=planned, now=150.0, ends=300.0) == pytest.approx(0.25)
    assert elapsed_share(planned=planned, now=300.0, ends=300.0) == 1.0
    assert elapsed_share(planned=planned, now=-5.0, ends=300.0) == 0.0
    assert elapsed_share(planned={}, now=5.0, ends=300.0) == 0.0
