"""What there was to sell and what was asked for: pages with a sponsored place, prices, money that waits."""

import datetime as dt
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from django.db.models import Count, F, Sum

from meadow.promotion.models import InventoryHour, Order
from meadow.promotion.pacing.market import LOWEST, PER_OCTAVE

HOURS: Final = 7 * 24
QUARTERS: Final = (25, 50, 75)


@dataclass(frozen=True, slots=True)
class InventoryLine:
    """One hour: pages with a sponsored place, those that had a sponsored card, what was served for.

    `people` is how many readers at most; `spent` and `median` (what it took to win half of the
    pages) are millionths of the unit; `median` is None where no page was looked at.
    """

    hour: dt.datetime
    pages: int
    filled: int
    people: int
    spent: int
    median: int | None


@dataclass(frozen=True, slots=True)
class PriceBand:
    """How many pages a price from `low` up to `high` millionths would just have won."""

    low: int
    high: int
    pages: int


@dataclass(frozen=True, slots=True)
class Demand:
    """Live orders of a unit by state, with what of their budgets is not charged yet, in minor units."""

    state: str
    unit: str
    orders: int
    left: int


@dataclass(frozen=True, slots=True)
class Inventory:
    """The last hours, oldest first, what was needed to win over all of them, and live demand.

    `quarters` are what a quarter, half and three quarters of the pages took, in millionths.
    """

    lines: Sequence[InventoryLine]
    bands: Sequence[PriceBand]
    quarters: Sequence[int]
    demand: Sequence[Demand]

    @property
    def pages(self) -> int:
        """Pages that had a sponsored place."""
        return sum(one.pages for one in self.lines)

    @property
    def filled(self) -> int:
        """Pages on which it was sold."""
        return sum(one.filled for one in self.lines)

    @property
    def spent(self) -> int:
        """What they were sold for, in millionths of the unit."""
        return sum(one.spent for one in self.lines)


def read_inventory(*, now: dt.datetime, hours: int = HOURS) -> Inventory:
    """Return what there was to sell in the last hours, and the demand that stands now."""
    rows = list(
        InventoryHour.objects.filter(hour__gte=now - dt.timedelta(hours=hours)).order_by("hour")
    )
    wins: Counter[int] = Counter()
    for row in rows:
        wins.update(_bins(row.wins))
    return Inventory(
        lines=[
            InventoryLine(
                hour=row.hour,
                pages=row.pages,
                filled=row.filled,
                people=row.people,
                spent=row.spent,
                median=next(iter(_quantiles(_bins(row.wins), (50,))), None),
            )
            for row in rows
        ],
        bands=_bands(wins),
        quarters=_quantiles(wins, QUARTERS),
        demand=read_demand(),
    )


def read_demand() -> Sequence[Demand]:
    """Return live orders by state and unit, with what is left of them."""
    live = Order.objects.filter(ended_at__isnull=True).values_list("state", "unit")
    summed = live.annotate(orders=Count("pk"), left=Sum(F("budget") - F("charged")))
    return [Demand(*row) for row in summed.order_by("state", "unit")]


def pages_below(*, price: int, now: dt.datetime, hours: int = HOURS) -> tuple[int, int]:
    """Return on how many of the last hours' pages less than `price` was needed, and of how many."""
    wins: Counter[int] = Counter()
    since = now - dt.timedelta(hours=hours)
    for one in InventoryHour.objects.filter(hour__gte=since).values_list("wins", flat=True):
        wins.update(_bins(one))
    return sum(pages for place, pages in wins.items() if edge(place + 1) <= price), wins.total()


def edge(place: int) -> int:
    """Return the price at which a bin of `pacing.market` begins, in millionths."""
    return round(LOWEST * math.exp2(place / PER_OCTAVE))


def _bins(wins: Mapping[str, Any]) -> dict[int, int]:
    return {int(place): int(pages) for place, pages in wins.items()}


def _bands(wins: Mapping[int, int]) -> Sequence[PriceBand]:
    """Return pages by quarters of an octave, without gaps from the lowest to the highest."""
    if not wins:
        return []
    width = PER_OCTAVE // 4
    counts: Counter[int] = Counter()
    for place, pages in wins.items():
        counts[place // width] += pages
    return [
        PriceBand(low=edge(one * width), high=edge((one + 1) * width), pages=counts[one])
        for one in range(min(counts), max(counts) + 1)
    ]


def _quantiles(wins: Mapping[int, int], percents: Sequence[int]) -> list[int]:
    """Return the prices that won these percents of pages: the upper edges of their bins."""
    places = sorted(wins)
    total = sum(wins.values())
    if not total:
        return []
    upto = list(zip(places, accumulate(wins[place] for place in places), strict=True))
    return [
        edge(next(place for place, pages in upto if 100 * pages >= percent * total) + 1)
        for percent in percents
    ]
