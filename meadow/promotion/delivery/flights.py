"""One order's flight: its plan over the traffic that is expected, its pacer, its purse, its course."""

import datetime as dt
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from meadow.promotion.auction.field import QUALITY_ONE
from meadow.promotion.pacing import Decision, Pacer, Plan, Purse
from meadow.promotion.pacing.market import EDGES

HOUR: Final = 3600.0
# A flight has slots of an hour, or as many whole hours as bring it to so many slots at most.
MOST_SLOTS: Final = 96
# The least that an hour counts, of the mean of all: traffic may come where there was none.
LEAST_HOUR: Final = 0.02
# What was served and is no valid impression after so long never becomes one, as far as money goes.
UNDER_WAY_SECONDS: Final = 120.0
UNDER_WAY_STEP: Final = 5.0
# A loan is enough for so many cards. Of little it is one card, or two where prices are this far apart.
CARDS_LENT: Final = 10
CARDS_OF_LITTLE: Final = 2
FAR_APART: Final = 1.5
# Many cards cost a little less than they do on average.
NEARLY: Final = 0.9
# Spend leads the plan by what the end takes: so many cards, whose readers come when they come; the time after
# which what never became valid is free again, and in which a loan that is not used reaches another process.
# It never leads by more than this share.
CARDS_AHEAD: Final = 2
SECONDS_AHEAD: Final = UNDER_WAY_SECONDS + 20.0
MOST_AHEAD: Final = 0.05
# The platform's prices are told to a new pacer as so many.
PRICES_KNOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Known:
    """What the platform knows: pages by hour of the day (UTC), and which prices won lately.

    `hours` are 24; empty where nothing is known, and `unknown_hour` is taken for each. `wins` is {bin of
    `pacing.market`: pages}.
    """

    hours: Sequence[float] = ()
    unknown_hour: float = 1.0
    wins: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Terms:
    """What an order is now, amounts in micro units.

    An impression costs `reserve` at least and `most` at most. `price` is what its valid impressions cost
    so far, `served` and `cards` what processes reported.
    """

    order_id: int
    budget: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    is_live: bool
    is_over: bool
    rate: float
    quality: int
    price: int
    served: int
    cards: int
    reserve: int
    most: int

    @property
    def card(self) -> int:
        """What a card costs as a rule."""
        return max(self.served // self.cards if self.cards else 0, self.reserve)

    @property
    def ceiling(self) -> float:
        """The most a response may cost."""
        return self.most / self.rate


@dataclass(slots=True)
class Bid:
    """What web processes take over."""

    low: float = 0.0
    high: float = 0.0
    share: float = 1.0


class Flight:
    """Money first: what is lent or under way is gone, whatever happens; then the bid that spends evenly."""

    def __init__(self, *, terms: Terms, known: Known, state: Mapping[str, Any]) -> None:
        self.terms = terms
        self._known = known
        self.purse = Purse(budget=terms.budget)
        purse = state.get("purse") or {}
        if purse:
            self.purse.restore(purse)
        self.waiting: list[list[int]] = [list(each) for each in purse.get("waiting", [])]
        self.turn: int = purse.get("turn", 0)
        self.loans: dict[str, int] = dict(state.get("loans", {}))
        # Slots: when one began, what was planned and spent (served) in it, and its opportunities.
        self.course: list[dict[str, Any]] = [dict(each) for each in state.get("course", [])]
        self.bid = Bid(state.get("low", 0.0), state.get("high", 0.0), state.get("share", 1.0))
        self.feasible: bool | None = state.get("feasible")
        self.attainable: int | None = state.get("attainable")
        self.scarce: bool = state.get("scarce", False)
        self.learnt = 0.0
        self._plan: dict[str, Any] = dict(state.get("pacer", {}))
        self._pacer: Pacer | None = None

    @property
    def spent(self) -> int:
        """What is charged or under way."""
        return self.purse.charged + self.purse.under_way

    @property
    def is_open(self) -> bool:
        """Whether it is paced, or money is still out that may come back."""
        terms = self.terms
        out = bool(self.purse.lent) and not terms.is_over
        return terms.is_live or out or self.purse.under_way > 0

    def serve(self, process: str, *, amount: int, at: float) -> None:
        """Take in what a process served."""
        self.purse.serve(process, amount=amount)
        step = int(at // UNDER_WAY_STEP * UNDER_WAY_STEP)
        if self.waiting and self.waiting[-1][0] >= step:
            self.waiting[-1][1] += amount
        else:
            self.waiting.append([step, amount])
        slot = self._slot(at)
        if slot is not None:
            slot["spent"] += amount

    def learn(
        self,
        *,
        prices: NDArray[np.int64],
        values: NDArray[np.float64],
        stands_for: NDArray[np.float64],
        at: float,
    ) -> None:
        """Take in opportunities, and how many each stands for."""
        pacer = self._paced(at)
        if pacer is None:
            return
        count = pacer.learn(prices=prices, values=values, stands_for=stands_for)
        self.learnt += count
        slot = self._slot(at)
        if slot is not None:
            slot["opportunities"] += round(count)

    def settle(self, *, now: float) -> None:
        """Follow what the warehouse counted, and free what was served too long ago to be counted still."""
        more = self.terms.price - self.purse.charged - self.purse.absorbed
        if more > 0:
            self.purse.settle(amount=more)
        elif more < 0:
            self.purse.reverse(amount=-more)
        self.waiting = [each for each in self.waiting if each[0] > now - UNDER_WAY_SECONDS]
        over = self.purse.under_way - sum(amount for _, amount in self.waiting)
        if over > 0:
            self.purse.let_go(amount=over)

    def decide(self, *, now: float) -> None:
        """Bid from now on; nothing while it does not run, so that it begins anew where it goes on."""
        pacer = self._paced(now)
        if pacer is None:
            self.bid = Bid()
            if self._plan:
                self._plan["rests"] = True
            return
        before = self._plan["before"]
        decision = pacer.decide(now=now, spent=self.spent - before)
        self.bid = Bid(decision.low, decision.high, decision.share)
        self._say(decision, before)

    def lend(self, *, processes: Sequence[str], now: float) -> None:
        """Lend what each process could use for a minute.

        Where less is left it is scarce: as many processes as can pay for a card get it, in turns, and who
        does not use it gives it back.
        """
        if not self.terms.is_live or not processes:
            return
        if self.purse.free < self.terms.reserve:
            self.scarce = True
            return
        before = dict(self.purse.lent)
        card = self.terms.card
        wanted = max(CARDS_LENT * card, self._minute(now))
        short = sum(max(wanted - before.get(process, 0), 0) for process in processes)
        self.scarce = short > self.purse.free
        if self.scarce:
            self.purse.share_out(processes, least=self._least_loan(), turn=self.turn)
            self.turn += 1
        else:
            for process in processes:
                # A loan is renewed when half of it is used, not with each card.
                if 2 * before.get(process, 0) <= wanted:
                    self.purse.lend(process, upto=wanted)
        for process, has in self.purse.lent.items():
            more = has - before.get(process, 0)
            if more:
                self.loans[process] = self.loans.get(process, 0) + more

    def take_back(self, process: str, *, amount: int | None = None) -> None:
        """Take back part of a loan, or all of it for good: then the process is not known any more."""
        self.purse.give_back(process, amount=amount)
        if amount is None:
            self.loans.pop(process, None)

    def pacer_state(self) -> dict[str, Any]:
        """Return what is kept of the pacer: its plan and all that it learnt."""
        return self._plan | ({"state": self._pacer.state()} if self._pacer else {})

    def purse_state(self) -> dict[str, Any]:
        """Return what is kept of the money."""
        return self.purse.state() | {"waiting": self.waiting, "turn": self.turn}

    def _paced(self, now: float) -> Pacer | None:
        if not self.terms.is_live or self._pacer is not None:
            return self._pacer
        ends = self.terms.ends_at.timestamp()
        known = self._plan.get("state")
        anew = not self._plan or self._plan["rests"] or self._plan["ends"] != ends
        if anew:
            self._replan(now, ends)
        plan = self._plan
        pacer = Pacer(
            plan=Plan(
                budget=max(self.terms.budget - plan["before"], 0),
                edges=plan["edges"],
                traffic=plan["traffic"],
                ahead=self._ahead(),
            ),
            ceiling=self.terms.ceiling,
        )
        if known is not None:
            # What was learnt of prices holds; the traffic of the new plan is counted from its start.
            pacer.restore(known | ({"seen": 0.0} if anew else {}))
        else:
            pacer.expect(**_expected(self._known.wins, self.terms))
        self._pacer = pacer
        return pacer

    def _replan(self, now: float, ends: float) -> None:
        """Plan what is left of the flight, from now (at first from its start) to its end."""
        began = now if self._plan else self.terms.starts_at.timestamp()
        known = self._known
        edges, traffic = plan_traffic(
            began=began, ends=ends, hours=known.hours, unknown_hour=known.unknown_hour
        )
        before = self.spent if self._plan else 0
        self._plan = {
            "edges": edges,
            "traffic": traffic,
            "before": before,
            "ends": ends,
            "rests": False,
        }
        left, total = max(self.terms.budget - before, 0), sum(traffic)
        self.course = [slot for slot in self.course if slot["began"] < began] + [
            {"began": edge, "planned": int(left * part / total), "spent": 0, "opportunities": 0}
            for edge, part in zip(edges, traffic, strict=False)
        ]

    def _ahead(self) -> float:
        edges: list[float] = self._plan["edges"]
        left: int = max(self.terms.budget - self._plan["before"], 1)
        cards = CARDS_AHEAD * self.terms.card / left
        return min(cards + SECONDS_AHEAD / (edges[-1] - edges[0]), MOST_AHEAD)

    def _least_loan(self) -> int:
        """Return what pays for a card, a little less where all that is free pays for one more then."""
        card = self.terms.card
        if self.bid.high * self.terms.rate > FAR_APART * card:
            card *= CARDS_OF_LITTLE
        free = self.purse.free
        count = min(int(free / (NEARLY * card)), free // self.terms.reserve)
        return min(card, free // max(count, 1))

    def _slot(self, at: float) -> dict[str, Any] | None:
        place = bisect_right(self.course, at, key=lambda slot: slot["began"])
        return self.course[max(place - 1, 0)] if self.course else None

    def _minute(self, now: float) -> int:
        """Return what the plan spends in two minutes of this slot: one, and what may come at once."""
        edges, traffic = self._plan["edges"], self._plan["traffic"]
        slot = min(max(bisect_right(edges, now) - 1, 0), len(traffic) - 1)
        seconds = edges[slot + 1] - edges[slot]
        left = max(self.terms.budget - self._plan["before"], 0)
        return int(left * traffic[slot] / sum(traffic) / seconds * 120)

    def _say(self, decision: Decision, before: int) -> None:
        self.feasible = decision.feasible
        self.attainable = None if decision.attainable is None else decision.attainable + before


def is_overdue(purse: Mapping[str, Any], *, now: float) -> bool:
    """Whether something of what is under way, by a purse's state, is no impression any more."""
    waiting = purse["waiting"]
    return not waiting or waiting[0][0] <= now - UNDER_WAY_SECONDS


def plan_traffic(
    *, began: float, ends: float, hours: Sequence[float], unknown_hour: float
) -> tuple[list[float], list[float]]:
    """Return the edges of a flight's slots, and the pages that each is expected to bring.

    Every hour brings what the same hour of the day brought lately, or `unknown_hour` where none is known.
    """
    length = HOUR * max(math.ceil((ends - began) / HOUR / MOST_SLOTS), 1)
    first = math.floor(began / length + 1) * length
    edges = [began, *np.arange(first, ends - 1.0, length).tolist(), ends]
    mean = sum(hours) / len(hours) if hours else 0.0
    usual = [max(each, LEAST_HOUR * mean) for each in hours] if mean > 0 else [unknown_hour] * 24
    return edges, [_pages(early, late, usual) for early, late in pairwise(edges)]


def _pages(early: float, late: float, usual: Sequence[float]) -> float:
    """Return what a stretch of time brings, in parts of its hours of the day."""
    pages, at = 0.0, early
    while at < late:
        end = min((at // HOUR + 1) * HOUR, late)
        pages += (end - at) / HOUR * usual[int(at // HOUR) % 24]
        at = end
    return pages


def _expected(wins: Mapping[int, float], terms: Terms) -> dict[str, Any]:
    """Return the platform's recent prices as an order of this rate and quality would have paid them."""
    prices = np.full(PRICES_KNOWN, float(terms.reserve))
    if wins:
        places = np.array(sorted(wins))
        counts = np.array([wins[place] for place in places.tolist()], np.float64)
        parts = (np.arange(PRICES_KNOWN) + 0.5) / PRICES_KNOWN
        found = places[np.searchsorted(np.cumsum(counts) / counts.sum(), parts)]
        usual = np.sqrt(EDGES[found] * EDGES[found + 1]) * QUALITY_ONE / terms.quality
        prices = np.maximum(usual, terms.reserve)
    return {"prices": prices, "values": np.full(PRICES_KNOWN, terms.rate)}
