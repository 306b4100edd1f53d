"""`meadow experiment`: create, start, widen and stop experiments, and read what they say."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from meadow.cli.operators import refuse
from meadow.cli.programs import settle

if TYPE_CHECKING:
    from meadow.experiments.queries import ExperimentRecord
    from meadow.experiments.reports import Reading, Report

app = typer.Typer(help="Experiments, and what they say so far.", no_args_is_help=True)
Key = Annotated[str, typer.Argument(help="The key of the experiment.")]
Percent = Annotated[float, typer.Option(min=0.01, max=100, help="Percent of people who take part.")]
ANSWERS = {
    "not_enough_data": "not enough data yet",
    "undecided": "undecided so far",
    "higher": "higher",
    "lower": "lower",
}


@app.command("list")
def list_all() -> None:
    """Print every experiment, newest first."""
    settle()
    from meadow.experiments.queries import list_experiments

    table = Table("key", "state", "people", "arms", "started", "stopped", box=None, pad_edge=False)
    cursor: str | None = ""
    with sentences():
        while cursor is not None:
            page = list_experiments(cursor=cursor, limit=100)
            for one in page.items:
                table.add_row(*_cells(one))
            cursor = page.next_cursor
    Console(highlight=False).print(table)


@app.command("create")
def create(
    key: Key,
    name: Annotated[str, typer.Option(help="What is tried, in words.")],
    arm: Annotated[list[str], typer.Option(help="ARM=PERCENT, once an arm, the control first.")],
    traffic: Percent = 100,
) -> None:
    """Create a draft, such as: covers --name "Two covers" --arm first=50 --arm best=50."""
    settle()
    from meadow.core.clock import now
    from meadow.experiments.services import create_experiment

    arms = dict(_arm(word) for word in arm)
    if len(arms) < len(arm):
        refuse(["Two arms have the same name."])
    with sentences():
        made = create_experiment(
            key=key, name=name, arms=arms, traffic=_buckets(traffic), now=now()
        )
    print(f"{made.key} is a draft now.")


@app.command("start")
def start(key: Key) -> None:
    """Let people in; the arms never change from here on."""
    settle()
    from meadow.core.clock import now
    from meadow.experiments.services import start_experiment

    with sentences():
        start_experiment(key=key, now=now())
    print(f"{key} is running now.")


@app.command("grow")
def grow(key: Key, traffic: Percent) -> None:
    """Let more people in; nobody changes their arm."""
    settle()
    from meadow.experiments.services import grow_traffic

    with sentences():
        grown = grow_traffic(key=key, traffic=_buckets(traffic))
    print(f"{key} includes {grown.traffic / 100:g} % of people now.")


@app.command("stop")
def stop(key: Key) -> None:
    """End an experiment for ever."""
    settle()
    from meadow.core.clock import now
    from meadow.experiments.services import stop_experiment

    with sentences():
        stop_experiment(key=key, now=now())
    print(f"{key} is stopped now.")


@app.command("report")
def report(
    key: Key,
    outcome: Annotated[str, typer.Option(help="What to judge by.")] = "read_share",
    hours: Annotated[int, typer.Option(min=1, max=2160, help="Hours a person is watched.")] = 24,
    confidence: Annotated[int, typer.Option(min=50, max=99, help="Percent.")] = 95,
) -> None:
    """Say what an experiment shows so far; look as often as you like."""
    settle()
    from meadow.core.clock import now
    from meadow.experiments.reports import read_report

    with sentences():
        found = read_report(
            experiment=key,
            outcome=outcome,
            now=now(),
            window=dt.timedelta(hours=hours),
            confidence=confidence,
        )
    show(found)


def show(found: "Report") -> None:
    """Print a report for a person."""
    console = Console(highlight=False)
    console.print(
        f"{found.outcome.name} ({found.outcome.unit}), as of {found.as_of:%Y-%m-%d %H:%M} UTC"
    )
    table = Table("arm", "people", "estimate", f"{found.confidence} % interval", box=None)
    for arm in found.arms:
        table.add_row(arm.key, f"{arm.people:,}", *_figures(arm.reading))
    for effect in found.effects:
        table.add_row(f"{effect.arm} - {effect.over}", "", *_figures(effect.reading))
    console.print(table)
    for effect in found.effects:
        console.print(f"{effect.arm} against {effect.over}: {ANSWERS[effect.answer]}")
    if found.arms_mismatch:
        console.print(
            f"[red]wrong[/]  the sizes of the arms cannot be chance (p = {found.mismatch_p:.2g}):"
            " do not trust these figures before the cause is found"
        )


@contextmanager
def sentences() -> Iterator[None]:
    """Turn an expected failure into its sentences and status 1."""
    from meadow.core.errors import InvalidInput, MeadowError

    try:
        yield
    except InvalidInput as wrong:
        refuse([said for field in wrong.fields.values() for said in field])
    except MeadowError as wrong:
        refuse([wrong.sentences()])


def _cells(one: "ExperimentRecord") -> tuple[str, ...]:
    arms = ", ".join(f"{arm.key} {arm.weight / 100:g} %" for arm in one.arms)
    moments = [f"{at:%Y-%m-%d %H:%M}" if at else "" for at in (one.started_at, one.stopped_at)]
    return (one.key, one.state, f"{one.traffic / 100:g} %", arms, *moments)


def _figures(reading: "Reading | None") -> tuple[str, str]:
    if reading is None:
        return "", "not enough data yet"
    return f"{reading.estimate:.4g}", f"{reading.low:.4g} to {reading.high:.4g}"


def _arm(word: str) -> tuple[str, int]:
    """Return an arm and its weight in 1/10,000 from ARM=PERCENT."""
    key, _equals, percent = word.partition("=")
    try:
        return key, _buckets(float(percent))
    except (ValueError, OverflowError):
        refuse([f"{word} is not of the form ARM=PERCENT."])


def _buckets(percent: float) -> int:
    return round(percent * 100)
