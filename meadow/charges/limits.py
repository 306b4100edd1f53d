"""How often charges are asked for and answered."""

from typing import Final

ASKS: Final = "600/hour"
ANSWERS: Final = "120/hour"
CAPTURES: Final = "1200/hour"
RETURNS: Final = "120/hour"
