"""When a criterion would be met at the current pace: a day with an interval, by a named method.

`forecast` is pure: docs/algorithms/forecast.md states the method and how often its interval holds.
`read_forecasts` fetches the histories, which the packages that keep a figure register.
"""

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from meadow.programs.evaluation import CriterionResult, Outcome
from meadow.programs.metrics import Params, get_metric
from meadow.programs.rules import Group, Rule

Verdict = Literal["met", "day", "beyond", "not_at_this_pace", "too_little_history", "not_by_itself"]
BOOTSTRAP: Final = "block-bootstrap-1"
CALENDAR: Final = "calendar"
HISTORY_DAYS: Final = 56
FEWEST_DAYS: Final = 14
FURTHEST_DAYS: Final = 365
PATHS: Final = 1000
BLOCK_DAYS: Final = 7
# Student's t at 0.9 by degrees of freedom: so few weeks leave the pace and its spread unsure.
_T: Final = (3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415)
_SEED: Final = 20260501
# Beyond every day that is looked at.
_NEVER: Final = 10**6


@dataclass(frozen=True, slots=True)
class History:
    """How a figure moved: its gain on each full UTC day, the oldest first.

    `leaving` are the days from now after which something that counts today stops counting, by time
    alone; `stays` is for how many days what is gained goes on counting, None without end.
    """

    gains: Sequence[int]
    leaving: Sequence[int] = ()
    stays: int | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """After how many days a criterion is met: `days` as likely earlier as later.

    With 80 % confidence it is from `low` to `high` days; `high` None: or more than a year. The
    numbers stand only with the verdict "day". `based_on` is how many days the pace was taken of.
    """

    verdict: Verdict
    days: int | None = None
    low: int | None = None
    high: int | None = None
    method: str = BOOTSTRAP
    based_on: int = 0


Reader = Callable[..., History]
_readers: dict[str, Reader] = {}


def register_history(metric: str, read: Reader) -> None:
    """Say how a metric moved: `read(person_id=, params=, now=)` returns its History."""
    _readers[metric] = read


def read_forecasts(*, outcome: Outcome, person_id: int, now: dt.datetime) -> dict[str, Forecast]:
    """Return a forecast for each criterion of an outcome. Raises EngineUnavailable."""
    return {one.key: _read_forecast(one, person_id=person_id, now=now) for one in outcome.results}


def forecast_rule(*, rule: Rule, forecasts: dict[str, Forecast]) -> Forecast:
    """Return when a rule is met, of the forecasts of its criteria by key.

    "all" waits for the latest, "any" for the earliest, k of n for the k-th; each end of the
    interval is taken by itself, as if what is late for one criterion were late for all.
    """
    low, days, high = _fold(rule.root, forecasts)
    methods = {one.method for one in forecasts.values() if one.verdict == "day"}
    method = BOOTSTRAP if methods != {CALENDAR} else CALENDAR
    based_on = min((one.based_on for one in forecasts.values() if one.based_on), default=0)
    if days == 0:
        return Forecast("met", method=method)
    if days < _NEVER:
        return Forecast("day", days, low, high if high < _NEVER else None, method, based_on)
    reasons: list[Verdict] = ["too_little_history", "not_by_itself", "not_at_this_pace", "beyond"]
    verdicts = {one.verdict for one in forecasts.values()}
    verdict: Verdict = next((one for one in reasons if one in verdicts), "beyond")
    # The days of those that say so: another criterion may have all the history it needs.
    known = min((one.based_on for one in forecasts.values() if one.verdict == verdict), default=0)
    return Forecast(verdict, method=method, based_on=known)


def forecast(*, gap: int, history: History) -> Forecast:
    """Return when a figure gains `gap` (or loses, where negative) if it goes on as it did.

    Paths of days are drawn from the history by a block bootstrap in two stages: the history is
    drawn anew first, so that the interval holds what so few days leave unsure about the pace.
    """
    if gap == 0:
        return Forecast("met", days=0, low=0, high=0)
    gains = np.asarray(history.gains, dtype=np.int64)[-HISTORY_DAYS:]
    based_on = len(gains)
    if based_on < FEWEST_DAYS:
        return Forecast("too_little_history", based_on=based_on)
    if not gains.any() and not history.leaving:
        return Forecast("not_at_this_pace", based_on=based_on)
    paths = np.cumsum(_draw(gains), axis=1)
    if history.stays is not None and history.stays < FURTHEST_DAYS:
        ended = paths[:, : FURTHEST_DAYS - history.stays].copy()
        paths[:, history.stays :] -= ended
    left = np.bincount(
        np.clip(np.asarray(history.leaving, dtype=np.int64), 1, FURTHEST_DAYS + 1),
        minlength=FURTHEST_DAYS + 2,
    )
    paths -= np.cumsum(left[1 : FURTHEST_DAYS + 1])
    reached = paths >= gap if gap > 0 else paths <= gap
    first = np.where(reached.any(axis=1), reached.argmax(axis=1) + 1, _NEVER)
    tail = _tail(based_on)
    low, days, high = (_quantile(first, share) for share in (tail, 0.5, 1 - tail))
    if days == _NEVER:
        rising = gains.mean() > 0 if gap > 0 else gains.mean() < 0
        return Forecast("beyond" if rising else "not_at_this_pace", based_on=based_on)
    return Forecast("day", days, low, high if high < _NEVER else None, BOOTSTRAP, based_on)


def _draw(gains: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return PATHS x FURTHEST_DAYS gains; the same history gives the same paths."""
    random = np.random.default_rng(_SEED)
    days = len(gains)
    within = np.arange(BLOCK_DAYS)
    blocks = -(-days // BLOCK_DAYS)
    starts = random.integers(0, days, (PATHS, blocks, 1))
    histories = gains[(starts + within) % days].reshape(PATHS, -1)[:, :days]
    blocks = -(-FURTHEST_DAYS // BLOCK_DAYS)
    starts = random.integers(0, days, (PATHS, blocks, 1))
    places = ((starts + within) % days).reshape(PATHS, -1)[:, :FURTHEST_DAYS]
    drawn: NDArray[np.int64] = np.take_along_axis(histories, places, axis=1)
    return drawn


def _tail(days: int) -> float:
    """Return the share of paths beyond each end of an 80 % interval from so many days.

    Drawn blocks vary less than new ones would, by (b - 1) / b of the variance for b of them, and the
    spread itself is estimated: the normal quantile becomes Student's, widened by that factor.
    """
    blocks = days // BLOCK_DAYS
    widened = _T[min(blocks - 2, len(_T) - 1)] * math.sqrt(blocks / (blocks - 1))
    return 0.5 * math.erfc(widened / math.sqrt(2))


def _quantile(first: NDArray[np.int64], share: float) -> int:
    ordered = np.sort(first)
    return int(ordered[min(int(share * len(ordered)), len(ordered) - 1)])


def _read_forecast(result: CriterionResult, *, person_id: int, now: dt.datetime) -> Forecast:
    metric = get_metric(result.criterion.metric)
    params: Params = result.criterion.params
    if result.met:
        return Forecast("met", days=0, low=0, high=0)
    if metric.grows_daily:
        if result.gap < 0:
            return Forecast("not_at_this_pace", method=CALENDAR)
        return Forecast("day", result.gap, result.gap, result.gap, CALENDAR)
    if metric.key not in _readers:
        return Forecast("not_by_itself")
    history = _readers[metric.key](person_id=person_id, params=params, now=now)
    return forecast(gap=result.gap, history=history)


def _fold(group: Group, forecasts: dict[str, Forecast]) -> tuple[int, int, int]:
    members = [
        _fold(one, forecasts) if isinstance(one, Group) else _ends(forecasts[one.key])
        for one in group.members
    ]
    low, days, high = (sorted(end)[group.needed - 1] for end in zip(*members, strict=True))
    return low, days, high


def _ends(one: Forecast) -> tuple[int, int, int]:
    if one.verdict == "met":
        return 0, 0, 0
    if one.verdict != "day" or one.days is None or one.low is None:
        return _NEVER, _NEVER, _NEVER
    return one.low, one.days, _NEVER if one.high is None else one.high
