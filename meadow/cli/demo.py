"""`meadow demo`: make the demo community, keep it busy, list its sign-ins."""

import asyncio
import logging
import sys
import time
from typing import Annotated

import typer

from meadow.cli.programs import settle
from meadow.core.errors import MeadowError
from meadow.runtime.environment import load_environment

app = typer.Typer(
    help="The demo community. It refuses to run with MEADOW_ENV=production.",
    no_args_is_help=True,
)
LOOK_EVERY = 0.25


@app.command("seed")
def seed(
    notes: Annotated[
        int | None, typer.Option(min=1, help="Only so many of the newest notes, for tests.")
    ] = None,
) -> None:
    """Make the community, or the part of it that is missing. Needs a running worker."""
    settle()
    import datetime as dt

    from meadow.core.clock import now
    from meadow.demo.promoting import promote_notes
    from meadow.demo.services import seed_community

    def wait() -> dt.datetime:
        time.sleep(LOOK_EVERY)
        return now()

    started = time.monotonic()
    try:
        seeded = seed_community(now=now(), wait=wait, newest=notes)
        promoted = promote_notes(now=now(), wait=wait)
    except MeadowError as error:
        refuse(error)
    print(
        f"{seeded.people} people, {seeded.notes} notes, {seeded.photos} photos,"
        f" {seeded.films} films, {seeded.comments} comments, {promoted} promoted notes"
        f" in {time.monotonic() - started:.1f} s"
    )


@app.command("crowd")
def crowd(
    hurry: Annotated[
        float, typer.Option(help="Every pause times this; below 1 for pictures and tests.")
    ] = 1.0,
) -> None:
    """Let eight scripted readers use the site over HTTP until stopped."""
    environment = load_environment()
    if environment.production:
        print("meadow: the crowd is for demos; here MEADOW_ENV is production.", file=sys.stderr)
        raise typer.Exit(1)
    # No Django: the crowd knows the site only as a browser does.
    from meadow.demo.crowd.readers import run_crowd

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    asyncio.run(run_crowd(base_url=environment.base_url, hurry=hurry))


@app.command("people")
def people() -> None:
    """Print who can sign in, and with which password."""
    settle()
    from meadow.demo.services import list_sign_ins, refuse_production

    try:
        refuse_production()
    except MeadowError as error:
        refuse(error)
    print("Sign in as one of these people of the demo:")
    for person, password in list_sign_ins():
        role = {"operator": "operator", "moderator": "moderator"}.get(
            person.role, "reader" if person.handle == "reader" else "creator"
        )
        print(f"  {person.handle:<11} {password}   {role}")


def refuse(error: MeadowError) -> None:
    """Say what is wrong and what to do, and end."""
    print(f"meadow: {error.text()}\n{error.hint_text()}".strip(), file=sys.stderr)
    raise typer.Exit(1)
