"""Pacing over a made day: hours of traffic and prices, wrong forecasts, charges that come late."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from meadow.bench.framework import Steps
from meadow.bench.pacing_peers import PIDS, Pid, settings_of
from meadow.bench.pacing_public import PARTS
from meadow.bench.pacing_replay import (
    Figures,
    Floats,
    Make,
    Ours,
    Stream,
    figures_of,
    replay_late,
    tuned,
)

SEED: Final = 7
TUNING_SEED: Final = 8
HOUR: Final = 3600.0
EVERY: Final = 5.0
LATE: Final = 8.0
WHOLE: Final = 150_000
THIN: Final = 4_000
# Shape of a day by the hour: a low before dawn, a noon, a long evening.
HOURS: Final[Floats] = np.array(
    [
        *(2.4, 1.4, 0.9, 0.6, 0.5, 0.7, 1.5, 2.8, 3.8, 4.2, 4.4, 4.9),
        *(6.1, 5.6, 4.6, 4.4, 4.6, 5.0, 5.8, 6.9, 8.2, 8.9, 7.4, 4.4),
    ]
)
PRICE: Final = 20_000.0
VALUE: Final = 0.02
PARTLY: Final = 8


@dataclass(frozen=True)
class Weather:
    """How a day differs from its forecast: factors on traffic, and on traffic and price in some hours."""

    traffic: float = 1.0
    busy: tuple[int, int, float] | None = None
    dear: tuple[int, int, float] | None = None


FORECAST_RIGHT: Final = Weather()
WEATHERS: Final = {
    "30 % more traffic than forecast": Weather(traffic=1.3),
    "30 % less traffic than forecast": Weather(traffic=0.7),
    "prices double for two hours": Weather(dear=(14, 16, 2.0)),
}
# Nobody can have been even over an hour of traffic that nobody foresaw: only use and money are judged.
SURGE: Final = Weather(busy=(20, 21, 2.0))


@dataclass(frozen=True)
class DayPacing:
    """Figures by budget part and by weather, of ours and of the PID; thin traffic; a budget beyond reach."""

    by_part: dict[int, dict[str, Figures]]
    by_weather: dict[str, dict[str, Figures]]
    thin: Figures
    surge: Figures
    claims: Sequence[bool | None]
    beyond: Figures
    worst_over: float
    worst_absorbed: float


def day(*, seed: int, opportunities: int, weather: Weather) -> Stream:
    """Make a day; its forecast knows the usual hours and `opportunities`, not the weather."""
    luck = np.random.default_rng(seed)
    forecast = HOURS / HOURS.sum() * opportunities
    rate = forecast * weather.traffic
    level = 0.75 + 0.5 * HOURS / HOURS.max()
    if weather.busy:
        rate[weather.busy[0] : weather.busy[1]] *= weather.busy[2]
    if weather.dear:
        level[weather.dear[0] : weather.dear[1]] *= weather.dear[2]
    count = luck.poisson(rate)
    hour = np.repeat(np.arange(24), count)
    at = np.sort((hour + luck.random(len(hour))) * HOUR)
    hour = np.minimum((at // HOUR).astype(int), 23)
    taste, market = luck.normal(size=len(at)), luck.normal(size=len(at))
    value = VALUE * np.exp(0.7 * taste)
    price = np.ceil(PRICE * level[hour] * np.exp(0.3 * taste + 0.6 * market))
    clock = np.arange(0.0, 24 * HOUR, EVERY)
    steps = np.append(np.searchsorted(at, clock), len(at))
    usual = luck.normal(size=(2, 2_000))
    return Stream(
        price=price,
        value=value,
        at=at,
        steps=steps,
        clock=clock,
        slots=np.searchsorted(at, np.arange(25) * HOUR),
        forecast=((np.arange(25) * HOUR).tolist(), forecast.tolist()),
        known_prices=PRICE * np.exp(0.3 * usual[0] + 0.6 * usual[1]),
        known_values=VALUE * np.exp(0.7 * usual[0]),
    )


def measure_day(steps: Steps) -> DayPacing:
    """Tune the PID on another day, then run both."""
    steps.start("tuning PID on another day")
    other = day(seed=TUNING_SEED, opportunities=WHOLE, weather=FORECAST_RIGHT)
    # Half of the settings, those that smooth less: they were the better ones on every stream.
    settings = settings_of(Pid, [gains for gains in PIDS if gains[2] == 0.1])
    budget = int(other.price.sum() / PARTLY)
    _, pid = tuned(other, [budget], settings, _late)
    makes: dict[str, Make] = {"ours": Ours, "PID": pid}
    by_part: dict[int, dict[str, Figures]] = {}
    usual = day(seed=SEED, opportunities=WHOLE, weather=FORECAST_RIGHT)
    for part in PARTS:
        steps.start(f"a day at 1/{part} of its cost")
        by_part[part] = _both(usual, makes, part)
    by_weather: dict[str, dict[str, Figures]] = {}
    for name, weather in WEATHERS.items():
        steps.start(f"a day with {name}")
        stream = day(seed=SEED, opportunities=WHOLE, weather=weather)
        by_weather[name] = _both(stream, makes, PARTLY)
    steps.start("a surge, thin traffic, and a budget beyond reach")
    thin = _both(day(seed=SEED, opportunities=THIN, weather=FORECAST_RIGHT), {"ours": Ours}, 32)
    beyond, claims = _beyond(day(seed=SEED, opportunities=THIN, weather=FORECAST_RIGHT))
    surge = _both(day(seed=SEED, opportunities=WHOLE, weather=SURGE), {"ours": Ours}, PARTLY)
    every = [each["ours"] for each in (*by_part.values(), *by_weather.values(), thin, surge)]
    return DayPacing(
        *(by_part, by_weather, thin["ours"], surge["ours"], claims, beyond),
        worst_over=max(each.over for each in (*every, beyond)),
        worst_absorbed=max(each.absorbed for each in (*every, beyond)),
    )


def _late(stream: Stream, way: Any, budget: int) -> Any:
    return replay_late(stream, way, budget, late=LATE)


def _both(stream: Stream, makes: dict[str, Make], part: int) -> dict[str, Figures]:
    budget = int(stream.price.sum() / part)
    return {
        name: figures_of(stream, _late(stream, make(stream, budget), budget), budget)
        for name, make in makes.items()
    }


class _Watched(Ours):
    """Ours, and what it said about being able to spend the budget."""

    claims: list[bool | None]

    def bid(self, *, now: float, spent: float) -> tuple[float, float, float]:
        """Note the claim."""
        decision = self.pacer.decide(now=now, spent=spent)
        self.claims.append(decision.feasible)
        return decision.low, decision.high, decision.share


def _beyond(stream: Stream) -> tuple[Figures, list[bool | None]]:
    """Run a budget of twice what the whole day costs."""
    budget = int(stream.price.sum() * 2)
    way = _Watched(stream, budget)
    way.claims = []
    return figures_of(stream, _late(stream, way, budget), budget), way.claims
