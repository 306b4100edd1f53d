"""Real engines for tests: each in a temporary folder, on free ports, gone at the end."""

import atexit
import os
import shutil
import signal
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from meadow.runtime import processes
from meadow.runtime.environment import make_home
from meadow.runtime.postgres import Postgres, socket_folder


@dataclass
class RunningEngines:
    """Engines that a test session started, and the variables that lead to them."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    started: list[tuple[subprocess.Popen[bytes], signal.Signals]] = field(default_factory=list)

    def stop(self) -> None:
        """Stop what was started, last first, and remove its folder. Safe to call twice."""
        while self.started:
            process, sig = self.started.pop()
            processes.stop(process, sig=sig)
        outside = socket_folder(self.folder / "postgres")
        shutil.rmtree(outside, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def start_engines(folder: Path, which: Iterable[str] = ("postgres",)) -> RunningEngines:
    """Start the named engines in `folder` and return once they answer."""
    make_home(folder)
    for name in ("logs", "files", "build/static", "build/locale"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    running = RunningEngines(folder=folder, env={"MEADOW_HOME": str(folder), "MEADOW_ENV": "test"})
    atexit.register(running.stop)
    for name in which:
        try:
            STARTERS[name](running)
        except BaseException:
            running.stop()
            raise
    return running


def add_postgres(running: RunningEngines) -> None:
    """Start a throwaway PostgreSQL."""
    server = Postgres(running.folder / "postgres", throwaway=True)
    process = server.start(log=running.folder / "logs" / "postgres.log")
    running.started.append((process, signal.SIGINT))
    running.env["DATABASE_URL"] = server.url


def merged_environment(running: RunningEngines) -> dict[str, str]:
    """Return this process's environment with the engines' variables on top."""
    return {**os.environ, **running.env}


STARTERS = {"postgres": add_postgres}
