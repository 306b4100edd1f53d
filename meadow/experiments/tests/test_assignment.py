"""Assignment: the same answer for ever, in the proportions asked for, and no query a question."""

import itertools
from collections import Counter
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from meadow.experiments import assignment
from meadow.experiments.assignment import BUCKETS, Arm, assign, forget_running, place
from meadow.experiments.queries import Running
from meadow.experiments.services import grow_traffic, stop_experiment
from meadow.experiments.testing import NOON, make_experiment

UNITS = [f"{number:032x}" for number in range(20_000)]
THREE = Running(
    key="three",
    salt="5a" * 16,
    arms=("control", "short", "long"),
    weights=(7000, 2000, 1000),
    traffic=5000,
)


def chi_square(seen: list[int], expected: list[float]) -> float:
    return sum((one - due) ** 2 / due for one, due in zip(seen, expected, strict=True))


def arms_of(running: Running) -> list[int | None]:
    placed = [place(running, unit=unit) for unit in UNITS]
    return [arm.index if arm else None for arm in placed]


@given(st.text(max_size=40), st.integers(1, BUCKETS), st.integers(1, BUCKETS))
def test_growing_traffic_moves_nobody(unit: str, one: int, other: int) -> None:
    small, large = sorted((one, other))

    before = place(replace(THREE, traffic=small), unit=unit)
    after = place(replace(THREE, traffic=large), unit=unit)

    assert before is None or before == after
    assert place(replace(THREE, traffic=small), unit=unit) == before


def test_everybody_takes_part_in_full_traffic() -> None:
    assert None not in arms_of(replace(THREE, traffic=BUCKETS))


def test_traffic_and_arms_have_the_proportions_asked_for() -> None:
    arms = arms_of(THREE)

    taking_part = len(arms) - arms.count(None)
    # 10.83 and 13.82 are exceeded once in a thousand (1 and 2 degrees of freedom).
    assert chi_square([taking_part, arms.count(None)], [10_000, 10_000]) < 10.83
    due = [taking_part * share for share in (0.7, 0.2, 0.1)]
    assert chi_square([arms.count(index) for index in range(3)], due) < 13.82


def test_proportions_hold_for_many_salts() -> None:
    exceeded = 0

    for salt in range(40):
        salted = replace(THREE, salt=f"{salt:032x}", traffic=BUCKETS)
        arms = [arm.index for unit in UNITS[:2000] if (arm := place(salted, unit=unit))]
        exceeded += chi_square([arms.count(index) for index in range(3)], [1400, 400, 200]) > 5.99

    # 5.99 is exceeded once in twenty.
    assert exceeded <= 6


def test_experiments_are_independent_of_each_other() -> None:
    one = arms_of(replace(THREE, traffic=BUCKETS))
    other = arms_of(replace(THREE, salt="a5" * 16, traffic=BUCKETS))

    pairs = Counter(zip(one, other, strict=True))
    seen = [pairs[first, second] for first, second in itertools.product(range(3), repeat=2)]
    shares = (0.7, 0.2, 0.1)
    due = [20_000 * first * second for first, second in itertools.product(shares, repeat=2)]
    # 26.12 is exceeded once in a thousand (8 degrees of freedom).
    assert chi_square(seen, due) < 26.12


def test_taking_part_says_nothing_about_the_arm() -> None:
    everybody = arms_of(replace(THREE, traffic=BUCKETS))
    in_half = arms_of(THREE)

    inside = [arm for arm, part in zip(everybody, in_half, strict=True) if part is not None]
    due = [len(inside) * everybody.count(index) / 20_000 for index in range(3)]
    assert chi_square([inside.count(index) for index in range(3)], due) < 13.82


def test_a_known_unit_is_where_it_always_was() -> None:
    # A change of the hash would move everybody in the middle of what runs.
    found = [
        place(replace(THREE, traffic=BUCKETS), unit=unit) for unit in ("ann", "bo", "cy", "di")
    ]

    assert [arm and arm.key for arm in found] == ["long", "control", "short", "control"]


@pytest.mark.django_db
def test_only_what_runs_has_arms() -> None:
    make_experiment("asleep", running=False)
    make_experiment("awake")

    assert assign(experiment="asleep", unit="ann") is None
    assert assign(experiment="nowhere", unit="ann") is None
    assert isinstance(assign(experiment="awake", unit="ann"), Arm)

    stop_experiment(key="awake", now=NOON)

    assert assign(experiment="awake", unit="ann") is None


@pytest.mark.django_db
def test_a_thousand_assignments_ask_once() -> None:
    make_experiment("busy")
    forget_running()

    with CaptureQueriesContext(
        connection,
    ) as queries:
        for unit in UNITS[:1000]:
            assign(experiment="busy", unit=unit)

    assert len(queries) == 1


@pytest.mark.django_db
def test_what_is_known_is_asked_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    make_experiment("narrow", traffic=1)
    assert [assign(experiment="narrow", unit=unit) for unit in UNITS[:50]] == [None] * 50
    grow_traffic(key="narrow", traffic=BUCKETS)
    assert assign(experiment="narrow", unit=UNITS[0]) is not None

    # Another process grew it back out of sight: known stays known until it is stale.
    known = assignment._known
    known.found = {}
    assert assign(experiment="narrow", unit=UNITS[0]) is None
    known.stale_at = 0.0
    assert assign(experiment="narrow", unit=UNITS[0]) is not None
