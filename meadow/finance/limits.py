"""How long what operators write may be, and how often they may ask."""

from typing import Final

# Owners, purposes and references, as the ledger keeps them.
LONGEST_NAME: Final = 60
LARGEST_AMOUNT: Final = 10**15
MOST_HOURS: Final = 8_760
MOST_EXPORTED: Final = 10_000  # lines of one file

PROPOSALS: Final = "120/hour"
DECISIONS: Final = "240/hour"
CHECKS: Final = "30/hour"
RETRIES: Final = "120/hour"
CHANGES: Final = "60/hour"
