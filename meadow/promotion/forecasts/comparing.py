"""How an order stands beside what its buyer was told: what was to be expected by now, and whether it came."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from meadow.promotion.forecasts.result import Forecast, Range

Verdict = Literal["below", "within", "above"]
MEASURES = ("people", "impressions", "results")


@dataclass(frozen=True, slots=True)
class Standing:
    """One measure at this point of the flight: what came, and the range that was expected by now."""

    delivered: int
    expected: Range
    verdict: Verdict


def compare(
    *, forecast: Forecast, delivered: Mapping[str, int], elapsed: float
) -> dict[str, Standing]:
    """Return how each measure in `delivered` (people, impressions, results) stands; what is not told, not.

    `elapsed` is the share of the flight's traffic that has come, 0 to 1, as its plan has it. The middle
    grows with it. The range is as wide as the square root of it: what chance does in a part of the flight
    is half as large in a quarter of it, so that early figures are not held to be signs.
    """
    part = min(max(elapsed, 0.0), 1.0)
    found = {}
    for measure in MEASURES:
        told: Range | None = getattr(forecast, measure)
        if told is None or measure not in delivered:
            continue
        expected = _by_now(told, part)
        came = delivered[measure]
        verdict: Verdict = "within"
        if came < expected.low:
            verdict = "below"
        elif came > expected.high:
            verdict = "above"
        found[measure] = Standing(delivered=came, expected=expected, verdict=verdict)
    return found


def elapsed_share(*, planned: Mapping[float, float], now: float, ends: float) -> float:
    """Return which share of a plan's traffic lies before `now`.

    `planned` is {when a slot begins, in seconds: traffic or money planned for it}; the last one ends at
    `ends`. Within a slot traffic is even. Without a plan nothing is over: 0.
    """
    begins = sorted(planned)
    total = sum(planned.values())
    if not begins or total <= 0:
        return 0.0
    over = 0.0
    for begin, end in zip(begins, [*begins[1:], ends], strict=True):
        length = max(end - begin, 1e-9)
        over += planned[begin] * min(max((now - begin) / length, 0.0), 1.0)
    return min(over / total, 1.0)


def _by_now(told: Range, part: float) -> Range:
    middle = told.middle * part
    wide = math.sqrt(part)
    low = max(middle - (told.middle - told.low) * wide, 0.0)
    high = middle + (told.high - told.middle) * wide
    return Range(math.floor(low), round(middle), math.ceil(high))
