"""`meadow operator`: make the people who run the place."""

import sys
from typing import Annotated

import typer

from meadow.cli.programs import settle

app = typer.Typer(help="The people who run the place.", no_args_is_help=True)


@app.command("create")
def create(
    handle: Annotated[str, typer.Option(prompt="Handle", help="Letters, digits, underscore.")],
    email: Annotated[str, typer.Option(prompt="E-mail")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Make a person who may see and change everything."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    settle()
    from django.core.exceptions import ValidationError

    from meadow.accounts.services import create_operator
    from meadow.core.clock import now
    from meadow.core.errors import MeadowError

    try:
        person = create_operator(handle=handle, email=email, password=password, now=now())
    except MeadowError as error:
        print(f"meadow: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    except ValidationError as error:
        for message in error.messages:
            print(f"meadow: {message}", file=sys.stderr)
        raise typer.Exit(1) from None
    print(f"@{person.handle} is an operator now.")


@app.command("count")
def count() -> None:
    """Print how many operators there are."""
    settle()
    from meadow.accounts.queries import count_operators

    print(count_operators())
