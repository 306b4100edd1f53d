"""`meadow up`: everything on one machine, in one command."""

import os
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from meadow.runtime.environment import load_environment
from meadow.runtime.stack import Stack
from meadow.runtime.supervisor import Supervisor, Wishes, sign_ins_path

console = Console(highlight=False)
COLOURS = {"postgres": "blue", "nats": "cyan", "warehouse": "yellow", "worker": "magenta"}


def up(
    demo: Annotated[
        bool, typer.Option("--demo", help="Fill a first run with a community.")
    ] = False,
    still: Annotated[bool, typer.Option("--still", help="No scripted crowd in the demo.")] = False,
    port: Annotated[int | None, typer.Option(help="Port of the pages (MEADOW_PORT).")] = None,
) -> None:
    """Start everything on this machine, keep it running, stop it with Ctrl-C."""
    environ = dict(os.environ)
    if port is None and "MEADOW_PORT" not in environ:
        # Not the port of last time: the next start is where a person expects it.
        port = 8000
    if port is not None:
        environ["MEADOW_PORT"] = str(port)
    environment = load_environment(environ)
    say("meadow", f"starting in {environment.home}")
    supervisor = Supervisor(
        environ=environ,
        port=environment.port,
        wishes=Wishes(demo=demo, still=still),
        say=say,
    )
    status = supervisor.run(when_ready=lambda stack: greet(supervisor, stack, demo=demo))
    say("meadow", "stopped")
    raise typer.Exit(status)


def say(name: str, line: str) -> None:
    """Print one line of one process."""
    console.print(Text(f"{name:>10} ", style=COLOURS.get(name, "green")), Text(line), sep="")


def greet(supervisor: Supervisor, stack: Stack, *, demo: bool) -> None:
    """Say where to go, and how to sign in or to make the first operator."""
    lines = Text.assemble("Meadow is ready at ", (stack.environment.base_url, "bold"))
    if demo:
        lines.append(f"\n\n{sign_ins_path(supervisor.home).read_text().strip()}")
    lines.append("\n\nCtrl-C stops everything that was started here.", style="dim")
    console.print(Panel.fit(lines, border_style="green"))
    # Asked only now: it takes a second that nobody has to wait for. A throwaway home is nobody's.
    throwaway = supervisor.environ.get("MEADOW_THROWAWAY") == "1"
    if not (demo or throwaway) and supervisor.ask("operators", "operator", "count") == "0":
        console.print(
            "Nobody runs this place yet. Make the first operator, in another shell:\n"
            f"  MEADOW_HOME={supervisor.home} {sys.argv[0]} operator create"
        )
