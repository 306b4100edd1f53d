"""`meadow ledger check`: proof that the books are whole, or the first thing that is not."""

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from meadow.cli import programs

app = typer.Typer(help="The ledger: prove that its books are whole.")


@app.callback()
def ledger() -> None:
    """The ledger: prove that its books are whole."""


@app.command()
def check() -> None:
    """Prove every invariant of the books; the exit status is 1 when one does not hold."""
    programs.settle()
    from meadow.core.clock import now
    from meadow.ledger.checking import INVARIANTS, Invariant
    from meadow.ledger.services import prove_books

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        transient=True,
    ) as progress:
        bar = progress.add_task("the books", total=len(INVARIANTS), completed=-1)

        def tell(one: Invariant) -> None:
            progress.update(bar, advance=1, description=one.name)

        breaches = prove_books(by="command", clock=now, tell=tell).breaches
    says = {one.name: one.says for one in INVARIANTS}
    for breach in breaches:
        print(f"{breach.name}: {says[breach.name]}")
        print(f"  broken first at {breach.where}: {breach.found}")
    if breaches:
        print(
            "Stop payouts, keep a copy of the database, and compare the transfers around what is"
            " named with the documents that they refer to."
        )
        raise typer.Exit(1)
    print(f"the books are whole: {len(INVARIANTS)} invariants hold")
