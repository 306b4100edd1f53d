"""Who an order reached, in groups that are too large to say anything of one person."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from meadow.accounts.readerships import Reader
from meadow.analytics.campaign_splits import Reached
from meadow.promotion.audiences.definition import AGE_BANDS

# Nothing is told of fewer people in all, and no group of fewer people is told by itself.
FEWEST_PEOPLE: Final = 50
SMALLEST_GROUP: Final = 10
OTHERS: Final = "others"
UNTOLD: Final = "untold"
Dimension = Literal["fan", "age", "gender", "region"]
DIMENSIONS: Final[tuple[Dimension, ...]] = ("fan", "age", "gender", "region")


@dataclass(frozen=True, slots=True)
class Group:
    """One group of those reached: how many people, their impressions, and how many of them read it."""

    key: str
    people: int
    impressions: int
    readers: int


@dataclass(frozen=True, slots=True)
class Crowd:
    """Those first reached before `until`, split in several ways; no `groups` where they are too few."""

    until: dt.datetime
    people: int
    groups: Mapping[Dimension, Sequence[Group]]


def band_of(birth_year: int | None, *, at: dt.datetime) -> str:
    """Return the age band of somebody born in a year; UNTOLD where they did not say, or are no adult."""
    if birth_year is None:
        return UNTOLD
    age = at.year - birth_year
    for band in AGE_BANDS:
        low, _, high = band.partition("-")
        if int(low) <= age <= (int(high) if high else age):
            return band
    return UNTOLD


def gather(
    reached: Iterable[Reached], readers: Mapping[str, Reader], *, until: dt.datetime
) -> Crowd:
    """Return in which groups those first reached before `until` were."""
    before = [one for one in reached if one.first_at < until]
    if len(before) < FEWEST_PEOPLE:
        return Crowd(until=until, people=len(before), groups={})
    nobody = Reader(None, "", "", None)
    pairs = [(one, readers.get(one.person, nobody)) for one in before]

    def is_fan(one: Reached, reader: Reader) -> str:
        since = reader.follows_since
        return "fan" if since is not None and since < one.first_at else "not_fan"

    label: dict[Dimension, Callable[[Reached, Reader], str]] = {
        "fan": is_fan,
        "age": lambda one, reader: band_of(reader.birth_year, at=one.first_at),
        "gender": lambda _one, reader: reader.gender or UNTOLD,
        "region": lambda _one, reader: reader.region or UNTOLD,
    }
    return Crowd(
        until=until,
        people=len(before),
        groups={
            name: merge_small(_count((label[name](*pair), pair[0]) for pair in pairs))
            for name in DIMENSIONS
        },
    )


def _count(labelled: Iterable[tuple[str, Reached]]) -> list[Group]:
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for key, one in labelled:
        counts = found[key]
        counts[0] += 1
        counts[1] += one.impressions
        counts[2] += one.has_read
    return [Group(key, *counts) for key, counts in found.items()]


def merge_small(groups: Sequence[Group]) -> list[Group]:
    """Return groups, the largest first, with those too small put together as OTHERS.

    If those are too few as well the next smallest joins them, since all less the groups told is theirs.
    """
    ordered = sorted(groups, key=lambda one: (-one.people, one.key))
    told = [one for one in ordered if one.people >= SMALLEST_GROUP]
    rest = [one for one in ordered if one.people < SMALLEST_GROUP]
    while rest and told and sum(one.people for one in rest) < SMALLEST_GROUP:
        rest.append(told.pop())
    if rest:
        told.append(
            Group(
                OTHERS,
                sum(one.people for one in rest),
                sum(one.impressions for one in rest),
                sum(one.readers for one in rest),
            )
        )
    return told
