"""How long what operators write may be, and how often they may ask."""

from typing import Final

# Owners, purposes and references, as the ledger keeps them.
LONGEST_NAME: Final = 60
