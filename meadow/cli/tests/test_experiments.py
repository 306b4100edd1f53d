"""`meadow experiment`: the whole life of one, and refusals in sentences."""

import pytest
from typer.testing import CliRunner, Result

from meadow.cli.experiments import app
from meadow.experiments.assignment import forget_running
from meadow.experiments.models import Experiment
from meadow.runtime.testing import RunningEngines

pytestmark = pytest.mark.django_db
HALVES = ("--arm", "first=50", "--arm", "best=50")


def meadow_experiment(*words: str) -> Result:
    forget_running()
    return CliRunner().invoke(app, words)


def test_an_experiment_lives_on_the_command_line(warehouse: RunningEngines) -> None:
    made = meadow_experiment("create", "covers", "--name", "Two covers", "--traffic", "5", *HALVES)
    started = meadow_experiment("start", "covers")
    grown = meadow_experiment("grow", "covers", "--traffic", "12.5")
    report = meadow_experiment("report", "covers", "--outcome", "reads")
    stopped = meadow_experiment("stop", "covers")
    listed = meadow_experiment("list")

    assert made.output == "covers is a draft now.\n"
    assert started.output == "covers is running now.\n"
    assert grown.output == "covers includes 12.5 % of people now.\n"
    assert "Reads a person, at most 100 (count)" in report.output
    assert "best against first: not enough data yet" in report.output
    assert stopped.output == "covers is stopped now.\n"
    assert [word in listed.output for word in ("covers", "stopped", "12.5 %")] == [True] * 3
    kept = Experiment.objects.get()
    assert (kept.arms, kept.weights, kept.traffic) == (["first", "best"], [5000, 5000], 1250)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("start", "covers"), "There is no experiment called covers."),
        (("create", "covers", "--name", "T", "--arm", "a=50"), "2 to 8 arms"),
        (("create", "covers", "--name", "T", "--arm", "a=50", "--arm", "a=50"), "the same name"),
        (("create", "covers", "--name", "T", "--arm", "a=50", "--arm", "b=40"), "10,000 together"),
        (("create", "covers", "--name", "T", "--arm", "a", "--arm", "b=50"), "ARM=PERCENT"),
        (("create", "Covers", "--name", "T", *HALVES), "small letters"),
    ],
)
def test_a_refusal_is_a_sentence(words: tuple[str, ...], said: str) -> None:
    refused = meadow_experiment(*words)

    assert refused.exit_code == 1
    assert said in refused.output
    assert not Experiment.objects.exists()
