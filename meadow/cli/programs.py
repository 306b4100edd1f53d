"""The processes of a deployment, one command each, and what prepares them."""

import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from meadow.runtime import build as builder
from meadow.runtime.environment import load_environment
from meadow.runtime.errors import RuntimeProblem
from meadow.runtime.serving import BACKPRESSURE, THREADS, WORKERS


@contextmanager
def uncollected() -> Iterator[None]:
    """Load what stays as long as the process: to look for garbage meanwhile takes a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


def settle() -> None:
    """Point Django at our settings and load it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meadow.web.settings")
    import django

    with uncollected():
        django.setup()


def web(
    workers: Annotated[int, typer.Option(help="Processes that serve.")] = WORKERS,
    threads: Annotated[int, typer.Option(help="Python threads in each.")] = THREADS,
) -> None:
    """Serve pages, the API and the collector over HTTP."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    environment = load_environment()
    load_once()
    server = Server(
        "meadow.web.wsgi:application",
        address=os.environ.get("MEADOW_BIND", "127.0.0.1"),
        port=environment.port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        backpressure=BACKPRESSURE,
        backlog=1024,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=0.2,
        workers_kill_timeout=8,
    )
    server.serve(target_loader=load_application)


def load_once() -> None:
    """Load the application before the serving processes are forked: once, not once in each.

    Only code may be loaded here: a thread or a connection would not survive the fork.
    """
    with uncollected():
        settle()
        from django.urls import get_resolver

        import meadow.web.wsgi  # noqa: F401  (its middleware is built here)

        get_resolver().url_patterns  # noqa: B018  (reading it imports every view)
    threads = [thread.name for thread in threading.enumerate() if thread.name != "MainThread"]
    if threads:
        raise RuntimeProblem(
            f"loading the application started threads: {', '.join(threads)}.",
            mend="start them on first use, not on import",
        )


def load_application(target: str) -> Callable[..., Any]:
    """Load the WSGI application in a serving process, which shall not outlive its parent."""
    from meadow.runtime.processes import die_with_parent

    die_with_parent()
    from meadow.promotion.delivery.reporting import reporter
    from meadow.web.wsgi import application

    reporter.begin()
    return application


def worker(
    concurrency: Annotated[int, typer.Option(help="Jobs at the same time.")] = 4,
) -> None:
    """Run jobs and schedules."""
    settle()
    from meadow.core.worker import run_worker

    run_worker(concurrency=concurrency, grace_seconds=8)


def warehouse() -> None:
    """Own the analytic store: take facts from the log, answer queries, project roll-ups."""
    settle()
    from meadow.analytics.warehouse.owner import run_warehouse

    run_warehouse()


def build(
    force: Annotated[bool, typer.Option(help="Build even what is current.")] = False,
    clean: Annotated[bool, typer.Option(help="Remove what was built, and stop.")] = False,
) -> None:
    """Build the style sheet, the words and the static files into the data folder."""
    environment = load_environment()
    if clean:
        builder.clean(environment.home)
        return
    env = os.environ | {"MEADOW_HOME": str(environment.home)}
    if not builder.build(environment.home, env=env, force=force):
        print("everything is current")


def manage(context: typer.Context) -> None:
    """Run one of Django's own commands, such as `meadow manage shell`."""
    settle()
    from django.core.management import execute_from_command_line

    sys.argv[0] = str(Path(sys.argv[0]).name)
    execute_from_command_line(["meadow manage", *context.args])
