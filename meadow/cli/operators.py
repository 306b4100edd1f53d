"""`meadow operator`: make the people who run the place."""

import sys
from typing import Annotated, NoReturn

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
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    from meadow.accounts.handles import validate_handle
    from meadow.accounts.services import create_operator
    from meadow.core.clock import now
    from meadow.core.errors import MeadowError

    try:
        validate_handle(handle)
        validate_email(email)
        validate_password(password)
        person = create_operator(handle=handle, email=email, password=password, now=now())
    except MeadowError as error:
        refuse([error.text()])
    except ValidationError as error:
        refuse(error.messages)
    print(f"@{person.handle} is an operator now.")


def refuse(messages: list[str]) -> NoReturn:
    """Say why not, a line each, and leave with status 1."""
    for message in messages:
        print(f"meadow: {message}", file=sys.stderr)
    raise typer.Exit(1)


@app.command("count")
def count() -> None:
    """Print how many operators there are."""
    settle()
    from meadow.accounts.queries import count_operators

    print(count_operators())


@app.command("forget")
def forget(
    handle: Annotated[str, typer.Argument(help="Whose reading is to be forgotten.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
) -> None:
    """Cut the link between a person and what they have read; it cannot be undone."""
    settle()
    from meadow.accounts.queries import get_person_by_handle
    from meadow.accounts.services import forget_reading
    from meadow.core.errors import MeadowError

    try:
        person = get_person_by_handle(handle.removeprefix("@"))
        if not yes:
            typer.confirm(f"Forget what @{person.handle} has read, for good?", abort=True)
        forget_reading(person_id=person.id)
    except MeadowError as error:
        refuse([error.text()])
    print(f"What @{person.handle} has read belongs to nobody now.")
