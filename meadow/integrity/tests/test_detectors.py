"""A clock is found and a person is not: exact values, a naive recount, and simulated readers."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meadow.integrity.detectors import (
    DETECTORS,
    Finding,
    Times,
    find_clockwork,
    find_impossible_rate,
    least_reads,
)
from meadow.integrity.testing import FIRST_RULES, TEMPERS, human_reads, machine_reads

CLOCKWORK = FIRST_RULES["clockwork"]
TENTHS = st.lists(st.integers(0, 400), max_size=60)


def flagged(detector: str, at: Times, *, signed_in: bool = True) -> list[Finding]:
    return DETECTORS[detector](at, signed_in=signed_in, limits=FIRST_RULES[detector])


def every(gap_ms: int, reads: int, start: int = 0) -> Any:
    return start + gap_ms * np.arange(reads, dtype=np.int64)


def test_thirty_reads_at_one_distance_are_clockwork() -> None:
    measured = {"reads": 30, "gap_ms": 3000, "variation": 0.0}

    assert flagged("clockwork", every(3000, 30)) == [Finding(0, 87_000, measured)]
    assert flagged("clockwork", every(3000, 29)) == []


def test_a_stretch_ends_where_the_regularity_does() -> None:
    random = np.random.default_rng(1)
    before = human_reads(random, reads=50, temper="usual", gap_ms=9000)
    clock = every(4000, 40, start=int(before[-1]) + 11_000)
    after = human_reads(random, reads=50, temper="usual", gap_ms=9000)
    at = np.concatenate((before, clock, after - after[0] + clock[-1] + 7000))

    (found,) = flagged("clockwork", at)

    # A gap or two beyond the clock may still fit into a run that varies little enough.
    assert abs(found.first - clock[0]) <= 11_000
    assert abs(found.last - clock[-1]) <= 7_000
    assert found.measured["reads"] in (40, 41, 42)


def test_two_clocks_a_day_apart_are_two_findings() -> None:
    at = np.concatenate((every(3000, 31), every(5000, 33, start=86_400_000)))

    assert [(one.first, one.last) for one in flagged("clockwork", at)] == [
        (0, 90_000),
        (86_400_000, 86_400_000 + 32 * 5000),
    ]


def test_reads_of_one_moment_say_nothing_about_regularity() -> None:
    assert flagged("clockwork", np.zeros(50, dtype=np.int64)) == []


def test_leafing_through_as_fast_as_can_be_is_not_clockwork() -> None:
    random = np.random.default_rng(2)
    at = np.cumsum(1000 + random.lognormal(np.log(300), 0.4, 200)).astype(np.int64)

    assert flagged("clockwork", at) == []


def test_sixty_reads_in_a_minute_are_possible_and_one_more_is_not() -> None:
    assert flagged("impossible_rate", every(1000, 60)) == []
    assert flagged("impossible_rate", every(999, 61)) == [
        Finding(0, 59_940, {"reads": 61, "seconds": 60, "most": 60})
    ]


def test_slower_floods_are_found_in_longer_windows() -> None:
    hour = every(2900, 1242)

    (found,) = flagged("impossible_rate", hour)

    assert found.measured == {"reads": 1242, "seconds": 3600, "most": 1200}
    assert (found.first, found.last) == (0, 2900 * 1241)


def test_several_people_behind_one_address_have_more_time() -> None:
    assert flagged("impossible_rate", every(100, 600), signed_in=False) == []
    (found,) = flagged("impossible_rate", every(99, 606), signed_in=False)
    assert found.measured["most"] == 600


def test_nobody_below_the_least_reads_is_flagged() -> None:
    for detector, limits in FIRST_RULES.items():
        least = least_reads(detector, limits)
        for at in (every(2000, least - 1), np.zeros(least - 1, dtype=np.int64)):
            assert flagged(detector, at) == []


@given(tenths=TENTHS, seconds=st.integers(1, 20), most=st.integers(1, 8))
def test_impossible_rates_equal_a_naive_recount(tenths: list[int], seconds: int, most: int) -> None:
    at = np.array(sorted(tenths), dtype=np.int64) * 100

    found = find_impossible_rate(at, seconds=seconds, most=most)

    full = {
        int(read)
        for end in at
        for window in [at[(at > end - seconds * 1000) & (at <= end)]]
        if len(window) > most
        for read in window
    }
    inside = {int(read) for read in at for one in found if one.first <= read <= one.last}
    assert inside == full


@given(tenths=TENTHS, least=st.integers(3, 8), limit=st.sampled_from([0.05, 0.12, 0.4]))
def test_clockwork_equals_a_naive_recount(tenths: list[int], least: int, limit: float) -> None:
    at = np.array(sorted(tenths), dtype=np.int64) * 100

    found = find_clockwork(at, least_reads=least, highest_variation=limit)

    regular = set()
    for start in range(len(at) - least + 1):
        run = at[start : start + least]
        free = [max(int(gap) - 1000, 0) for gap in np.diff(run)]
        mean = sum(free) / len(free)
        if mean and (sum((one - mean) ** 2 for one in free) / len(free)) ** 0.5 / mean <= limit:
            regular |= {int(read) for read in run}
    inside = {int(read) for read in at for one in found if one.first <= read <= one.last}
    assert inside == regular


@settings(max_examples=300)
@given(
    seed=st.integers(0, 2**32),
    temper=st.sampled_from(sorted(TEMPERS)),
    gap_ms=st.floats(1500, 120_000),
    reads=st.integers(30, 600),
)
def test_no_person_is_taken_for_a_machine(
    seed: int, temper: str, gap_ms: float, reads: int
) -> None:
    at = human_reads(np.random.default_rng(seed), reads=reads, temper=temper, gap_ms=gap_ms)

    assert [flagged(detector, at) for detector in DETECTORS] == [[], []]


@settings(max_examples=200)
@given(
    seed=st.integers(0, 2**32),
    gap_ms=st.floats(3000, 600_000),
    jitter=st.floats(0, 0.06),
    reads=st.integers(40, 400),
)
def test_every_clock_is_found(seed: int, gap_ms: float, jitter: float, reads: int) -> None:
    at = machine_reads(np.random.default_rng(seed), reads=reads, gap_ms=gap_ms, jitter=jitter)

    found = flagged("clockwork", at)

    inside = sum(((at >= one.first) & (at <= one.last)).sum() for one in found)
    assert inside >= 0.9 * reads


@pytest.mark.slow
def test_the_stated_error_bound_holds() -> None:
    """30,000 simulated person-days, none flagged: at most 1 in 10,000 with 95 % confidence."""
    random = np.random.default_rng(20_260_314)
    wrong = 0

    for person in range(30_000):
        gap_ms = float(np.clip(random.lognormal(np.log(8000), 0.8), 1300, None))
        at = human_reads(
            random, reads=200, temper=sorted(TEMPERS)[person % len(TEMPERS)], gap_ms=gap_ms
        )
        wrong += any(flagged(detector, at) for detector in DETECTORS)

    assert wrong == 0
