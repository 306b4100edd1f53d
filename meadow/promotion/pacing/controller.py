"""The pacing controller of one campaign: told of spend and opportunities, it answers with a bid."""

from dataclasses import dataclass
from typing import Any, Final

from meadow.promotion.pacing.market import Market
from meadow.promotion.pacing.plan import Outlook, Plan

NEVER_ENDING: Final = 1e18


@dataclass(frozen=True, slots=True)
class Settings:
    """How the controller behaves; chosen as docs/algorithms/pacing.md tells.

    memory, recent: opportunities of the long and the short view of the market; surprise: standard errors
    between them at which the long one is dropped. closing: share of a slot over which a difference is
    made up at the earliest, and shortest: the fewest opportunities; last, fewest: the same once everything
    is due. tolerance: share of the budget by which spend may be off within a slot; hurry: share of a slot
    over which what goes beyond is made up. prior: opportunities that the platform's prices count as at the
    start. sure: opportunities before anything is said about what can be spent.
    """

    memory: float = 8000.0
    recent: float = 600.0
    surprise: float = 7.0
    closing: float = 1 / 96
    last: float = 1 / 2880
    fewest: float = 1.5
    tolerance: float = 0.002
    hurry: float = 0.05
    shortest: float = 20.0
    prior: float = 100.0
    sure: float = 200.0


@dataclass(frozen=True, slots=True)
class Decision:
    """What to bid until the next decision.

    For each opportunity: `high` with probability `share` (by a salted hash of the opportunity), else
    `low`, in price per predicted value. `attainable` is what would be spent by the end at the ceiling,
    and `feasible` whether that is the whole budget; None while too little was seen to say.
    """

    low: float
    high: float
    share: float
    attainable: int | None
    feasible: bool | None

    def multiplier(self, luck: float) -> float:
        """Return the bid for an opportunity whose hash, in [0, 1), is `luck`."""
        return self.high if luck < self.share else self.low


class Pacer:
    """Spends a plan's budget evenly over its traffic, at the lowest bid that does.

    `ceiling` is the most a predicted response may cost. Keep one in the worker, tell it of opportunities
    with `learn`, ask it about once a second with `decide`, and store `state()`: a pacer restored from it
    answers exactly as if it had never stopped.
    """

    def __init__(
        self, *, plan: Plan, settings: Settings | None = None, ceiling: float = NEVER_ENDING
    ) -> None:
        self.plan = plan
        self.settings = settings or Settings()
        self.ceiling = ceiling
        self.market = Market(
            memory=self.settings.memory,
            recent=self.settings.recent,
            surprise=self.settings.surprise,
        )
        self.seen = 0.0
        self._place = 0

    def expect(self, *, prices: Any, values: Any) -> None:
        """Begin with the platform's recent prices and values, so that the first bid is not a guess."""
        self.market.expect(prices=prices, values=values, weight=self.settings.prior)

    def learn(self, *, prices: Any, values: Any, stands_for: Any = 1.0) -> float:
        """Take in opportunities since the last time: what each would have cost, and its predicted value.

        Returns how many they stand for.
        """
        count = self.market.learn(prices=prices, values=values, stands_for=stands_for)
        self.seen += count
        return count

    def decide(self, *, now: float, spent: float) -> Decision:
        """Return the bid from `now` on, when `spent` is charged or under way."""
        if now >= self.plan.end or spent >= self.plan.budget:
            done = spent >= self.plan.budget
            return Decision(0.0, 0.0, 1.0, int(spent), done)
        outlook = self.plan.outlook(now=now, seen=self.seen)
        self.market.notice(self._place)
        reach = self.market.reach(self._wanted(outlook, spent), ceiling=self.ceiling)
        if reach.high > 0:
            self._place = reach.place
        attainable, feasible = self._foresee(outlook, spent)
        return Decision(reach.low, reach.high, reach.share, attainable, feasible)

    def _wanted(self, outlook: Outlook, spent: float) -> float:
        """Return the spend per opportunity that brings spend to plan at the end of the running slot."""
        settings, budget = self.settings, self.plan.budget
        if outlook.is_due:
            earliest = max(settings.last * outlook.slot, settings.fewest)
        else:
            earliest = max(settings.closing * outlook.slot, settings.shortest)
        end = min(outlook.left_in_slot, outlook.left_until_due)
        over = max(end, min(earliest, outlook.left), 1.0)
        want = (budget * outlook.share_after(over) - spent) / over
        gap = budget * outlook.share_after(0.0) - spent
        beyond = abs(gap) - settings.tolerance * budget
        if beyond > 0:
            hurry = max(settings.hurry * outlook.slot, settings.shortest)
            want += (beyond if gap > 0 else -beyond) / hurry
        return want

    def _foresee(self, outlook: Outlook, spent: float) -> tuple[int | None, bool | None]:
        if self.market.learnt < self.settings.sure:
            return None, None
        more = self.market.cost_below(self.ceiling) * outlook.left
        attainable = min(int(spent + more), self.plan.budget)
        return attainable, attainable >= self.plan.budget

    def state(self) -> dict[str, Any]:
        """Return what must survive a restart, as JSON of a few kilobytes at most."""
        return {"seen": self.seen, "place": self._place, "market": self.market.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what `state` returned."""
        self.seen = state["seen"]
        self._place = state["place"]
        self.market.restore(state["market"])
