"""What an order keeps of its forecast is what the buyer was told."""

import json

from meadow.promotion.forecasts import Forecast, Note, Range, forecast_from_json

TOLD = Forecast(
    people=Range(80, 100, 130),
    impressions=Range(100, 120, 160),
    results=Range(4, 7, 12),
    cost=Range(2_000, 2_500, 3_100),
    holdout=1_200,
    notes=(Note.LITTLE_KNOWN,),
)


def test_a_forecast_is_kept_under_the_agreed_names() -> None:
    assert TOLD.to_json() == {
        "people": [80, 100, 130],
        "impressions": [100, 120, 160],
        "results": [4, 7, 12],
        "cost": [2_000, 2_500, 3_100],
        "holdout": 1_200,
        "method": 2,
        "notes": ["little_known"],
    }


def test_a_forecast_is_the_same_when_it_is_read_again() -> None:
    nothing = Forecast(None, None, None, None, holdout=1_000, notes=(Note.NOTHING_KNOWN,))

    for told in (TOLD, nothing):
        assert forecast_from_json(json.loads(json.dumps(told.to_json()))) == told
    assert TOLD.is_known
    assert not nothing.is_known
    assert forecast_from_json({}) is None
