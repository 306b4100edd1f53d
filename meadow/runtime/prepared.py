"""A home that tests build and migrate once: their servers and stacks begin with copies of it."""

import datetime as dt
import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from meadow.runtime import processes
from meadow.runtime.build import build, migrations_fingerprint, stale_steps
from meadow.runtime.environment import SOURCE, make_home
from meadow.runtime.errors import EngineFailed
from meadow.runtime.postgres import Postgres, tail

FOLDER = "MEADOW_TEST_PREPARED"  # where it is; unset, everything begins with nothing
KEPT = SOURCE / ".prepared"  # for the next run of the tests: to migrate anew takes nine seconds
BUILT = ("build", "static")
ENGINE_VARIABLES = (
    *("DATABASE_URL", "NATS_URL", "NATS_ACCOUNT_SEED", "NATS_CREDS", "CLICKHOUSE_URL"),
    *("STORAGE_URL", "MEADOW_REALTIME_URL", "MEADOW_HOME", "MEADOW_ENV", "MEADOW_PORT"),
)


def copy_prepared(home: Path, *, parts: Iterable[str]) -> bool:
    """Give a home that has none of them what is built and migrated; False where nothing is shared."""
    shared = os.environ.get(FOLDER)
    if not shared or any((home / part).exists() for part in parts):
        return False
    folder = Path(shared)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refresh(folder)
        make_home(home)
        sources = [str(folder / "home" / part) for part in parts]
        subprocess.run(["cp", "--archive", "--reflink=auto", *sources, str(home)], check=True)
    return True


@cache
def refresh(folder: Path) -> None:
    """Have a folder hold what the code of today says; asked for once a process."""
    made, ready = folder / "home", folder / "ready"
    # A migration may look at the clock: what it left yesterday is not what it would leave today.
    stamp = f"{migrations_fingerprint()} {dt.datetime.now(dt.UTC).date()}"  # noqa: TID251
    if ready.exists() and ready.read_text() == stamp and not stale_steps(made):
        return
    shutil.rmtree(made, ignore_errors=True)
    ready.unlink(missing_ok=True)
    prepare(made)
    ready.write_text(stamp)


def bare_environment() -> dict[str, str]:
    """Return our environment without any engine or home that a test runs in."""
    return {name: value for name, value in os.environ.items() if name not in ENGINE_VARIABLES}


def prepare(home: Path) -> None:
    """Build the style sheet, words and static files and, beside it, migrate an empty database."""
    env = bare_environment() | {"MEADOW_HOME": str(home)}
    make_home(home)
    (home / "logs").mkdir()
    with ThreadPoolExecutor(1) as beside:
        building = beside.submit(build, home, env=env, say=lambda _: None)
        migrate(home, env=env)
        building.result()


def migrate(home: Path, *, env: dict[str, str]) -> None:
    """Migrate the database of a home that no supervisor runs."""
    server = Postgres(home / "postgres", throwaway=True)
    process = server.start(log=home / "logs" / "postgres.log")
    log = home / "logs" / "migrate.log"
    try:
        with log.open("wb") as output:
            migrated = subprocess.run(
                [sys.executable, "-m", "meadow.cli.main", "manage", "migrate", "--no-input"],
                env=env,
                cwd=home,
                stdout=output,
                stderr=output,
                check=False,
            )
    finally:
        processes.stop(process, sig=signal.SIGINT)
    if migrated.returncode != 0:
        raise EngineFailed(f"migrate failed:\n{tail(log)}", mend=f"see {log}")
    (home / "postgres" / "migrated").write_text(migrations_fingerprint())
