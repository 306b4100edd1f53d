"""The forecast of one order: many draws of traffic, prices and responses, and what the budget buys in each.

docs/algorithms/promotion-forecast.md tells the model and what it was held against.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, pdtrik

from meadow.promotion.forecasts.prices import Prices
from meadow.promotion.forecasts.reach import Crowd, Showings, tabulate
from meadow.promotion.forecasts.result import Forecast, Note, Range
from meadow.promotion.forecasts.supply import Profile, draw_traffic

Floats = NDArray[np.float64]

DRAWS: Final = 400
SEED: Final = 20_261_123
LOW, MIDDLE, HIGH = 0.1, 0.5, 0.9
Z80: Final = 1.2816
# How far an audience's activity may lie from everybody's, where it is a small part of all.
AUDIENCE_SPREAD: Final = 0.2
# How far what live orders mean to spend lies from what they will.
DEMAND_SPREAD: Final = 0.3
DAY_HOURS: Final = 24
A_WEEK: Final = 168
# Where the middle leaves more than this of the budget, the buyer is told.
UNSPENT: Final = 0.02
# Slots of a flight that chance gives little or much to sell: the middles of five parts of a normal.
SLOTS: Final = np.array([-1.4630, -0.5986, 0.0, 0.5986, 1.4630])
FEW_PEOPLE: Final = 200
# Of fewer the logarithm of a count is not normal.
FEW_SITTINGS: Final = 9.0
# Of the chance of meeting somebody again, what is not that of how many are met: found on made worlds.
AGAIN: Final = 0.4
# Beyond so many, a Poisson count is as good as normal.
MANY: Final = 200.0


@dataclass(frozen=True, slots=True)
class Friction:
    """What delivery lacks of theory, as found on made worlds (simulating.py).

    `slots` is by how many standard deviations of its count the supply of an hour strays, as the bid meets
    it, and `slots_spread` how far that strays; `evenness_spread` how far the mean price lies from what that
    tells, where it is `dear` over the reserve or more, and `prices` how far those of pages do (both of the
    logarithm); `pennies` (a share) and `last` (impressions) of the last of a budget, `crowd` of people, and
    `chance` of what few sittings and few meetings are by chance, beside Poisson's.
    """

    slots: float = 2.0
    slots_spread: float = 0.3
    evenness_spread: float = 0.04
    dear: float = 0.2
    pennies: float = 0.002
    last: float = 0.5
    prices: float = 0.4
    crowd: float = 0.02
    chance: float = 1.0


@dataclass(frozen=True)
class Market:
    """Everything that is known of what can be sold: `hours` of history, `valid` of what is served counts."""

    profile: Profile
    hours: int
    crowd: Crowd
    prices: Prices
    valid: float
    friction: Friction = Friction()


@dataclass(frozen=True, slots=True)
class Ask:
    """One order, amounts in micro units, hours since 1970. `share` of people are of its audience.

    An impression costs `reserve` at least and `most` at most; nobody is shown it more than `cap` times in
    24 h (0: no cap). `quality` is in thousandths, `rate` responses a showing with 80 % from `low` to `high`.
    """

    budget: int
    starts: float
    ends: float
    share: float
    reserve: int
    most: int
    cap: int
    quality: int
    rate: float
    low: float
    high: float
    known: bool
    micro_of_minor: int

    @property
    def days(self) -> int:
        """How many stretches of 24 h the flight touches."""
        return max(math.ceil((self.ends - self.starts) / DAY_HOURS), 1)


@dataclass(frozen=True)
class Draws:
    """What each draw brought."""

    people: Floats
    impressions: Floats
    results: Floats
    spent: Floats


def forecast(market: Market, ask: Ask, *, holdout: int) -> Forecast:
    """Return the forecast of an order that holds out `holdout` of 10,000."""
    drawn = draw(market, ask, holdout=holdout)
    bought = drawn.impressions >= 1
    cost = None
    if bought.any():
        each = drawn.spent[bought] / drawn.impressions[bought] * 1000 / ask.micro_of_minor
        low, middle, high = np.quantile(each, [LOW, MIDDLE, HIGH])
        cost = Range(math.floor(low + 1e-6), round(middle), math.ceil(high - 1e-6))
    notes = _notes(market, ask, drawn)
    return Forecast(
        people=_range(drawn.people),
        impressions=_range(drawn.impressions),
        results=_range(drawn.results),
        cost=cost,
        holdout=holdout,
        notes=notes,
    )


def draw(market: Market, ask: Ask, *, holdout: int) -> Draws:
    """Return what the order brings in each draw; all orders have the same luck, so more is never less."""
    luck = np.random.default_rng(SEED)
    shift, rate_luck, chance = luck.standard_normal((3, DRAWS))
    few, demand, pace, crowded = luck.standard_normal((4, DRAWS))
    share = ask.share * (1.0 - holdout / 10_000)
    showings = tabulate(
        people=market.crowd.people * share,
        shape=market.crowd.shape,
        cap=ask.cap,
        hours=ask.ends - ask.starts,
    )
    pages = draw_traffic(market.profile, starts=ask.starts, ends=ask.ends, luck=luck, draws=DRAWS)
    pages = _meet(pages * share, market, ask, few)
    impressions, spent = _buy(market, ask, showings, pages, shift, demand, pace)
    lost = market.friction
    left = impressions * (1.0 - np.abs(lost.pennies * pace)) - np.abs(lost.last * pace)
    whole = np.minimum(np.round(np.maximum(left, 0.0)), ask.budget // ask.reserve)
    spent = spent * np.divide(whole, impressions, out=np.zeros(DRAWS), where=impressions > 0)
    # The mean of few prices strays; where the budget binds, it is what pays for them instead.
    floor = whole * ask.reserve
    dear = np.clip((spent / np.maximum(floor, 1.0) - 1.0) / lost.dear, 0.0, 1.0)
    chosen = spent * np.exp(lost.prices * dear / np.sqrt(np.maximum(whole, 1.0)) * crowded)
    spent = np.where(spent < ask.budget * (1.0 - UNSPENT), np.maximum(chosen, floor), spent)
    impressions, spent = whole, np.minimum(spent, ask.budget)
    people = showings.reached(impressions)
    # Of so many showings that fall on somebody met before, chance makes more or less.
    again = AGAIN * lost.chance * (impressions - people) / np.maximum(people, 1.0) ** 2
    people = np.round(people * np.exp(np.sqrt(lost.crowd**2 + np.maximum(again, 0.0)) * crowded))
    people = np.minimum(people, impressions)
    if ask.cap:
        people = np.maximum(people, np.ceil(impressions / (ask.cap * ask.days)))
    spread = math.log(ask.high / ask.low) / (2 * Z80)
    mean = impressions * np.minimum(ask.rate * np.exp(spread * rate_luck), 1.0)
    results = _poisson(mean, chance)
    return Draws(people, impressions, results, spent)


def _meet(pages: Floats, market: Market, ask: Ask, few: Floats) -> Floats:
    """Return the pages of an audience, which differs from everybody, and the more the smaller it is.

    It may be more active or less, by its kind and because some of its few people are; and the sittings of
    few are few, so that their number strays by chance.
    """
    crowd, chance = market.crowd, market.friction.chance
    drawn = 1.0 / (crowd.shape * max(crowd.people * ask.share, 1.0))
    sittings = np.maximum(pages / crowd.pages, FEW_SITTINGS)
    spread = (AUDIENCE_SPREAD**2 + drawn) * (1.0 - ask.share) + chance / sittings
    return np.asarray(pages * np.exp(np.sqrt(spread) * few), np.float64)


def _buy(
    market: Market,
    ask: Ask,
    showings: Showings,
    pages: Floats,
    shift: Floats,
    demand: Floats,
    pace: Floats,
) -> tuple[Floats, Floats]:
    """Return what counts and what it costs, a draw each: the cheapest pages, as far as the budget goes.

    What other live orders will spend more than was spent lately competes for the same pages: each gets a
    part as large as its money.
    """
    prices = market.prices
    hours = ask.ends - ask.starts
    more = np.maximum(prices.demand * np.exp(DEMAND_SPREAD * demand) - prices.spent, 0.0)
    part = ask.budget / (ask.budget + more * hours)
    moved = prices.prices[None, :] * np.exp(prices.spread * shift)[:, None]
    cost = np.maximum(moved * 1000.0 / ask.quality, float(ask.reserve))
    weight = np.where(cost <= ask.most, prices.pages[None, :] / prices.pages.sum(), 0.0)
    share = np.cumsum(weight, axis=1)
    mean = np.cumsum(weight * cost, axis=1) / np.maximum(share, 1e-12)
    won = share * part[:, None]
    # Once a sitting, whose pages are a geometric number: shown on the first of them that is won.
    each = market.crowd.pages
    sittings = pages[:, None] / each
    taken = won * each / (1.0 + won * (each - 1.0))
    served = showings.within_cap(sittings * taken)
    # What is served and never seen costs nothing.
    valid = served * market.valid
    # What evenness costs is known only so far, and nothing where all is bought at the reserve.
    lost = market.friction
    dear = np.clip((mean / ask.reserve - 1.0) / lost.dear, 0.0, 1.0)
    stray = np.clip(lost.evenness_spread * pace, -0.15, 0.15)[:, None] * dear
    return _evenly(ask, lost, valid, valid * mean * (1.0 + stray), pace)


def _evenly(
    ask: Ask, lost: Friction, bought: Floats, spent: Floats, luck: Floats
) -> tuple[Floats, Floats]:
    """Return what counts and what it costs where slots that differ by chance get even money.

    `bought` and `spent` rise with the bid, a draw a row. A slot with little to sell pays more for it; money
    that it cannot spend buys elsewhere, at what all of it costs.
    """
    strays = lost.slots * math.sqrt(DAY_HOURS * ask.reserve / ask.budget)
    each = np.minimum(strays * np.exp(lost.slots_spread * luck), 1.0)
    supply = np.exp(SLOTS[:, None] * each)
    supply = supply / supply.mean(axis=0)
    budget = np.full(len(spent), float(ask.budget))
    most, cost = _upto(budget, bought, spent)
    counts = np.zeros(len(spent))
    for part in supply:
        some, used = _upto(budget / part, bought, spent)
        carried = np.divide(budget / part, used, out=np.ones(len(spent)), where=used > 0)
        counts += some * part * carried / len(supply)
    return np.minimum(counts, most), cost


def _upto(budget: Floats, served: Floats, spent: Floats) -> tuple[Floats, Floats]:
    """Return the point of each rising row at which the budget is spent, between two prices if need be."""
    zero = np.zeros((len(served), 1))
    served, spent = np.hstack([zero, served]), np.hstack([zero, spent])
    rows = np.arange(len(served))
    place = np.minimum((spent <= budget[:, None]).sum(axis=1), served.shape[1] - 1)
    before = np.maximum(place - 1, 0)
    gap = spent[rows, place] - spent[rows, before]
    part = np.clip(
        np.divide(budget - spent[rows, before], gap, out=np.zeros(len(rows)), where=gap > 0), 0, 1
    )
    bought = served[rows, before] + part * (served[rows, place] - served[rows, before])
    return bought, spent[rows, before] + part * gap


def _poisson(mean: Floats, luck: Floats) -> Floats:
    """Return Poisson counts of these means, as far from them as `luck` (standard normal) says."""
    large = mean > MANY
    counts = np.round(mean + luck * np.sqrt(mean))
    small = np.maximum(mean[~large], 1e-9)
    counts[~large] = np.ceil(np.nan_to_num(pdtrik(ndtr(luck[~large]), small)) - 1e-9)
    return np.asarray(np.maximum(counts, 0.0), np.float64)


def _range(values: Floats) -> Range:
    low, middle, high = np.quantile(values, [LOW, MIDDLE, HIGH])
    return Range(math.floor(low + 1e-9), math.floor(middle + 1e-9), math.floor(high + 1e-9))


def _notes(market: Market, ask: Ask, drawn: Draws) -> tuple[Note, ...]:
    unspent = 1.0 - float(np.median(drawn.spent)) / ask.budget
    people = market.crowd.people * ask.share
    found = {
        Note.LITTLE_KNOWN: market.hours < A_WEEK,
        Note.BUDGET_TOO_LARGE: unspent > UNSPENT,
        Note.AUDIENCE_SMALL: people < FEW_PEOPLE or (unspent > UNSPENT and ask.share < 0.5),
        Note.RESPONSE_UNKNOWN: not ask.known,
    }
    return tuple(note for note, holds in found.items() if holds)
