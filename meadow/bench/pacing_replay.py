"""A stream of opportunities and one campaign's way of bidding on it, step by step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from meadow.promotion.pacing import Pacer, Plan, Purse, Settings
from meadow.promotion.pacing.market import thresholds

Floats = NDArray[np.float64]
Bid = tuple[float, float, float]
PROCESSES: Final = ("web-1", "web-2", "web-3", "web-4")
INVALID: Final = 0.04
GONE_AFTER: Final = 30.0
LUCK_SEED: Final = 20261123


class Way(Protocol):
    """How a campaign bids."""

    def bid(self, *, now: float, spent: float) -> Bid:
        """Return (low, high, share) until the next step."""
        ...

    def learn(self, prices: Floats, values: Floats, cost: float) -> None:
        """Take in the opportunities of a step and what the campaign spent on them."""
        ...


@dataclass(frozen=True)
class Stream:
    """Opportunities in order: price, predicted value, moment in seconds; and when the bid may change.

    `steps`: indices (m + 1) at which updates stand, `clock`: their moments (m). `slots`: indices of the
    slots' edges, by which evenness is judged. `forecast`: what a campaign is told beforehand, (edges in
    seconds, opportunities).
    """

    price: Floats
    value: Floats
    at: Floats
    steps: NDArray[np.int64]
    clock: Floats
    slots: NDArray[np.int64]
    forecast: tuple[Sequence[float], Sequence[float]]
    known_prices: Floats
    known_values: Floats

    def plan(self, budget: int) -> Plan:
        """Return the plan of a campaign with `budget`."""
        return Plan(budget=budget, edges=self.forecast[0], traffic=self.forecast[1])


@dataclass(frozen=True)
class Run:
    """What came of it: cost of each opportunity (0 where lost), what was charged, what the platform bore."""

    cost: Floats
    won: NDArray[np.bool_]
    charged: float
    absorbed: float


@dataclass(frozen=True)
class Figures:
    """A run as the budgets ask: shares of the budget, and value against the hindsight greedy."""

    use: float
    over: float
    absorbed: float
    slot_error: float
    deviation: float
    value: float


class Ours:
    """The shipped controller."""

    def __init__(self, stream: Stream, budget: int, settings: Settings | None = None) -> None:
        self.pacer = Pacer(plan=stream.plan(budget), settings=settings)
        if self.pacer.settings.prior:
            self.pacer.expect(prices=stream.known_prices, values=stream.known_values)

    def bid(self, *, now: float, spent: float) -> Bid:
        """Ask the controller."""
        decision = self.pacer.decide(now=now, spent=spent)
        return decision.low, decision.high, decision.share

    def learn(self, prices: Floats, values: Floats, cost: float) -> None:
        """Tell the controller."""
        self.pacer.learn(prices=prices, values=values)


def replay(stream: Stream, way: Way, budget: int) -> Run:
    """Run a campaign that is charged at once, as the published bidders are."""
    level = thresholds(stream.price, stream.value)
    luck = np.random.default_rng(LUCK_SEED).random(len(level))
    cost, won = np.zeros(len(level)), np.zeros(len(level), bool)
    spent = 0.0
    for place, (first, last) in enumerate(zip(stream.steps[:-1], stream.steps[1:], strict=True)):
        low, high, share = way.bid(now=float(stream.clock[place]), spent=spent)
        span = slice(first, last)
        price = stream.price[span]
        wins = level[span] <= np.where(luck[span] < share, high, low)
        wins &= spent + np.cumsum(price * wins) <= budget
        paid = price * wins
        cost[span], won[span] = paid, wins
        step = float(paid.sum())
        spent += step
        way.learn(price, stream.value[span], step)
    return Run(cost, won, charged=spent, absorbed=0.0)


def replay_late(stream: Stream, way: Way, budget: int, *, late: float) -> Run:
    """Run a campaign served by four processes and charged up to `late` seconds later.

    Some impressions never become valid. What a process may serve for is lent to it at each step; the bid
    knows only what was reported.
    """
    level = thresholds(stream.price, stream.value)
    luck_of = np.random.default_rng(LUCK_SEED)
    luck, fate = luck_of.random(len(level)), luck_of.random(len(level))
    delay = luck_of.random(len(level)) * late
    cost, won = np.zeros(len(level)), np.zeros(len(level), bool)
    purse = Purse(budget=budget)
    waiting: list[tuple[float, int, bool]] = []
    dearest = int(stream.price.max())
    for place, (first, last) in enumerate(zip(stream.steps[:-1], stream.steps[1:], strict=True)):
        now = float(stream.clock[place])
        waiting = _settle(purse, waiting, now)
        low, high, share = way.bid(now=now, spent=purse.charged + purse.under_way)
        purse.share_out(PROCESSES, least=dearest, turn=place)
        span = slice(first, last)
        wins = level[span] <= np.where(luck[span] < share, high, low)
        step = 0
        for index in first + np.flatnonzero(wins):
            process, price = PROCESSES[index % len(PROCESSES)], int(stream.price[index])
            if price > purse.lent.get(process, 0):
                continue
            purse.serve(process, amount=price)
            valid = bool(fate[index] >= INVALID)
            known = stream.at[index] + (delay[index] if valid else GONE_AFTER)
            waiting.append((float(known), price, valid))
            cost[index], won[index] = price if valid else 0.0, valid
            step += price
        for process in PROCESSES:
            purse.give_back(process)
        way.learn(stream.price[span], stream.value[span], float(step))
    _settle(purse, waiting, np.inf)
    return Run(cost, won, charged=float(purse.charged), absorbed=float(purse.absorbed))


def _settle(
    purse: Purse, waiting: list[tuple[float, int, bool]], now: float
) -> list[tuple[float, int, bool]]:
    due = [each for each in waiting if each[0] <= now]
    if not due:
        return waiting
    purse.settle(amount=sum(price for _, price, valid in due if valid))
    purse.let_go(amount=sum(price for _, price, valid in due if not valid))
    return [each for each in waiting if each[0] > now]


def figures_of(stream: Stream, run: Run, budget: int) -> Figures:
    """Return use, evenness over the traffic that really came, and value beside the hindsight greedy."""
    spent = np.add.reduceat(np.append(run.cost, 0.0), stream.slots[:-1])
    traffic = np.diff(stream.slots)
    planned = budget * traffic / traffic.sum()
    came = np.arange(1, len(run.cost) + 1) / len(run.cost)
    return Figures(
        use=run.charged / budget,
        over=max(run.charged - budget, 0.0) / budget,
        absorbed=run.absorbed / budget,
        slot_error=float(np.abs(spent / planned - 1.0).mean()),
        deviation=float(np.abs(np.cumsum(run.cost) / budget - came).max()),
        value=float(stream.value[run.won].sum()) / greedy(stream, budget)[0],
    )


def greedy(stream: Stream, budget: int) -> tuple[float, NDArray[np.int64]]:
    """Return the most value that the budget buys with the whole stream known, and which opportunities."""
    order = np.argsort(thresholds(stream.price, stream.value), kind="stable")
    taken = order[: np.searchsorted(np.cumsum(stream.price[order]), budget, side="right")]
    return float(stream.value[taken].sum()), taken


Make = Callable[[Stream, int], Way]
Runner = Callable[..., Run]


def tuned(
    stream: Stream, budgets: Sequence[int], ways: Sequence[tuple[Any, Make]], runner: Runner
) -> tuple[Any, Make]:
    """Return the setting with the least mean slot error among those that use 99.5 % (else of all)."""

    def quality(make: Make) -> tuple[bool, float]:
        found = [figures_of(stream, runner(stream, make(stream, b), b), b) for b in budgets]
        short = any(each.use < 0.995 for each in found)
        return short, float(np.mean([each.slot_error for each in found]))

    return min(ways, key=lambda way: quality(way[1]))
