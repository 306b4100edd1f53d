"""What a campaign's opportunities cost lately: expected spend per opportunity at each bid.

The platform runs the auctions, so it knows what every opportunity would have cost, won or not. An
opportunity is won by a bid of `multiplier x value` when its *threshold*, price / value, is at most the
multiplier. A market keeps the cost per opportunity by threshold, with exponential forgetting: fixed size,
exact after a restart.
"""

import base64
import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

PER_OCTAVE: Final = 16
BINS: Final = 512
# No power of two or ten times a round number, so that prices at a reserve do not lie on an edge.
LOWEST: Final = 15.731
EDGES: Final[Floats] = LOWEST * 2.0 ** (np.arange(BINS + 1) / PER_OCTAVE)


@dataclass(frozen=True, slots=True)
class Reach:
    """A bid that costs what is wanted: `high` with probability `share`, else `low`; price per value."""

    low: float
    high: float
    share: float
    place: int


def thresholds(prices: ArrayLike, values: ArrayLike) -> Floats:
    """Return price / value; infinite where the value is not positive, which no bid wins."""
    price, value = np.asarray(prices, np.float64), np.asarray(values, np.float64)
    worth = value > 0
    level: Floats = np.divide(price, value, out=np.full(price.shape, np.inf), where=worth)
    return level


class Market:
    """The recent cost of a campaign's opportunities by threshold.

    `memory`, `recent`: opportunities over which the long and the short view forget (mean age). Where they
    differ by more than `surprise` standard errors at the bid that stands, the long view is replaced by
    the short one.
    """

    def __init__(self, *, memory: float, recent: float, surprise: float) -> None:
        self._memory, self._recent, self._surprise = memory, recent, surprise
        self._cost: Floats = np.zeros(BINS)
        self._weight = 0.0
        self._fresh: Floats = np.zeros(BINS)
        self._squares: Floats = np.zeros(BINS)
        self._fresh_weight = 0.0
        self._since = 0.0
        self.learnt = 0.0

    def expect(self, *, prices: ArrayLike, values: ArrayLike, weight: float) -> None:
        """Begin with what the platform knows (a prior that counts as `weight` opportunities and fades)."""
        cost, _ = _binned(prices, values, np.ones(np.shape(prices)))
        self._cost += cost * (weight / max(np.size(prices), 1))
        self._weight += weight

    def learn(
        self, *, prices: ArrayLike, values: ArrayLike, stands_for: float | Floats = 1.0
    ) -> float:
        """Take in opportunities, oldest first; return how many.

        Each may stand for several, all for as many or each for its own, where only a sample is told.
        """
        each = np.broadcast_to(np.asarray(stands_for, np.float64), np.shape(prices))
        count = float(each.sum())
        if not count:
            return 0.0
        cost, squares = _binned(prices, values, each)
        keep, keep_fresh = math.exp(-count / self._memory), math.exp(-count / self._recent)
        self._cost *= keep
        self._cost += cost
        self._weight = self._weight * keep + count
        self._fresh *= keep_fresh
        self._fresh += cost
        self._squares *= keep_fresh
        self._squares += squares
        self._fresh_weight = self._fresh_weight * keep_fresh + count
        self._since += count
        self.learnt += count
        return count

    def notice(self, place: int) -> bool:
        """Forget what is no longer so: True when the cost up to bin `place` broke with the long view."""
        if self._since <= self._recent or not self._weight:
            return False
        upto = slice(0, min(place, BINS - 1) + 1)
        now = self._fresh[upto].sum() / self._fresh_weight
        before = self._cost[upto].sum() / self._weight
        spread = max(self._squares[upto].sum() / self._fresh_weight - now * now, 0.0)
        sample = min(2.0 * self._fresh_weight, self._since)
        if (now - before) ** 2 <= self._surprise**2 * spread / sample:
            return False
        self._cost = self._fresh.copy()
        self._weight = self._fresh_weight
        self._since = 0.0
        return True

    def cost_below(self, ceiling: float) -> float:
        """Return the expected cost of an opportunity when all with a threshold up to `ceiling` are won."""
        if not self._weight:
            return 0.0
        place = int(np.searchsorted(EDGES, ceiling, side="right")) - 1
        if place < 0:
            return 0.0
        whole = self._cost[:place].sum()
        part = 0.0
        if place < BINS:
            within = (ceiling - EDGES[place]) / (EDGES[place + 1] - EDGES[place])
            part = self._cost[place] * min(within, 1.0)
        return float((whole + part) / self._weight)

    def reach(self, want: float, *, ceiling: float) -> Reach:
        """Return the bid whose expected cost per opportunity is `want`, at most `ceiling`."""
        if want <= 0:
            return Reach(0.0, 0.0, 1.0, 0)
        if not self._weight:
            return Reach(ceiling, ceiling, 1.0, BINS)
        sums = np.cumsum(self._cost)
        place = int(np.searchsorted(sums, want * self._weight))
        if place >= BINS or EDGES[place] >= ceiling:
            return Reach(ceiling, ceiling, 1.0, BINS)
        below = float(sums[place - 1]) if place else 0.0
        share = (want * self._weight - below) / (float(sums[place]) - below)
        return Reach(
            float(EDGES[place]) if place else 0.0,
            min(float(EDGES[place + 1]), ceiling),
            share,
            place,
        )

    def state(self) -> dict[str, Any]:
        """Return everything as small JSON; `restore` continues exactly from it."""
        used = np.flatnonzero((self._cost > 0) | (self._fresh > 0))
        first, last = (int(used[0]), int(used[-1]) + 1) if used.size else (0, 0)
        table = np.stack([self._cost, self._fresh, self._squares])[:, first:last]
        return {
            "first": first,
            "table": base64.b64encode(np.ascontiguousarray(table).tobytes()).decode(),
            "sums": [self._weight, self._fresh_weight, self._since, self.learnt],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what `state` returned."""
        table = np.frombuffer(base64.b64decode(state["table"]), np.float64).reshape(3, -1)
        span = slice(state["first"], state["first"] + table.shape[1])
        for kept, row in zip((self._cost, self._fresh, self._squares), table, strict=True):
            kept[:] = 0.0
            kept[span] = row
        self._weight, self._fresh_weight, self._since, self.learnt = state["sums"]


def _binned(prices: ArrayLike, values: ArrayLike, stands_for: Floats) -> tuple[Floats, Floats]:
    """Return summed price and summed squared price by bin; what no bid can win is left out."""
    price = np.asarray(prices, np.float64).ravel()
    cost = price * stands_for.ravel()
    level = thresholds(price, np.asarray(values, np.float64).ravel())
    winnable = level < EDGES[-1]
    if not winnable.all():
        price, level, cost = price[winnable], level[winnable], cost[winnable]
    place = (np.log2(np.maximum(level, LOWEST) / LOWEST) * PER_OCTAVE).astype(np.intp)
    np.minimum(place, BINS - 1, out=place)
    sums: Floats = np.bincount(place, cost, BINS).astype(np.float64)
    return sums, np.bincount(place, cost * price, BINS).astype(np.float64)
