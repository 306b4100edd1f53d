"""Groups of readers are told only where nobody can be singled out."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from meadow.accounts.readerships import Reader
from meadow.analytics.campaign_splits import Reached
from meadow.promotion.crowds import (
    FEWEST_PEOPLE,
    OTHERS,
    SMALLEST_GROUP,
    UNTOLD,
    Group,
    band_of,
    gather,
    merge_small,
)

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
NOBODY = Reader(None, "", "", None)


@given(st.lists(st.integers(1, 60), max_size=12))
def test_no_group_told_is_small_and_nobody_is_lost(sizes: list[int]) -> None:
    groups = [Group(f"g{place}", size, 2 * size, 1) for place, size in enumerate(sizes)]

    told = merge_small(groups)

    assert sum(one.people for one in told) == sum(sizes)
    assert sum(one.impressions for one in told) == 2 * sum(sizes)
    if sum(sizes) >= SMALLEST_GROUP:
        assert all(one.people >= SMALLEST_GROUP for one in told)


def reach(count: int, *, at: dt.datetime = NOON - HOUR) -> list[Reached]:
    return [Reached(f"{at:%H}{place}", at, 2, 1, place % 2 == 0) for place in range(count)]


def test_too_few_people_are_not_told_of_at_all_and_those_of_this_hour_not_yet() -> None:
    few = reach(FEWEST_PEOPLE - 1)

    assert gather([*few, *reach(30, at=NOON)], {}, until=NOON).groups == {}
    assert gather([*few, *reach(1, at=NOON - 2 * HOUR)], {}, until=NOON).people == FEWEST_PEOPLE


def test_people_are_grouped_by_what_they_said_when_they_were_first_shown_it() -> None:
    people = reach(60)
    before, after = NOON - 2 * HOUR, NOON
    readers = {
        one.person: Reader(1998, "female", "CN", before if place < 20 else after)
        for place, one in enumerate(people[:40])
    }

    crowd = gather(people, readers, until=NOON)

    assert crowd.groups["fan"] == [Group("not_fan", 40, 80, 20), Group("fan", 20, 40, 10)]
    assert crowd.groups["age"] == [Group("25-34", 40, 80, 20), Group(UNTOLD, 20, 40, 10)]
    assert [one.key for one in crowd.groups["region"]] == ["CN", UNTOLD]
    lone = gather(people, {people[0].person: Reader(1998, "other", "", None)}, until=NOON)
    assert lone.groups["gender"] == [Group(OTHERS, 60, 120, 30)]


def test_bands_are_those_that_audiences_know() -> None:
    born = [2008, 2002, 2001, 1971, 1900, 2010, None]

    assert [band_of(year, at=NOON) for year in born] == [
        *("18-24", "18-24", "25-34", "55-", "55-", UNTOLD, UNTOLD)
    ]
