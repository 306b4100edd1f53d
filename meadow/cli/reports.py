"""`meadow doctor`: what runs, what is wrong, how to mend it."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from meadow.runtime.doctor import Report, examine


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")] = False,
) -> None:
    """Say what runs, where, which version, what is misconfigured and how to mend it."""
    report = examine()
    if as_json:
        print(json.dumps(report.as_dict(), indent=2))
    else:
        show(report)
    raise typer.Exit(0 if report.well else 1)


def show(report: Report) -> None:
    """Print a report for a person."""
    console = Console(highlight=False)
    if report.rows:
        table = Table("", "process", "where", "version", "form", "says", box=None, pad_edge=False)
        for row in report.rows:
            mark = "[green]●[/]" if row.running else "[red]○[/]"
            table.add_row(mark, row.name, row.where, row.version, row.form, row.detail)
        console.print(table)
    for finding in report.findings:
        mark = "[red]wrong[/]" if finding.wrong else "[yellow]note[/]"
        console.print(f"{mark}  {finding.what}")
        if finding.mend:
            console.print(f"       mend: {finding.mend}", style="dim")
    if report.well:
        console.print("[green]all is well[/]")
