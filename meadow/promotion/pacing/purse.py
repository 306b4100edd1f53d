"""A campaign's money between serving and charging: lent to web processes, under way, charged or let go.

Impressions are served by many processes from a bid that is a second old, and charged in batches seconds
later. A process serves only from what it was lent, and what is lent or under way counts as gone, so that
no order of events can charge more than the budget; only late news of what was given up can make the
platform serve for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a served amount: the buyer pays `charged`, the platform bears `absorbed`."""

    charged: int
    absorbed: int


class Purse:
    """Amounts in whole micro units of the campaign's currency."""

    def __init__(self, *, budget: int) -> None:
        self.budget = budget
        self.charged = 0
        self.absorbed = 0
        self.under_way = 0
        self.lent: dict[str, int] = {}

    @property
    def free(self) -> int:
        """What may still be lent."""
        return max(self.budget - self.charged - self.under_way - sum(self.lent.values()), 0)

    def lend(self, process: str, *, upto: int) -> int:
        """Bring what `process` may serve for to `upto` as far as money is left; return what it has now."""
        have = self.lent.get(process, 0)
        more = min(max(upto - have, 0), self.free)
        if have + more:
            self.lent[process] = have + more
        return have + more

    def share_out(self, processes: Sequence[str], *, least: int, turn: int) -> dict[str, int]:
        """Lend all that is free, to every process or to as many as get `least` of it, in multiples of it.

        The first gets what is over. `turn` says who that is; count it up, so that the last money does not
        wait for one process's traffic.
        """
        least = max(least, 1)
        count = min(len(processes), max(self.free // least, 1))
        first = turn % len(processes)
        chosen = [processes[(first + place) % len(processes)] for place in range(count)]
        part = self.free // count // least * least
        over = self.free - count * part
        return {
            process: self.lend(process, upto=part + (over if place == 0 else 0))
            for place, process in enumerate(chosen)
        }

    def serve(self, process: str, *, amount: int) -> None:
        """Note that `process` reports `amount` served: no longer lent, now under way."""
        have = self.lent.get(process, 0) - amount
        if have > 0:
            self.lent[process] = have
        else:
            self.lent.pop(process, None)
        self.under_way += amount

    def give_back(self, process: str, *, amount: int | None = None) -> int:
        """Take back what `process` did not serve (it ended, is silent, or needs it not); return how much."""
        have = self.lent.pop(process, 0)
        back = have if amount is None else min(amount, have)
        if have > back:
            self.lent[process] = have - back
        return back

    def let_go(self, *, amount: int) -> None:
        """Free what was served and never became a valid impression."""
        self.under_way -= min(amount, self.under_way)

    def settle(self, *, amount: int) -> Settled:
        """Charge a batch of valid impressions; beyond the budget the platform bears it."""
        self.let_go(amount=amount)
        charged = max(min(amount, self.budget - self.charged), 0)
        self.charged += charged
        self.absorbed += amount - charged
        return Settled(charged, amount - charged)

    def reverse(self, *, amount: int) -> None:
        """Take back what was settled and is found invalid; what the platform bore goes first."""
        borne = min(amount, self.absorbed)
        self.absorbed -= borne
        self.charged -= min(amount - borne, self.charged)

    def state(self) -> dict[str, Any]:
        """Return everything as JSON."""
        return {
            "charged": self.charged,
            "absorbed": self.absorbed,
            "under_way": self.under_way,
            "lent": dict(self.lent),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what `state` returned."""
        self.charged, self.absorbed = state["charged"], state["absorbed"]
        self.under_way, self.lent = state["under_way"], dict(state["lent"])
