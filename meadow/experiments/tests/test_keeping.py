"""What an experiment promises while it runs, in words first and in the database at the last."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError

from meadow.core.errors import InvalidInput
from meadow.core.transactions import savepoint, transaction
from meadow.experiments.errors import (
    AlreadyStarted,
    ExperimentUnknown,
    KeyTaken,
    NotRunning,
    TrafficOnlyGrows,
)
from meadow.experiments.models import Experiment
from meadow.experiments.queries import ArmRecord, get_experiment, list_experiments
from meadow.experiments.services import (
    create_experiment,
    grow_traffic,
    start_experiment,
    stop_experiment,
)
from meadow.experiments.testing import NOON, make_experiment

pytestmark = pytest.mark.django_db
LATER = NOON + dt.timedelta(hours=5)


def test_an_experiment_is_created_started_widened_and_stopped() -> None:
    draft = create_experiment(
        key="covers", name=" Two covers ", arms={"first": 9000, "best": 1000}, traffic=500, now=NOON
    )
    assert (draft.state, draft.name, draft.started_at) == ("draft", "Two covers", None)
    assert draft.arms == [ArmRecord("first", 9000), ArmRecord("best", 1000)]

    assert start_experiment(key="covers", now=NOON).started_at == NOON
    assert grow_traffic(key="covers", traffic=2500).traffic == 2500
    stopped = stop_experiment(key="covers", now=LATER)

    assert (stopped.state, stopped.started_at, stopped.stopped_at) == ("stopped", NOON, LATER)
    assert get_experiment("covers") == stopped


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("key", {"key": "Covers"}),
        ("key", {"key": "x"}),
        ("key", {"key": "nul\x00"}),
        ("name", {"name": " "}),
        ("name", {"name": "a\x00b"}),
        ("name", {"name": "x" * 121}),
        ("arms", {"arms": {"only": 10_000}}),
        ("arms", {"arms": {"control": 5000, "warm": 4999}}),
        ("arms", {"arms": {"control": 10_000, "warm": 0}}),
        ("arms", {"arms": {"control": 5000, "Warm words": 5000}}),
        ("traffic", {"traffic": 0}),
        ("traffic", {"traffic": 10_001}),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_kept(field: str, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        make_experiment(**given)

    assert list(refused.value.fields) == [field]
    assert Experiment.objects.count() == 0


def test_a_key_is_taken_once_and_for_ever() -> None:
    make_experiment("covers")
    stop_experiment(key="covers", now=LATER)

    with pytest.raises(KeyTaken):
        make_experiment("covers")

    assert Experiment.objects.count() == 1


def test_states_only_go_forward() -> None:
    make_experiment("covers", running=False)
    with pytest.raises(NotRunning):
        stop_experiment(key="covers", now=NOON)
    with pytest.raises(NotRunning):
        grow_traffic(key="covers", traffic=10_000)
    start_experiment(key="covers", now=NOON)
    with pytest.raises(AlreadyStarted):
        start_experiment(key="covers", now=LATER)
    stop_experiment(key="covers", now=LATER)
    with pytest.raises(AlreadyStarted):
        start_experiment(key="covers", now=LATER)
    with pytest.raises(NotRunning):
        stop_experiment(key="covers", now=LATER)

    kept = get_experiment("covers")
    assert (kept.state, kept.started_at, kept.stopped_at) == ("stopped", NOON, LATER)


def test_traffic_never_shrinks() -> None:
    make_experiment("covers", traffic=3000)

    for traffic in (3000, 2999):
        with pytest.raises(TrafficOnlyGrows) as refused:
            grow_traffic(key="covers", traffic=traffic)
        assert refused.value.params == {"key": "covers", "traffic": 3000}

    assert get_experiment("covers").traffic == 3000


@pytest.mark.parametrize("key", ["nobody", "nul\x00", "No Key", "x" * 400])
def test_an_unknown_key_is_said_to_be_unknown(key: str) -> None:
    with pytest.raises(ExperimentUnknown):
        get_experiment(key)
    with pytest.raises(ExperimentUnknown):
        start_experiment(key=key, now=NOON)
    with pytest.raises(ExperimentUnknown):
        stop_experiment(key=key, now=NOON)
    with pytest.raises(ExperimentUnknown):
        grow_traffic(key=key, traffic=10_000)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("has started", {"salt": "0" * 32}),
        ("has started", {"weights": [4000, 6000]}),
        ("has started", {"arms": ["control", "cold"]}),
        ("has started", {"key": "other"}),
        ("has started", {"traffic": 2999}),
        ("has started", {"started_at": LATER}),
        ("has started", {"state": "draft", "started_at": None}),
        ("experiment_state_has_its_times", {"state": "stopped"}),
        (
            "experiment_state_has_its_times",
            {"state": "stopped", "stopped_at": NOON - dt.timedelta(seconds=1)},
        ),
        ("experiment_includes_somebody", {"traffic": 10_001}),
    ],
)
def test_the_database_keeps_what_runs_as_it_is(name: str, change: dict[str, Any]) -> None:
    make_experiment("covers", traffic=3000)

    with pytest.raises(IntegrityError, match=name), transaction(), savepoint():
        Experiment.objects.filter(key="covers").update(**change)


def test_the_database_keeps_what_was_stopped() -> None:
    make_experiment("covers")
    stop_experiment(key="covers", now=LATER)

    with pytest.raises(IntegrityError, match="has started"), transaction(), savepoint():
        Experiment.objects.filter(key="covers").update(name="Other")
    with pytest.raises(IntegrityError, match="has started"), transaction(), savepoint():
        Experiment.objects.filter(key="covers").delete()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("experiment_arms_are_sound", {"weights": [5000, 5001]}),
        ("experiment_arms_are_sound", {"weights": [10_000]}),
        ("experiment_arms_are_sound", {"weights": [10_000, 0]}),
        ("experiment_arms_are_sound", {"arms": ["warm", "warm"]}),
        ("experiment_arms_are_sound", {"arms": [], "weights": []}),
        ("experiment_has_a_salt", {"salt": "none"}),
    ],
)
def test_the_database_refuses_a_draft_that_is_not_sound(name: str, change: dict[str, Any]) -> None:
    make_experiment("covers", running=False)

    with pytest.raises(IntegrityError, match=name), transaction(), savepoint():
        Experiment.objects.filter(key="covers").update(**change)


def test_a_draft_may_be_changed_and_thrown_away() -> None:
    make_experiment("covers", running=False)

    Experiment.objects.filter(key="covers").update(weights=[1, 9999], traffic=7)
    Experiment.objects.filter(key="covers").delete()

    assert Experiment.objects.count() == 0


def test_experiments_are_listed_newest_first_page_by_page() -> None:
    for number in range(5):
        make_experiment(f"covers_{number}", running=False)

    first = list_experiments(limit=3)
    second = list_experiments(limit=3, cursor=first.next_cursor)

    assert [one.key for one in first.items] == ["covers_4", "covers_3", "covers_2"]
    assert [one.key for one in second.items] == ["covers_1", "covers_0"]
    assert second.next_cursor is None
