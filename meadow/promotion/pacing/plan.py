"""How spend is meant to run: evenly over the available traffic, forecast and corrected as it comes."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

# How much the forecast's level counts against what is seen: this share of the flight, and so many at least.
FORECAST_WEIGHT: Final = 0.001
FORECAST_LEAST: Final = 30.0


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is left of the flight, in opportunities, as the forecast and the traffic so far say.

    `ahead` is the share of the traffic so far by which spend is meant to lead it.
    """

    seen: float
    left: float
    left_in_slot: float
    slot: float
    level: float
    ahead: float = 0.0

    @property
    def left_until_due(self) -> float:
        """Return how many are still to come until everything is to be spent."""
        return max((self.seen + self.left) / (1.0 + self.ahead) - self.seen, 0.0)

    @property
    def is_due(self) -> bool:
        """Whether everything is to be spent by now, and flights that lead their traffic still go on."""
        return self.ahead > 0 and self.left_until_due <= 0

    def share_after(self, opportunities: float) -> float:
        """Return the share of the budget that is to be spent after so many more."""
        whole = self.seen + self.left
        if whole <= 0:
            return 1.0
        return min((self.seen + opportunities) / whole * (1.0 + self.ahead), 1.0)


class Plan:
    """A campaign's flight: `edges` in seconds (n + 1, rising), `traffic` forecast per slot (n).

    `ahead` is the share by which spend is to lead traffic, so that the last money is not left over.
    """

    def __init__(
        self,
        *,
        budget: int,
        edges: Sequence[float],
        traffic: Sequence[float],
        ahead: float = 0.0,
    ) -> None:
        """Raise ValueError where slots and forecast do not fit together."""
        if len(edges) != len(traffic) + 1 or not traffic:
            raise ValueError("a plan has one more edge than slots, and at least one slot")
        if any(late <= early for early, late in pairwise(edges)):
            raise ValueError("a plan's edges rise")
        if min(traffic) < 0 or sum(traffic) <= 0:
            raise ValueError("a plan forecasts traffic, and none below zero")
        if budget < 0:
            raise ValueError("a budget is not below zero")
        if ahead < 0:
            raise ValueError("a plan leads its traffic, or keeps to it")
        self.budget = budget
        self.ahead = ahead
        self.edges = tuple(map(float, edges))
        self.traffic = tuple(map(float, traffic))
        self._before = (0.0, *accumulate(self.traffic))
        self.total = self._before[-1]

    @property
    def end(self) -> float:
        """When the flight ends, in seconds."""
        return self.edges[-1]

    def expected_by(self, now: float) -> float:
        """Return how many opportunities were forecast until `now`."""
        if now <= self.edges[0]:
            return 0.0
        if now >= self.end:
            return self.total
        slot = bisect_right(self.edges, now) - 1
        part = (now - self.edges[slot]) / (self.edges[slot + 1] - self.edges[slot])
        return self._before[slot] + part * self.traffic[slot]

    def outlook(self, *, now: float, seen: float) -> Outlook:
        """Return what is left when `seen` opportunities have come by `now`."""
        past = self.expected_by(now)
        weight = max(FORECAST_WEIGHT * self.total, FORECAST_LEAST)
        level = (seen + weight) / (past + weight)
        if now >= self.end:
            return Outlook(seen, 0.0, 0.0, self.traffic[-1] * level, level, self.ahead)
        slot = max(bisect_right(self.edges, now) - 1, 0)
        return Outlook(
            seen=seen,
            left=(self.total - past) * level,
            left_in_slot=(self._before[slot + 1] - past) * level,
            slot=self.traffic[slot] * level,
            level=level,
            ahead=self.ahead,
        )
