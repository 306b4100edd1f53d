"""Made worlds to hold forecasts against: people who come, prices that stray, an order paced to its end."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from meadow.promotion.forecasts.method import Ask, Market
from meadow.promotion.forecasts.prices import fit_prices
from meadow.promotion.forecasts.reach import SITTING_HOURS, fit_crowd
from meadow.promotion.forecasts.supply import fit_profile
from meadow.promotion.pacing import Pacer, Plan
from meadow.promotion.pacing.market import BINS, LOWEST, PER_OCTAVE

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAYS: Final = 14
FLIGHT_DAYS: Final = 4
# A Monday, 00:00, in hours since 1970.
BEGIN: Final = 24 * (7 * 2_950 + 4)
RESERVE: Final = 20_000
MOST_RESERVES: Final = 10
MICRO_OF_MINOR: Final = 10_000
VALID: Final = 0.9
STEPS_AN_HOUR: Final = 12
CAP: Final = 2
# What a forecast is told of the true rate: off by this much (of the logarithm), and it knows that.
RATE_SPREAD: Final = 0.25
Z80: Final = 1.2816


@dataclass(frozen=True)
class World:
    """Pages in their order: when (hours since 1970), whose, and what winning it takes."""

    people: int
    at: Floats
    person: Ints
    price: Floats


@dataclass(frozen=True, slots=True)
class Flown:
    """What an order was delivered in the end."""

    people: int
    impressions: int
    results: int
    spent: float


def make_world(luck: np.random.Generator) -> World:
    """Return pages of DAYS days and of a flight's, of one community.

    Days stray by 20 %, stretches of six hours by 15 %; a surge or a slump of up to two thirds comes once in
    ten days, for a day. A part of the pages is wanted by others, at prices that stray by 15 % a day.
    """
    people = int(luck.integers(1_500, 6_000))
    activity = luck.gamma(0.6, 1.0, people)
    a_day = people * luck.uniform(0.5, 1.5)
    hours = np.arange((DAYS + FLIGHT_DAYS) * 24)
    wave = 1.0 + 0.8 * np.sin((hours % 24 - 14) / 24 * 2 * np.pi)
    weekday = np.where((hours // 24) % 7 >= 5, luck.uniform(0.8, 1.4), 1.0)
    days = np.exp(0.2 * luck.standard_normal(DAYS + FLIGHT_DAYS))
    shock = luck.random(len(days)) < 0.1
    days = np.where(shock, days * np.exp(luck.uniform(-0.5, 0.5, len(days))), days)
    stretches = np.exp(0.15 * luck.standard_normal(len(hours) // 6))
    rate = a_day / 24 * wave * weekday * days[hours // 24] * stretches[hours // 6]
    sittings = luck.poisson(rate)
    at = BEGIN + np.repeat(hours, sittings) + luck.random(int(sittings.sum()))
    who = luck.choice(people, len(at), p=activity / activity.sum())
    pages = luck.geometric(1 / 2.5, len(at))
    place = np.concatenate([np.arange(many) for many in pages])
    # A page every three minutes of a sitting.
    when = np.repeat(at, pages) + place * 0.05
    person = np.repeat(who, pages)
    order = np.argsort(when, kind="stable")
    when, person = when[order], person[order]
    wanted = luck.random(len(when)) < luck.uniform(0.0, 0.8)
    daily = np.exp(0.15 * luck.standard_normal(DAYS + FLIGHT_DAYS + 1))
    level = RESERVE * luck.uniform(1.2, 2.5)
    price = level * daily[((when - BEGIN) // 24).astype(int)]
    price = price * np.exp(0.4 * luck.standard_normal(len(when)))
    price = np.where(wanted, np.maximum(price, RESERVE), RESERVE)
    return World(people, when, person.astype(np.int64), price)


def learn_market(world: World) -> Market:
    """Return what a forecast knows of a world after its first days, as hours and windows are kept."""
    past = world.at < BEGIN + DAYS * 24
    at, person, price = world.at[past], world.person[past], world.price[past]
    pages = np.bincount((at - BEGIN).astype(int), minlength=DAYS * 24).astype(np.float64)
    within = {}
    for hours in (SITTING_HOURS, 24, 72, 168):
        stretch = ((BEGIN + DAYS * 24 - at) // hours).astype(np.int64)
        whole = DAYS * 24 // hours
        inside = stretch < whole
        pairs = np.unique(stretch[inside] * world.people + person[inside])
        within[hours] = len(pairs) / whole
    lately = at >= BEGIN + (DAYS - 7) * 24
    bins = np.minimum((np.log2(price / LOWEST) * PER_OCTAVE).astype(int), BINS - 1)
    days: dict[int, dict[int, float]] = {}
    keys = (at[lately] // 24).astype(int) * BINS + bins[lately]
    for key, count in zip(*np.unique(keys, return_counts=True), strict=True):
        days.setdefault(int(key) // BINS, {})[int(key) % BINS] = float(count)
    return Market(
        profile=fit_profile(first=BEGIN, pages=pages),
        hours=len(pages),
        crowd=fit_crowd(pages=float(pages.mean()), within=within),
        prices=fit_prices(
            days=days, pages=float(lately.sum()), reserve=RESERVE, demand=0.0, spent=0.0
        ),
        valid=VALID,
    )


def make_ask(luck: np.random.Generator, *, budget: int, hours: int, share: float) -> Ask:
    """Return an order that begins in the first hours after the history."""
    starts = BEGIN + DAYS * 24 + float(luck.uniform(0, 24))
    told = float(np.exp(luck.normal(np.log(0.06), 0.5)))
    width = np.exp(Z80 * RATE_SPREAD)
    return Ask(
        budget=budget * MICRO_OF_MINOR,
        starts=starts,
        ends=starts + hours,
        share=share,
        reserve=RESERVE,
        most=MOST_RESERVES * RESERVE,
        cap=CAP,
        quality=1000,
        rate=told,
        low=told / width,
        high=min(told * width, 1.0),
        known=True,
        micro_of_minor=MICRO_OF_MINOR,
    )


def fly(world: World, ask: Ask, luck: np.random.Generator, *, holdout: int) -> Flown:
    """Return what an order is delivered that bids as its pacer says, at the price that others leave.

    Once a sitting, `cap` times in 24 h, never to somebody held out or of another audience.
    """
    rate = min(ask.rate * float(np.exp(RATE_SPREAD * luck.standard_normal())), 1.0)
    of_audience = luck.random(world.people) < ask.share
    served_to = of_audience & (luck.random(world.people) >= holdout / 10_000)
    edges = np.arange(ask.starts, ask.ends + 1e-9, 1.0) * 3600
    edges = edges if edges[-1] >= ask.ends * 3600 - 1 else np.append(edges, ask.ends * 3600)
    wave = 1.0 + 0.8 * np.sin((edges[:-1] / 3600 % 24 - 14) / 24 * 2 * np.pi)
    traffic = np.maximum(wave, 0.05) * len(world.at) / (DAYS + FLIGHT_DAYS) / 24
    plan = Plan(budget=ask.budget, edges=edges.tolist(), traffic=traffic.tolist())
    pacer = Pacer(plan=plan, ceiling=ask.most / ask.rate)
    past = world.at < ask.starts
    pacer.expect(prices=world.price[past][-100:], values=np.full(min(100, past.sum()), ask.rate))
    last = np.full((world.people, CAP), -1e9)
    spent, shown, met = 0.0, 0, set()
    steps = np.arange(ask.starts, ask.ends, 1 / STEPS_AN_HOUR)
    places = np.searchsorted(world.at, np.append(steps, ask.ends))
    for step, now in enumerate(steps.tolist()):
        decision = pacer.decide(now=now * 3600, spent=spent)
        span = slice(int(places[step]), int(places[step + 1]))
        values = []
        for at, person, price in zip(
            world.at[span].tolist(),
            world.person[span].tolist(),
            world.price[span].tolist(),
            strict=True,
        ):
            able = served_to[person] and last[person, 0] < at - SITTING_HOURS
            able = able and last[person, CAP - 1] < at - 24
            values.append(ask.rate if able else 0.0)
            bid = decision.multiplier(luck.random()) * ask.rate
            if not able or bid < price or spent + price > ask.budget:
                continue
            last[person, 1:] = last[person, :-1]
            last[person, 0] = at
            if luck.random() < VALID:
                spent, shown = spent + price, shown + 1
                met.add(person)
        pacer.learn(prices=world.price[span], values=values)
    return Flown(len(met), shown, int(luck.binomial(shown, rate)), spent)
