"""`meadow search rebuild`: the index of search made anew from the notes."""

import time

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from meadow.cli import programs

app = typer.Typer(help="Search: make its index anew.")
STEPS = {"notes": "notes", "person": "people", "topic": "topics", "words": "words"}


@app.callback()
def search() -> None:
    """Search: make its index anew."""


@app.command()
def rebuild() -> None:
    """Read every note, person and topic anew; search goes on answering meanwhile."""
    programs.settle()
    from meadow.core.clock import now
    from meadow.search.services.rebuild import count_truth
    from meadow.search.services.rebuild import rebuild as make_anew

    began = time.monotonic()
    totals = count_truth()
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    ) as progress:
        bars = {
            step: progress.add_task(name, total=totals.get(step, 1)) for step, name in STEPS.items()
        }
        found = make_anew(
            now=now(), tell=lambda step, done: progress.update(bars[step], completed=done)
        )
    print(f"{found:,} notes can be found, after {time.monotonic() - began:.1f} s")
