"""What one web process served and saw since its last report, bounded whatever the traffic.

Money is kept to the micro unit. Opportunities are sampled: a page keeps a reference to its candidates, and
the reporting thread draws pairs of price and value from them, so that a page pays almost nothing.
"""

import datetime as dt
import math
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from meadow.promotion.auction.field import QUALITY_ONE
from meadow.promotion.audiences.membership import Places
from meadow.promotion.delivery.stand import Stand
from meadow.promotion.pacing.market import BINS, LOWEST, PER_OCTAVE

# Of one process and report: pages whose candidates are kept, and pairs that are told of them.
MOST_SAMPLES: Final = 200
MOST_PAIRS: Final = 4_000
# Of so many orders at once; where more are live they are told of in turns, each turn as long as a tick's
# period, so that a tick has no more than these to pace.
MOST_TOLD: Final = 2_000
SECONDS_A_TURN: Final = 2


@dataclass(frozen=True, slots=True)
class Sample:
    """The candidates of one page, and what it took to win it.

    `factors` are the reader's, by the kinds of orders; an impression costs `reserve` at least and `most`
    at most. `needed` is the score to beat (0: nobody's), `second` that which the winner had to beat.
    `unable` are orders that could not have been shown at any price.
    """

    person_id: int
    pseudonym: str
    candidates: Places
    factors: NDArray[np.float64]
    reserve: int
    most: int
    winner: int
    needed: int
    second: int
    unable: frozenset[int]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Opportunities by order: what each would have cost and its predicted value (0: not to be won).

    Each stands for `stands_for` of them.
    """

    orders: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    prices: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    values: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    stands_for: float = 1.0


@dataclass(slots=True)
class Told:
    """Everything since the last report. `served` is {order: (micro, cards)}, amounts are micro units.

    `wins` is {bin: pages} of the score that winning took, by the bins of `pacing.market`; `people` are
    readers not counted before in this hour by this process.
    """

    served: dict[int, tuple[int, int]] = field(default_factory=dict)
    returned: dict[int, int] = field(default_factory=dict)
    ghosts: Counter[int] = field(default_factory=Counter)
    wins: Counter[int] = field(default_factory=Counter)
    pages: int = 0
    filled: int = 0
    people: int = 0
    spent: int = 0
    samples: list[Sample] = field(default_factory=list)


class Tally:
    """Counts under the keeper's lock."""

    def __init__(self) -> None:
        self._told = Told()
        self._hour = 0
        self._met = BitMap()

    def take(self) -> Told:
        """Return what there is to tell, and begin anew."""
        told, self._told = self._told, Told()
        return told

    def page(self, sample: Sample, *, now: dt.datetime) -> None:
        """Count a page with a place for a sponsored card, and perhaps keep its candidates."""
        told = self._told
        told.pages += 1
        told.wins[bin_of(max(sample.needed / QUALITY_ONE, sample.reserve))] += 1
        hour = int(now.timestamp()) // 3600
        if hour != self._hour:
            self._hour, self._met = hour, BitMap()
        if sample.person_id not in self._met:
            self._met.add(sample.person_id)
            told.people += 1
        if len(told.samples) < MOST_SAMPLES:
            told.samples.append(sample)
        else:
            at = random.randrange(told.pages)  # noqa: S311 - a sample, no secret
            if at < MOST_SAMPLES:
                told.samples[at] = sample

    def serve(self, order_id: int, *, price: int) -> None:
        """Count a sponsored card."""
        told = self._told
        amount, cards = told.served.get(order_id, (0, 0))
        told.served[order_id] = (amount + price, cards + 1)
        told.filled += 1
        told.spent += price

    def ghost(self, order_id: int) -> None:
        """Count somebody who would have been shown an order and is held out."""
        self._told.ghosts[order_id] += 1

    def give_back(self, order_id: int, *, amount: int) -> None:
        """Count what this process was lent and does not need."""
        told = self._told
        told.returned[order_id] = told.returned.get(order_id, 0) + amount


def bin_of(price: float) -> int:
    """Return the bin of `pacing.market` that a price lies in."""
    return min(int(math.log2(max(price, LOWEST) / LOWEST) * PER_OCTAVE), BINS - 1)


def pairs_of(told: Told, *, stand: Stand, luck: np.random.Generator, now: dt.datetime) -> Pairs:
    """Return opportunities drawn from the pages that were kept: every candidate of every page as likely.

    Of many orders those whose turn it is; every process agrees on whose.

    Somebody's own orders are none. Orders that hold the reader out, or could not be shown, count as
    opportunities that no bid wins.
    """
    total = sum(len(sample.candidates) for sample in told.samples)
    if not total:
        return Pairs()
    turns = -(-len(stand) // MOST_TOLD) or 1
    turn = int(now.timestamp()) // SECONDS_A_TURN % turns
    chance = min(MOST_PAIRS * turns / total, 1.0)
    orders, prices, values = [], [], []
    for sample in told.samples:
        places = sample.candidates
        if turns > 1:
            places = places[stand.column("number", places) % turns == turn]
        if chance < 1.0:
            places = places[luck.random(len(places)) < chance]
        places = places[stand.column("author", places) != sample.person_id]
        number = stand.column("number", places)
        quality = stand.column("quality", places)
        beat = np.where(number == sample.winner, sample.second, sample.needed)
        price = np.maximum(-(-beat // quality), sample.reserve)
        # A kind that came after the page was put together is held for another one's.
        factor = np.take(sample.factors, stand.column("topic", places), mode="clip")
        value = np.minimum(stand.column("rate", places) * factor, 1.0)
        value[_out_of_reach(number, sample, stand) | (price > sample.most)] = 0.0
        orders.append(number)
        prices.append(price)
        values.append(value)
    return Pairs(
        orders=np.concatenate(orders),
        prices=np.concatenate(prices),
        values=np.concatenate(values),
        stands_for=told.pages / len(told.samples) / chance * turns,
    )


def _out_of_reach(number: NDArray[np.int64], sample: Sample, stand: Stand) -> NDArray[np.bool_]:
    held = stand.holds_out(number, sample.pseudonym)
    if sample.unable:
        held |= np.isin(number, list(sample.unable))
    return held
