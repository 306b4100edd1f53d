"""How often audiences are asked about, kept and uploaded, and promoted notes chosen about."""

from typing import Final

SIZES: Final = "600/hour"
CHANGES: Final = "120/hour"
UPLOADS: Final = "20/day"
CHOICES: Final = "60/minute"
