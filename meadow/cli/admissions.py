"""`meadow program`: let somebody into a program by name, from the command line."""

from typing import Annotated

import typer

from meadow.cli.operators import refuse
from meadow.cli.programs import settle

app = typer.Typer(help="Who is in which program.", no_args_is_help=True)


@app.command("grant")
def grant(
    program: Annotated[str, typer.Argument(help="The program, such as creator-center.")],
    handle: Annotated[str, typer.Argument(help="Who is let in.")],
    reason: Annotated[str, typer.Option(help="Why; they read it.", prompt="Reason")],
) -> None:
    """Let somebody in whatever the rule and stage say, while there is a seat."""
    settle()
    from meadow.accounts.queries import get_person_by_handle
    from meadow.core.clock import now
    from meadow.core.errors import MeadowError
    from meadow.programs.queries import my_standing
    from meadow.programs.services.grants import grant_place

    try:
        person = get_person_by_handle(handle)
        grant_place(slug=program, person_id=person.id, reason=reason, operator_id=None, now=now())
        standing = my_standing(program, person.id, now())
    except MeadowError as error:
        refuse([error.text()])
    print(f"@{person.handle} · {program}: {standing.state_words or 'nothing changed'}.")


@app.callback()
def program() -> None:
    """Who is in which program."""
