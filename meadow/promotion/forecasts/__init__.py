"""Forecasts: what an order of reach is expected to bring, as ranges; numbers in, numbers out.

Method and guarantees: docs/algorithms/promotion-forecast.md.
"""

from meadow.promotion.forecasts.result import Forecast, Note, Range, forecast_from_json

__all__ = ["Forecast", "Note", "Range", "forecast_from_json"]
