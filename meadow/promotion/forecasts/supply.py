"""How much traffic there will be: a profile of hours and weekdays, and how far days have strayed from it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Hours are counted from 1970, UTC; weekdays from its first day.
DAY: Final = 24
WEEK: Final = 7
# Chance moves traffic by stretches of this many hours, by days, and the level of all of it.
STRETCH: Final = 6
# An hour of a week ago counts half.
HALF_LIFE_DAYS: Final = 7.0
# What is taken of a traffic of which little is known, and as how many days or stretches that counts.
USUAL_DAY_SPREAD, DAYS_KNOWN = 0.25, 4.0
USUAL_STRETCH_SPREAD, STRETCHES_KNOWN = 0.20, 8.0
# An hour of the day pulls to the mean of all as so many hours, a weekday to the others as so many days.
HOUR_PULL, WEEKDAY_PULL = 0.5, 1.0
# A day or stretch says how far traffic strays from so many expected pages on.
FEWEST_EXPECTED: Final = 20.0
# Of Student's t by which levels and days stray, and how far at most.
FREEDOM, FARTHEST = 5, 4.0


@dataclass(frozen=True)
class Profile:
    """Expected pages by hour of the day and by weekday, and the spread (of logarithms) around them."""

    by_hour: Floats
    by_weekday: Floats
    level_spread: float
    day_spread: float
    stretch_spread: float

    def expect(self, hours: NDArray[np.int64]) -> Floats:
        """Return the pages expected in each of these hours."""
        expected: Floats = self.by_hour[hours % DAY] * self.by_weekday[hours // DAY % WEEK]
        return expected


def fit_profile(*, first: int, pages: Floats) -> Profile:
    """Return the profile of hours that follow each other from `first` on; there is one at least."""
    hours = first + np.arange(len(pages))
    age = (hours[-1] - hours) / DAY
    weight = 0.5 ** (age / HALF_LIFE_DAYS)
    mean = float(np.average(pages, weights=weight))
    hour, weekday = hours % DAY, hours // DAY % WEEK
    known = np.bincount(hour, weight, DAY)
    by_hour = (np.bincount(hour, weight * pages, DAY) + HOUR_PULL * mean) / (known + HOUR_PULL)
    # Of each weekday there are few, so that older ones count as much.
    pull = WEEKDAY_PULL * DAY * mean
    seen = np.bincount(weekday, pages, WEEK) + pull
    usual = np.bincount(weekday, by_hour[hour], WEEK) + pull
    by_weekday = np.divide(seen, usual, out=np.ones(WEEK), where=usual > 0)
    expected = by_hour[hour] * by_weekday[weekday]
    days = _strays(hours // DAY, pages, expected)
    stretches = _strays(hours // STRETCH, pages, expected)
    day_spread = _spread(days, USUAL_DAY_SPREAD, DAYS_KNOWN)
    # A stretch strays with its day too; what is left is its own.
    both = _spread(stretches, float(np.hypot(day_spread, USUAL_STRETCH_SPREAD)), STRETCHES_KNOWN)
    own = np.sqrt(max(both**2 - day_spread**2, 0.05**2))
    by_day = np.bincount((hours[-1] - hours) // DAY, weight)
    many = float(by_day.sum() ** 2 / (by_day**2).sum()) if len(by_day) else 1.0
    many = min(many, len(pages) / DAY)
    level = day_spread / np.sqrt(max(many, 0.25))
    return Profile(by_hour, by_weekday, float(level), day_spread, float(own))


def draw_traffic(
    profile: Profile, *, starts: float, ends: float, luck: np.random.Generator, draws: int
) -> Floats:
    """Return what may come from `starts` to `ends` (hours from 1970), in pages, a draw each.

    The same luck gives a longer flight the same weather for as long as the shorter lasts, so that a flight
    that ends later never has less traffic.
    """
    first, last = int(np.floor(starts)), int(np.ceil(ends))
    hours = np.arange(first, last)
    part = np.minimum(hours + 1, ends) - np.maximum(hours, starts)
    expected = profile.expect(hours) * part
    level = _luck(luck, draws)
    whole = np.zeros(draws)
    day = -1
    by_day = np.zeros(draws)
    for stretch in np.unique(hours // STRETCH).tolist():
        if stretch * STRETCH // DAY != day:
            day = stretch * STRETCH // DAY
            by_day = _stray(profile.day_spread, _luck(luck, draws))
        own = _stray(profile.stretch_spread, luck.standard_normal(draws))
        whole += float(expected[hours // STRETCH == stretch].sum()) * by_day * own
    return np.asarray(whole * np.exp(profile.level_spread * level), np.float64)


def _luck(luck: np.random.Generator, draws: int) -> Floats:
    """Return what chance does to levels and days: Student's t, for spreads are known from few days."""
    return np.clip(luck.standard_t(FREEDOM, draws), -FARTHEST, FARTHEST)


def _stray(spread: float, luck: Floats) -> Floats:
    """Return factors of mean one."""
    return np.asarray(np.exp(spread * luck - spread**2 / 2), np.float64)


def _strays(groups: NDArray[np.int64], pages: Floats, expected: Floats) -> Floats:
    """Return the logarithm of what came over what was expected, of each whole group but the last."""
    _, places, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    came = np.bincount(places, pages)
    usual = np.bincount(places, expected)
    tells = (usual >= FEWEST_EXPECTED) & (sizes == sizes.max())
    return np.asarray(np.log(np.maximum(came[tells], 1.0) / usual[tells]), np.float64)


def _spread(strays: Floats, usual: float, known: float) -> float:
    variance = (float((strays**2).sum()) + known * usual**2) / (len(strays) + known)
    return float(np.sqrt(variance))
