"""`meadow up`: everything on one machine, in one command."""

import os
import subprocess
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from meadow.runtime.environment import load_environment
from meadow.runtime.stack import MEADOW, Stack
from meadow.runtime.supervisor import Supervisor, Wishes

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
    status = supervisor.run(when_ready=lambda stack: greet(stack, demo=demo))
    say("meadow", "stopped")
    raise typer.Exit(status)


def say(name: str, line: str) -> None:
    """Print one line of one process."""
    console.print(Text(f"{name:>10} ", style=COLOURS.get(name, "green")), Text(line), sep="")


def greet(stack: Stack, *, demo: bool) -> None:
    """Say where to go, and how to sign in."""
    lines = Text.assemble("Meadow is ready at ", (stack.environment.base_url, "bold"))
    hint = sign_ins(stack) if demo else first_operator(stack)
    if hint:
        lines.append(f"\n\n{hint}")
    lines.append("\n\nCtrl-C stops everything that was started here.", style="dim")
    console.print(Panel.fit(lines, border_style="green"))


def sign_ins(stack: Stack) -> str:
    """Return what the demo says about its people."""
    return ask(stack, "demo", "people")


def first_operator(stack: Stack) -> str:
    """Return how to make the first operator, or nothing when there is one."""
    if ask(stack, "operator", "count") != "0":
        return ""
    return (
        "Nobody runs this place yet. Make the first operator, in another shell:\n"
        f"  MEADOW_HOME={stack.environment.home} {sys.argv[0]} operator create"
    )


def ask(stack: Stack, *arguments: str) -> str:
    """Return what one of our commands prints, or nothing when it fails."""
    answer = subprocess.run(
        [*MEADOW, *arguments],
        env=stack.env,
        cwd=stack.environment.home,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return answer.stdout.strip() if answer.returncode == 0 else ""
