"""How often people may try, how much at once, and how long things are waited for."""

import datetime as dt
from typing import Final

MOST_METHODS: Final = 5
MOST_IN_BATCH: Final = 500
MOST_RULE_VERSIONS: Final = 50
MOST_BRACKETS: Final = 12
LONGEST_NOTE: Final = 300
LARGEST_AMOUNT: Final = 10**15
LARGEST_RESULTS: Final = 256 * 1024

ASKS: Final = "20/hour"
METHODS: Final = "10/hour"
CHANGES: Final = "60/hour"
OPERATIONS: Final = "600/hour"

APPEAL_WITHIN: Final = dt.timedelta(days=30)
# A provider that does not answer is asked again after these minutes, doubling up to the longest;
# then nobody asks by themselves any more, and operators see it.
FIRST_WAIT: Final = dt.timedelta(minutes=1)
LONGEST_WAIT: Final = dt.timedelta(hours=6)
MOST_TRIES: Final = 20
LOOK_EVERY: Final = dt.timedelta(minutes=10)
