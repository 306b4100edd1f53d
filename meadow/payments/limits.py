"""How much one top-up may be, how often people may try, and how long things are waited for."""

import datetime as dt
from typing import Final

# Minor units, smallest and largest, by unit.
BOUNDS: Final = {"CNY": (100, 500_000), "USD": (100, 100_000)}
SUGGESTED: Final = {"CNY": (1_000, 5_000, 20_000, 100_000), "USD": (500, 1_000, 5_000, 20_000)}

TOP_UPS: Final = "20/hour"
LOOKS: Final = "60/minute"
NOTICES: Final = "60/hour"
REFUNDS: Final = "120/hour"
LARGEST_NEWS: Final = 64 * 1024

# Providers forget an idempotency key after a day: what was never begun by then is begun anew.
BEGIN_WITHIN: Final = dt.timedelta(hours=23)
WAIT_FOR: Final = dt.timedelta(days=8)
YOUNG: Final = dt.timedelta(hours=1)
LOOK_EVERY: Final = dt.timedelta(minutes=5)
