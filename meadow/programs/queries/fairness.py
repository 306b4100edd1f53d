"""A dry run by groups of people: who comes in, who goes, and what share of each group is in.

A share stands beside its 95 % interval (Wilson 1927, score interval), and below FEWEST people there
is no share at all: too few to say anything.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Final, Literal, get_args

import numpy as np
from django.utils.dates import MONTHS_3
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from meadow.accounts.census import region_of
from meadow.accounts.regions import region_name
from meadow.programs.metrics import Ids
from meadow.programs.queries.crowds import Flags
from meadow.programs.queries.dry_runs import DryRun

By = Literal["joined", "region", "age", "followers"]
CUTS: Final[tuple[By, ...]] = get_args(By)
FEWEST: Final = 30
MOST_MONTHS: Final = 12
MOST_REGIONS: Final = 8
Z: Final = 1.959964
AGES: Final = (30, 90, 180, 365, 730)
SIZES: Final = (1, 100, 1_000, 5_000, 10_000, 100_000)


@dataclass(frozen=True, slots=True)
class Share:
    """A share between 0 and 1 and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group of people; `share` of them would be in, None for too few to say."""

    label: str
    short: str
    people: int
    inside: int
    enters: int
    dropped: int
    near: int
    inside_after: int
    share_before: Share | None
    share: Share | None


@dataclass(frozen=True, slots=True)
class Cut:
    """Everybody in groups that do not overlap; `gap` names two whose shares surely differ."""

    by: By
    name: str
    groups: Sequence[GroupLine]
    gap: tuple[GroupLine, GroupLine] | None


def cut(run: DryRun, by: By) -> Cut:
    """Return a dry run by one kind of group; the groups add up to everybody."""
    codes, labels = _SPLITS[by](run)
    groups = [
        line
        for code, (label, short) in enumerate(labels)
        if (line := _line(run, codes == code, label, short)).people
    ]
    names = {
        "joined": _("Month of joining"),
        "region": _("Region"),
        "age": _("Age of the account"),
        "followers": _("Followers"),
    }
    return Cut(by=by, name=names[by], groups=groups, gap=_widest(groups))


def wilson(met: int, people: int) -> Share:
    """Return the share of `met` in `people` (at least one) with its 95 % score interval."""
    part = met / people
    square = Z * Z / people
    middle = (part + square / 2) / (1 + square)
    half = Z * sqrt(part * (1 - part) / people + square / (4 * people)) / (1 + square)
    # At the ends the interval reaches them exactly; rounding would leave them by 1e-17.
    low = 0.0 if met == 0 else max(middle - half, 0.0)
    high = 1.0 if met == people else min(middle + half, 1.0)
    return Share(value=part, low=low, high=high)


def _line(run: DryRun, of: Flags, label: str, short: str) -> GroupLine:
    people = int(of.sum())
    inside, after = int((run.crowd.inside & of).sum()), int((run.inside_after & of).sum())
    enough = people >= FEWEST
    return GroupLine(
        label=label,
        short=short,
        people=people,
        inside=inside,
        enters=int((run.masks["enters"] & of).sum()),
        dropped=int((run.masks["dropped"] & of).sum()),
        near=int((run.masks["near"] & of).sum()),
        inside_after=after,
        share_before=wilson(inside, people) if enough else None,
        share=wilson(after, people) if enough else None,
    )


def _widest(groups: Sequence[GroupLine]) -> tuple[GroupLine, GroupLine] | None:
    """Return the groups of the largest and the least share, where their intervals do not meet."""
    known = [(one.share, one) for one in groups if one.share is not None]
    if len(known) < 2:
        return None
    most, least = (pick(known, key=lambda pair: pair[0].value) for pick in (max, min))
    return (most[1], least[1]) if most[0].low > least[0].high else None


Split = tuple[Ids, list[tuple[str, str]]]


def _by_month(run: DryRun) -> Split:
    months = run.crowd.census.months
    found = np.unique(months[months > 0])
    shown, older = found[-MOST_MONTHS:], found[:-MOST_MONTHS]
    labels = [(_month(int(month)), _short_month(int(month))) for month in shown]
    codes = np.searchsorted(shown, months)
    if len(older):
        labels = [(_("Before that"), _("before")), *labels]
        codes = np.where(months < shown[0], 0, codes + 1)
    labels.append((_("Not known"), "–"))
    return np.where(months == 0, len(labels) - 1, codes), labels


def _by_region(run: DryRun) -> Split:
    regions = run.crowd.census.regions
    found, counts = np.unique(regions[regions > 0], return_counts=True)
    shown = found[np.argsort(-counts, kind="stable")][:MOST_REGIONS]
    labels = [(region_name(code) or code, code) for code in map(region_of, shown.tolist())]
    codes = np.full(len(regions), len(labels), dtype=np.int64)
    for place, region in enumerate(shown):
        codes[regions == region] = place
    codes[regions == 0] = len(labels) + 1
    return codes, [*labels, (_("Other regions"), _("others")), (_("Does not say"), "–")]


def _by_age(run: DryRun) -> Split:
    codes = np.searchsorted(np.array(AGES), run.crowd.census.age_days, side="right")
    labels = [(_("Under %(days)s days") % {"days": AGES[0]}, f"<{AGES[0]}")]
    labels += [
        (_("%(since)s to %(until)s days") % {"since": low, "until": high - 1}, f"{low}–{high - 1}")
        for low, high in pairwise(AGES)
    ]
    return codes, [*labels, (_("%(days)s days and more") % {"days": AGES[-1]}, f"{AGES[-1]}+")]


def _by_size(run: DryRun) -> Split:
    codes = np.searchsorted(np.array(SIZES), run.crowd.census.followers, side="right")
    labels = [(_("None"), "0")]
    labels += [
        (
            _("%(low)s to %(high)s followers") % {"low": f"{low:,}", "high": f"{high - 1:,}"},
            f"{_thousands(low)}+",
        )
        for low, high in pairwise(SIZES)
    ]
    said = _("%(count)s followers and more") % {"count": f"{SIZES[-1]:,}"}
    return codes, [*labels, (said, f"{_thousands(SIZES[-1])}+")]


_SPLITS: Final = {
    "joined": _by_month,
    "region": _by_region,
    "age": _by_age,
    "followers": _by_size,
}


def _thousands(count: int) -> str:
    return f"{count // 1000}k" if count >= 1000 else str(count)


def _month(months: int) -> str:
    return date_format(dt.date(months // 12, months % 12 + 1, 1), "YEAR_MONTH_FORMAT")


def _short_month(months: int) -> str:
    month = months % 12 + 1
    chinese = (get_language() or "").startswith("zh")
    return f"{months // 12 % 100:02}/{month}" if chinese else str(MONTHS_3[month]).title()
