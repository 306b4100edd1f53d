"""A home that tests build and migrate once: each stack that they start begins with a copy of it."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

from meadow.runtime import processes
from meadow.runtime.build import build, migrations_fingerprint
from meadow.runtime.environment import make_home
from meadow.runtime.errors import EngineFailed
from meadow.runtime.postgres import Postgres, tail

FOLDER = "MEADOW_TEST_PREPARED"  # where it is; unset, every stack begins with nothing
PARTS = ("build", "static", "postgres")


def copy_prepared(home: Path, *, env: dict[str, str]) -> None:
    """Make a home with everything built and migrated, where tests share such a one."""
    shared = os.environ.get(FOLDER)
    if not shared or home.exists():
        return
    folder = Path(shared)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            prepare(folder / "home", env=env | {"MEADOW_HOME": str(folder / "home")})
            (folder / "ready").touch()
    make_home(home)
    sources = [str(folder / "home" / part) for part in PARTS]
    subprocess.run(["cp", "--archive", "--reflink=auto", *sources, str(home)], check=True)


def prepare(home: Path, *, env: dict[str, str]) -> None:
    """Build the style sheet, words and static files, and migrate an empty database."""
    make_home(home)
    (home / "logs").mkdir()
    build(home, env=env, say=lambda _: None)
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
