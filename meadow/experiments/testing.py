"""Experiments for tests."""

import datetime as dt
from typing import Any

from meadow.experiments.models import Experiment
from meadow.experiments.queries import ExperimentRecord
from meadow.experiments.services import create_experiment, start_experiment

NOON = dt.datetime(2026, 3, 14, 12, 0, tzinfo=dt.UTC)


def make_experiment(
    key: str = "warm_words", *, running: bool = True, **given: Any
) -> ExperimentRecord:
    """Make an experiment with two equal arms that everybody is in; `given` replaces members."""
    members: dict[str, Any] = {
        "name": "Warmer words on the button",
        "arms": {"control": 5000, "warm": 5000},
        "traffic": 10_000,
        "now": NOON,
    } | given
    made = create_experiment(key=key, **members)
    # Tests want the same people in the same arms each time; a draft's salt may still change.
    Experiment.objects.filter(key=key).update(salt=f"{sum(key.encode()):032x}")
    return start_experiment(key=key, now=members["now"]) if running else made
