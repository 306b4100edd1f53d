"""Where a bench happens: a folder and engines of its own, gone at the end, and the programs it calls."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meadow.bench.framework import Steps
from meadow.runtime import processes
from meadow.runtime.environment import SOURCE, find_home, make_home
from meadow.runtime.postgres import Postgres
from meadow.runtime.testing import RunningEngines, start_engines

HOME: str = "MEADOW_BENCH_HOME"  # where data stay for the next run; unset, beside your own data


@contextmanager
def own_folder() -> Iterator[Path]:
    """Yield a folder that is gone at the end, whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix="meadow-bench-"))
    folder.chmod(0o711)  # PostgreSQL's own user has to get through
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def own_postgres(steps: Steps) -> Iterator[RunningEngines]:
    """Yield engines of which PostgreSQL is up, and stop them at the end."""
    with own_folder() as folder:
        steps.start("starting PostgreSQL")
        engines = start_engines(folder / "home", which=["postgres"])
        try:
            yield engines
        finally:
            engines.stop()


@dataclass(frozen=True)
class KeptPlace:
    """A PostgreSQL whose data stay; `env` reaches it, `folder` is for files beside them."""

    folder: Path
    env: dict[str, str]

    def once(self, build: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return what `build` told when it filled this place: now, or in an earlier run."""
        told = self.folder / "built.json"
        if not told.exists():
            made = build()
            fresh = told.with_suffix(".new")
            fresh.write_text(json.dumps(made))
            fresh.replace(told)
        kept: dict[str, Any] = json.loads(told.read_text())
        return kept


@contextmanager
def kept_postgres(steps: Steps, *, name: str, mark: str) -> Iterator[KeptPlace]:
    """Yield a PostgreSQL whose data stay for the next run with the same `mark`; older ones go.

    A run that was stopped half-way leaves nothing that counts: the place is emptied first.
    """
    place = Path(os.environ.get(HOME) or find_home() / "bench") / name
    place.mkdir(parents=True, exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = place / mark
        for old in place.iterdir():
            if old.is_dir() and (old != folder or not (old / "built.json").exists()):
                shutil.rmtree(old)
        steps.start("starting PostgreSQL")
        make_home(folder)
        server = Postgres(folder / "postgres", throwaway=True)
        process = server.start(log=folder / "postgres.log")
        try:
            more = {"DATABASE_URL": server.url, "MEADOW_HOME": str(folder)}
            django = {"MEADOW_ENV": "development", "DJANGO_SETTINGS_MODULE": "meadow.web.settings"}
            yield KeptPlace(folder, os.environ | more | django)
        finally:
            processes.stop(process, sig=signal.SIGINT)


def environment_of(engines: RunningEngines) -> dict[str, str]:
    """Return the environment in which a program meets these engines."""
    more = {"MEADOW_ENV": "development", "DJANGO_SETTINGS_MODULE": "meadow.web.settings"}
    return os.environ | engines.env | more


def call(words: Sequence[str], env: Mapping[str, str]) -> str:
    """Run a module of ours and return what it printed. Raises RuntimeError with its last words."""
    command = [sys.executable, "-m", *words]
    done = subprocess.run(
        command, env=dict(env), cwd=SOURCE, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout
