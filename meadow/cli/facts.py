"""`meadow facts …` and `meadow warehouse rebuild`: are the figures what they claim, and anew if not."""

import time
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from meadow.cli import programs
from meadow.core.errors import EngineUnavailable
from meadow.runtime.errors import RuntimeProblem

app = typer.Typer(help="Facts: check that every figure is what it claims to be.")
warehouse_app = typer.Typer(
    help="Own the warehouse: run its one process, or have it rebuilt.",
    invoke_without_command=True,
)
LOOK_SECONDS = 0.3
PATIENCE_SECONDS = 30.0


@app.command()
def verify() -> None:
    """Recompute checksums, compare archive, warehouse, roll-up and PostgreSQL, name differences."""
    programs.settle()
    from meadow.analytics.archive import open_archive
    from meadow.analytics.warehouse.verify import verify as compare

    console = Console(highlight=False)
    try:
        report = compare(open_archive(), say=lambda what: console.print(f"… {what}", style="dim"))
    except EngineUnavailable as away:
        raise RuntimeProblem(
            "the warehouse does not answer: start it with `meadow up` or `meadow warehouse`"
        ) from away
    archived, waiting = report.archived, report.waiting
    console.print(
        f"archive: {report.segments:,} segments, {archived['facts']:,} facts,"
        f" {archived['verdicts']:,} verdicts; {waiting['facts'] + waiting['verdicts']:,} rows wait"
        " in the stream for the next segment"
    )
    console.print(f"roll-up: {report.cells:,} cells; PostgreSQL: {report.notes:,} notes")
    for difference in report.differences:
        console.print(f"[red]differs[/]  {difference}", markup=True)
    if not report.clean:
        console.print("mend the roll-up and the figures with `meadow warehouse rebuild`")
        raise typer.Exit(1)
    console.print("[green]all figures agree[/]")


@warehouse_app.callback()
def warehouse(context: typer.Context) -> None:
    """Own the warehouse: fill it from the stream, serve it, project figures to PostgreSQL."""
    if context.invoked_subcommand is None:
        programs.warehouse()


@warehouse_app.command()
def rebuild(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Empty the warehouse and fill it again from the archive and the stream; nothing is lost."""
    programs.settle()
    from meadow.analytics.warehouse.client import ask_rebuild, read_rebuild

    if not yes:
        typer.confirm(
            "The warehouse is emptied and filled again from the archive. Go on?", abort=True
        )
    rounds = rebuild_state(read_rebuild)["rounds"]
    rebuild_state(ask_rebuild)
    began = time.monotonic()
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    ) as progress:
        bar = progress.add_task("segments", total=None)
        while True:
            state = rebuild_state(read_rebuild)
            if state["problem"]:
                raise RuntimeProblem(
                    f"not rebuilt, the warehouse is as it was: {state['problem']};"
                    " restore that file from a copy"
                )
            progress.update(bar, completed=state["segments_done"], total=state["segments"] or None)
            if state["rounds"] > rounds and state["state"] == "current":
                break
            time.sleep(LOOK_SECONDS)
    print(f"rebuilt in {time.monotonic() - began:.1f} s; check it with `meadow facts verify`")


def rebuild_state(ask: Any) -> dict[str, Any]:
    """Return how far the owner is; its process may be busy for a while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            state: dict[str, Any] = ask()
        except EngineUnavailable as away:
            if time.monotonic() > deadline:
                raise RuntimeProblem(
                    "the warehouse does not answer: start it with `meadow up` or `meadow warehouse`"
                ) from away
            time.sleep(LOOK_SECONDS)
        else:
            return state
