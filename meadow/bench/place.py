"""Where a bench happens: a folder and engines of its own, gone at the end, and the programs it calls."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from meadow.bench.framework import Steps
from meadow.runtime.environment import SOURCE
from meadow.runtime.testing import RunningEngines, start_engines


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
