"""`meadow keys`: the keys that sign decisions."""

from typing import Annotated

import typer

from meadow.cli.operators import refuse
from meadow.cli.programs import settle

app = typer.Typer(help="The keys that sign decisions.", no_args_is_help=True)


@app.command("list")
def list_() -> None:
    """Print every public key that decisions were signed with, newest first."""
    settle()
    from meadow.decisions.queries import list_keys

    for key in list_keys():
        until = (
            "now" if key.signs_now else f"{key.last_used_at or key.first_used_at:%Y-%m-%d %H:%M}"
        )
        print(f"{key.key_id}  {key.public_key}  {key.first_used_at:%Y-%m-%d %H:%M} to {until}")


@app.command("rotate")
def rotate(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
) -> None:
    """Sign with a new key from now on; what the old one signed stays verifiable."""
    settle()
    from meadow.core.clock import now
    from meadow.core.errors import MeadowError
    from meadow.decisions.key_services import rotate_key

    if not yes:
        typer.confirm("Replace the key that signs decisions?", abort=True)
    try:
        fresh = rotate_key(now=now())
    except MeadowError as error:
        refuse([error.sentences()])
    print(f"Decisions are signed with {fresh.key_id} from now on.")
    print(f"Its public key: {fresh.public_key}")
