"""How often buyers may ask for forecasts, order and change orders."""

from typing import Final

FORECASTS: Final = "600/hour"
ORDERS: Final = "60/hour"
CHANGES: Final = "240/hour"
