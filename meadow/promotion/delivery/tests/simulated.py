"""A community in simulated time: web processes, their pages, the warehouse's counting, and the tick."""

import datetime as dt
from collections import defaultdict
from typing import Any

import numpy as np

from meadow.promotion.delivery.keeper import Keeper
from meadow.promotion.delivery.reporting import Reporter
from meadow.promotion.delivery.serving import SlotCard, SlotReader, offer_slot, settle_offer
from meadow.promotion.delivery.ticking import pace_orders
from meadow.promotion.models import Delivered, Order, Prediction
from meadow.promotion.testing import make_order

START = dt.datetime(2026, 11, 2, 8, tzinfo=dt.UTC)
STEP = 20.0
LATE_STEPS = 2
VALID = 0.96
READERS = 400


class Process:
    """A web process: it serves pages, reports, and may end well or badly."""

    def __init__(self, world: "World") -> None:
        self.keeper = Keeper(clock=lambda: world.seconds)
        self.reporter = Reporter(self.keeper)


class World:
    """Everything moves by `step`: pages, facts of earlier ones, reports, the tick, looks.

    `valid` is the share of cards that become valid impressions.
    """

    def __init__(self, *, processes: int, seed: int = 5, valid: float = VALID) -> None:
        self.seconds = 0.0
        self.valid = valid
        self.luck = np.random.default_rng(seed)
        self.processes = [Process(self) for _ in range(processes)]
        self.served: dict[int, list[tuple[float, int]]] = defaultdict(list)
        self.ghosts: dict[int, int] = defaultdict(int)
        self.met: dict[tuple[int, int], int] = defaultdict(int)
        self.cap = 0
        self._facts: list[tuple[float, int, int]] = []
        self._requests = 0

    @property
    def now(self) -> dt.datetime:
        """The moment."""
        return START + dt.timedelta(seconds=self.seconds)

    def step(self, *, pages: int, tick: bool = True, seconds: float = STEP) -> None:
        """Let `pages` be read, and a step of time go by."""
        for _ in range(pages):
            self._read()
        self.seconds += seconds
        self._count()
        for process in self.processes:
            process.reporter.report(now=self.now)
        if tick:
            pace_orders(now=self.now)
        for process in self.processes:
            process.keeper.look(now=self.now)

    def steps(self, count: int, *, pages: int) -> None:
        """Let several steps go by."""
        for _ in range(count):
            self.step(pages=pages)

    def price(self, order: Order) -> int:
        """Return what an order's cards cost so far."""
        return sum(price for _, price in self.served[order.pk])

    def by_slot(self, order: Order, *, seconds: float = 3600.0) -> list[int]:
        """Return what was served in each hour."""
        slots: dict[int, int] = defaultdict(int)
        for at, price in self.served[order.pk]:
            slots[int(at // seconds)] += price
        return [slots[place] for place in range(max(slots, default=-1) + 1)]

    def serve(self, person: int, winner: SlotCard) -> None:
        """Show somebody a card: nothing more comes of it here."""

    def _read(self) -> None:
        self._requests += 1
        person = int(self.luck.integers(READERS))
        process = self.processes[int(self.luck.integers(len(self.processes)))]
        reader = SlotReader(person_id=10**6 + person, pseudonym=f"r{person}", birth_year=1990)
        offer = offer_slot(reader=reader, now=self.now, by=process.keeper, seed=self._requests)
        if offer is None:
            return
        able = [
            bid.order_id
            for bid in offer.bids
            if not self.cap or self.met[bid.order_id, person] < self.cap
        ]
        outcome = settle_offer(offer=offer, able=able, now=self.now, by=process.keeper)
        if outcome is None:
            return
        for ghost in outcome.ghosts:
            self.ghosts[ghost.order_id] += 1
            self.met[ghost.order_id, person] += 1
        if outcome.winner is not None:
            winner = outcome.winner
            self.met[winner.order_id, person] += 1
            self.served[winner.order_id].append((self.seconds, winner.price))
            self.serve(person, winner)
            if self.luck.random() < self.valid:
                seen = self.seconds + STEP * self.luck.integers(1, LATE_STEPS + 1)
                self._facts.append((seen, winner.order_id, winner.price))

    def _count(self) -> None:
        prices: dict[int, int] = defaultdict(int)
        for seen, order_id, price in self._facts:
            if seen <= self.seconds:
                prices[order_id] += price
        self._facts = [each for each in self._facts if each[0] > self.seconds]
        for order_id, price in prices.items():
            row, _ = Delivered.objects.get_or_create(
                order_id=order_id, defaults={"as_of": self.now}
            )
            row.price, row.as_of = row.price + price, self.now
            row.save()


def make_running(
    world: World, *, buyer: Any, hours: float, rate: float = 0.05, **given: Any
) -> Order:
    """Return an order that runs from now on; the tick paces it."""
    order = make_order(
        buyer=buyer,
        now=world.now,
        state=Order.State.RUNNING,
        ends_at=world.now + dt.timedelta(hours=hours),
        **given,
    )
    Prediction.objects.create(order=order, raw=rate, rate=rate, made_at=world.now)
    return order
