"""Published ways to pace, each told the same and asked as often as ours."""

from itertools import product
from typing import Any, Final

import numpy as np

from meadow.bench.pacing_replay import Bid, Floats, Make, Stream
from meadow.promotion.pacing import Market

MOST: Final = 1e7


def usual_multiplier(stream: Stream, budget: int) -> float:
    """Return the multiplier that the platform's known prices say would spend the budget evenly."""
    market = Market(memory=1.0, recent=1.0, surprise=1.0)
    market.expect(prices=stream.known_prices, values=stream.known_values, weight=1.0)
    return min(market.reach(budget / sum(stream.forecast[1]), ceiling=MOST).high, MOST)


class _Peer:
    """What all of them need: the plan, the spend, and what an opportunity should cost now."""

    def __init__(self, stream: Stream, budget: int) -> None:
        self.plan = stream.plan(budget)
        self.start = usual_multiplier(stream, budget)
        self.seen, self.spent = 0.0, 0.0
        self.now = stream.forecast[0][0]

    def wanted(self, *, from_rest: bool) -> float:
        """Return spend per opportunity: of the whole budget, or of what is left for the traffic left."""
        outlook = self.plan.outlook(now=self.now, seen=self.seen)
        if from_rest:
            return max(self.plan.budget - self.spent, 0.0) / max(outlook.left, 1.0)
        return self.plan.budget / max(outlook.seen + outlook.left, 1.0)

    def learn(self, prices: Floats, values: Floats, cost: float) -> None:
        """Count, then correct."""
        self.seen += len(prices)
        if len(prices):
            self.correct(len(prices), cost)

    def correct(self, count: int, cost: float) -> None:
        """Move the bid."""
        raise NotImplementedError


class Pid(_Peer):
    """Feedback on the bid, `bid x exp(phi)` on the relative error of smoothed spend (Zhang et al. 2016)."""

    def __init__(self, stream: Stream, budget: int, gains: Any) -> None:
        super().__init__(stream, budget)
        self.p, self.i, self.smooth, self.from_rest = gains
        self.total, self.phi = 0.0, 0.0
        self.rate: float | None = None

    def bid(self, *, now: float, spent: float) -> Bid:
        """Bid the controlled multiple."""
        self.now, self.spent = now, spent
        level = self.start * float(np.exp(np.clip(self.phi, -3.0, 3.0)))
        return level, level, 1.0

    def correct(self, count: int, cost: float) -> None:
        """Update phi from the error of this step."""
        rate = cost / count / max(self.wanted(from_rest=self.from_rest), 1e-12)
        self.rate = (
            rate if self.rate is None else self.rate * (1 - self.smooth) + rate * self.smooth
        )
        error = 1.0 - self.rate
        self.total = float(np.clip(self.total + error, -300.0, 300.0))
        self.phi = self.p * error + self.i * self.total


class Throttle(_Peer):
    """A fixed bid in a share of opportunities that moves by 10 % at most (Agarwal et al. 2014)."""

    def __init__(self, stream: Stream, budget: int, setting: Any) -> None:
        super().__init__(stream, budget)
        above, self.every = setting
        self.level, self.share = self.start * above, 1.0 / above
        self.count, self.cost = 0, 0.0

    def bid(self, *, now: float, spent: float) -> Bid:
        """Take part in a share of opportunities."""
        self.now, self.spent = now, spent
        return 0.0, self.level, self.share

    def correct(self, count: int, cost: float) -> None:
        """Take part more or less often, by how the last stretch spent."""
        self.count, self.cost = self.count + count, self.cost + cost
        if self.count < self.every:
            return
        behind = self.cost < self.wanted(from_rest=True) * self.count
        self.share = float(np.clip(self.share * (1.1 if behind else 0.9), 0.001, 1.0))
        self.count, self.cost = 0, 0.0


class Dual(_Peer):
    """The budget's multiplier, by mirror descent (Balseiro and Gur 2019; multiplicative step)."""

    def __init__(self, stream: Stream, budget: int, rate: Any) -> None:
        super().__init__(stream, budget)
        self.rate, self.level = rate, self.start

    def bid(self, *, now: float, spent: float) -> Bid:
        """Bid value over the multiplier."""
        self.now, self.spent = now, spent
        return self.level, self.level, 1.0

    def correct(self, count: int, cost: float) -> None:
        """Step along the constraint's violation."""
        excess = cost / count / max(self.wanted(from_rest=False), 1e-12) - 1.0
        step = float(np.clip(-self.rate * excess, -1.0, 1.0))
        self.level = float(np.clip(self.level * np.exp(step), 1e-3 * self.start, MOST))


PIDS: Final = tuple(product((0.3, 1.0), (0.02, 0.05, 0.1), (0.03, 0.1), (False, True)))
THROTTLES: Final = tuple(product((1.2, 1.5, 2.0), (100, 400)))
DUALS: Final = (0.005, 0.01, 0.02, 0.05)


def settings_of(kind: Any, settings: Any) -> list[tuple[Any, Make]]:
    """Return each setting with what makes a bidder of it."""

    def make(setting: Any) -> Make:
        return lambda stream, budget: kind(stream, budget, setting)

    return [(setting, make(setting)) for setting in settings]


PEERS: Final[dict[str, list[tuple[Any, Make]]]] = {
    "PID": settings_of(Pid, PIDS),
    "throttling": settings_of(Throttle, THROTTLES),
    "dual multiplier": settings_of(Dual, DUALS),
}
