"""How often people may try, how long things are waited for, and what is suggested; how much is data."""

import datetime as dt
from typing import Final

from meadow.core.money import UNITS

# What a wallet can hold: money, not promised impressions.
CURRENCIES: Final = tuple(unit for unit in UNITS if unit != "IMP")
DAY: Final = dt.timedelta(hours=24)
MONTH: Final = dt.timedelta(days=30)
# A raised limit holds only then: whoever got into an account cannot lift it and empty the wallet at once.
RAISED_AFTER: Final = dt.timedelta(hours=24)
LARGEST: Final = 10**15
LONGEST_NOTE: Final = 300
SUGGESTED: Final = {"CNY": (1_000, 5_000, 20_000, 100_000), "USD": (500, 1_000, 5_000, 20_000)}

TOP_UPS: Final = "20/hour"
LOOKS: Final = "60/minute"
NOTICES: Final = "60/hour"
SPENDING: Final = "60/hour"
REFUNDS: Final = "120/hour"
LARGEST_NEWS: Final = 64 * 1024

# Providers forget an idempotency key after a day: what was never begun by then is begun anew.
BEGIN_WITHIN: Final = dt.timedelta(hours=23)
WAIT_FOR: Final = dt.timedelta(days=8)
YOUNG: Final = dt.timedelta(hours=1)
LOOK_EVERY: Final = dt.timedelta(minutes=5)
