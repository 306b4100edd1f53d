"""The `meadow` command: every process and every tool under one name."""

import sys
from typing import Annotated, Any

import typer

from meadow.cli import (
    admissions,
    demo,
    experiments,
    facts,
    keys,
    ledger,
    operators,
    programs,
    reports,
    screens,
    search,
    simulate,
    tools,
    up,
    vitals,
)
from meadow.runtime.environment import release
from meadow.runtime.errors import RuntimeProblem

app = typer.Typer(
    name="meadow",
    help="Meadow: run it, look after it, and use its tools.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

# Handed on word by word: these tools describe their own arguments.
HANDED_ON: dict[str, Any] = {"allow_extra_args": True, "ignore_unknown_options": True}
WITHOUT_HELP = HANDED_ON | {"help_option_names": []}

app.command("up")(up.up)
app.command("web")(programs.web)
app.command("worker")(programs.worker)
app.command("build")(programs.build)
app.command("doctor")(reports.doctor)
app.command("manage", context_settings=WITHOUT_HELP)(programs.manage)
app.command("bench", context_settings=WITHOUT_HELP)(tools.bench)
app.command("vendor", context_settings=WITHOUT_HELP)(tools.vendor)
app.command("screens")(screens.screens)
app.command("vitals")(vitals.vitals)
app.command("simulate")(simulate.simulate)
app.command("replay")(simulate.replay)
app.command("messages", context_settings=WITHOUT_HELP)(tools.messages)
app.add_typer(operators.app, name="operator")
app.add_typer(admissions.app, name="program")
app.add_typer(keys.app, name="keys")
app.add_typer(demo.app, name="demo")
app.add_typer(experiments.app, name="experiment")
app.add_typer(facts.app, name="facts")
app.add_typer(ledger.app, name="ledger")
app.add_typer(search.app, name="search")
app.add_typer(facts.warehouse_app, name="warehouse")


@app.callback(invoke_without_command=True)
def version(
    show: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    """Meadow: run it, look after it, and use its tools."""
    if show:
        print(f"meadow {release()}")
        raise typer.Exit


def main() -> None:
    """Run the command line; a known problem is two lines, not a traceback."""
    try:
        app()
    except RuntimeProblem as problem:
        print(f"meadow: {problem}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
