"""`meadow simulate` and `meadow replay`: worlds that are made up, and logs from elsewhere."""

import datetime as dt
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from meadow.cli.programs import settle
from meadow.core.errors import MeadowError

Step = Callable[[str, int, int], None]


def simulate(
    creators: Annotated[int, typer.Option(help="People who publish.")] = 2000,
    fans: Annotated[int, typer.Option(help="People who read.")] = 50_000,
    days: Annotated[int, typer.Option(help="How long they do.")] = 30,
    seed: Annotated[int, typer.Option(help="The same seed makes the same world.", min=0)] = 1,
    start: Annotated[
        str, typer.Option(help="The first day (UTC), as 2026-01-31; otherwise it ends today.")
    ] = "",
) -> None:
    """Make a world of people, notes and what they do, with planted attacks and the truth beside it."""
    settle()
    from meadow.core.clock import now
    from meadow.simulation.recipe import Recipe
    from meadow.simulation.services import simulate as make

    try:
        first = dt.date.fromisoformat(start) if start else now().date() - dt.timedelta(days=days)
    except ValueError:
        give_up(f"{start} is not a day such as 2026-01-31.")
    recipe = Recipe(creators=creators, fans=fans, days=days, seed=seed, start=first)
    began = time.monotonic()
    try:
        with progress() as step:
            made = make(recipe=recipe, now=now(), step=step)
    except MeadowError as error:
        refuse(error)
    seconds = time.monotonic() - began
    print(
        f"{made.people:,} people, {made.follows:,} follows, {made.notes:,} notes and"
        f" {made.facts:,} facts in {seconds:.1f} s ({made.facts / seconds:,.0f} facts/s)\n"
        f"What is true of them, and {made.attacks:,} planted facts: {made.folder}\n"
        f"Sign in as {made.handle} with {made.password}"
    )


def replay(
    file: Annotated[
        Path, typer.Argument(help="The log: a person a line, or person, item, weight.")
    ],
    source: Annotated[
        str, typer.Option(help="Its name here; otherwise that of the file and its folder.")
    ] = "",
) -> None:
    """Play a public interaction log: each item becomes a note, each interaction a read."""
    settle()
    from meadow.core.clock import now
    from meadow.simulation.replay import replay_log, source_name

    began = time.monotonic()
    try:
        with progress() as step:
            played = replay_log(file=file, source=source or source_name(file), now=now(), step=step)
    except MeadowError as error:
        refuse(error)
    except OSError as error:
        give_up(f"{file} cannot be read: {error.strerror}.")
    seconds = time.monotonic() - began
    rate = played.sent / played.seconds if played.seconds else 0.0
    print(
        f"{played.people:,} people, {played.interactions:,} interactions with {played.items:,} items"
        f" in {seconds:.1f} s; {played.sent:,} sent at {rate:,.0f}/s"
    )
    if played.skipped:
        print(f"{played.skipped:,} had been sent before it was interrupted")
    verdict = "equal" if not played.differing else f"DIFFERENT for {played.differing:,} notes"
    print(
        f"raw reads: {played.counted:,} counted, {played.interactions:,} in the file;"
        f" note by note: {verdict}"
    )
    if played.differing or played.counted != played.interactions:
        raise typer.Exit(1)


@contextmanager
def progress() -> Iterator[Step]:
    """Show a bar for each step that is told of."""
    columns = (
        TextColumn("{task.description:<18}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns) as bars:
        known: dict[str, int] = {}

        def step(what: str, done: int, of: int) -> None:
            if what not in known:
                known[what] = int(bars.add_task(what, total=of))
            bars.update(bars.task_ids[known[what]], completed=done, total=of)

        yield step


def refuse(error: MeadowError) -> NoReturn:
    """Say what is wrong and what to do, and end."""
    give_up(error.sentences())


def give_up(message: str) -> NoReturn:
    """Say why not and leave with status 1."""
    print(f"meadow: {message}", file=sys.stderr)
    raise typer.Exit(1)
