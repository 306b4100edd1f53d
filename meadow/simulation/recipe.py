"""What a world is made of: five numbers, and everything in it follows from them."""

import datetime as dt
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

DAY_MS = 24 * 3600 * 1000
# Streams of random numbers, one for each purpose: more of one never changes another.
PEOPLE, TASTES, FOLLOWS, NOTES, ATTACKS, WORDS, DAYS, GUESTS, HABITS = range(9)


@dataclass(frozen=True)
class Recipe:
    """A world: how many creators and fans, from which UTC day on for how many days, which seed."""

    creators: int
    fans: int
    days: int
    seed: int
    start: dt.date

    @property
    def name(self) -> str:
        """What this world is called: its seed, and a mark of all five numbers."""
        return f"{self.seed}-{self.mark}"

    @property
    def mark(self) -> str:
        """Ten hexadecimal digits that no other world has."""
        said = " ".join(str(value) for value in asdict(self).values())
        return blake2b(said.encode(), digest_size=5).hexdigest()

    @property
    def start_ms(self) -> int:
        """When the first day begins, in milliseconds since 1970."""
        return (self.start - dt.date(1970, 1, 1)).days * DAY_MS

    @property
    def end_ms(self) -> int:
        """When the last day is over."""
        return self.start_ms + self.days * DAY_MS

    def rng(self, purpose: int, part: int = 0) -> np.random.Generator:
        """Return the random numbers of one purpose, the same whenever they are asked for."""
        return np.random.Generator(np.random.PCG64([self.seed, purpose, part]))

    def described(self) -> dict[str, Any]:
        """Return the numbers as JSON knows them."""
        return {**asdict(self), "start": self.start.isoformat()}
