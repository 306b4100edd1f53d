"""Real engines for tests: each in a temporary folder, on free ports, gone at the end."""

import atexit
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from meadow.runtime import processes
from meadow.runtime.environment import make_home
from meadow.runtime.errors import EngineFailed
from meadow.runtime.http import fetch
from meadow.runtime.nats import CREDS, SEED, Nats
from meadow.runtime.postgres import Postgres, socket_folder, tail


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
    try:
        for name in which:
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


def add_nats(running: RunningEngines) -> None:
    """Start NATS with JetStream; the live server of a browser test may connect from any port."""
    home = running.folder
    server = Nats(
        home,
        port=processes.free_port(),
        monitor_port=processes.free_port(),
        websocket_port=processes.free_port(),
        origins=[],
    )
    process = server.start(log=home / "logs" / "nats.log")
    running.started.append((process, signal.SIGTERM))
    running.env["NATS_URL"] = server.url
    running.env["MEADOW_REALTIME_URL"] = server.realtime_url
    running.env["NATS_ACCOUNT_SEED"] = (home / "secrets" / SEED).read_text().strip()
    running.env["NATS_CREDS"] = str(home / "secrets" / CREDS)


def add_warehouse(running: RunningEngines) -> None:
    """Start `meadow warehouse`, the one owner of the analytic store, against the other engines."""
    url = f"http://127.0.0.1:{processes.free_port()}"
    running.env["CLICKHOUSE_URL"] = url
    log = running.folder / "logs" / "warehouse.log"
    with log.open("ab") as output:
        process = processes.spawn(
            [sys.executable, "-m", "meadow.cli.main", "warehouse"],
            env=merged_environment(running),
            output=output,
            cwd=running.folder,
            parent_signal=signal.SIGTERM,
        )
    running.started.append((process, signal.SIGTERM))

    def ready() -> bool:
        if process.poll() is not None:
            return True
        answer = fetch(f"{url}/ping", seconds=1.0)
        return answer is not None and answer.status == 200

    if not processes.wait_until(ready, seconds=60) or process.poll() is not None:
        raise EngineFailed(f"the warehouse did not start:\n{tail(log)}")


def merged_environment(running: RunningEngines) -> dict[str, str]:
    """Return this process's environment with the engines' variables on top."""
    return {**os.environ, **running.env}


STARTERS = {"postgres": add_postgres, "nats": add_nats, "warehouse": add_warehouse}
