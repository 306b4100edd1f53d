"""Starts the servers under test: ours by its own command, the peers by the same Granian settings."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from meadow.runtime import processes
from meadow.runtime.errors import EngineFailed
from meadow.runtime.serving import BACKPRESSURE, THREADS, WORKERS

# Run in a process of its own: `python -c PEER module:app port`. The figures come from `meadow web`.
PEER = """
import sys
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server
target, port, workers, threads, backpressure = sys.argv[1], *map(int, sys.argv[2:])
Server(target, address="127.0.0.1", port=port, interface=Interfaces.WSGI, workers=workers,
       blocking_threads=threads, backpressure=backpressure, backlog=1024,
       log_level=LogLevels.warning).serve()
"""


class Servers:
    """The servers that one bench started; `stop` ends them all."""

    def __init__(self, *, env: Mapping[str, str], logs: Path) -> None:
        self._env = dict(env)
        self._logs = logs
        self._started: list[subprocess.Popen[bytes]] = []

    def start_ours(self) -> int:
        """Start `meadow web` and return its port."""
        port = free_port()
        command = [sys.executable, "-m", "meadow.cli.main", "web"]
        self._spawn("web", command, {"MEADOW_PORT": str(port)}, port, "/healthz")
        return port

    def start_peer(self, name: str, target: str, *, path: str, **env: str) -> int:
        """Start a peer's WSGI application under the same settings and return its port."""
        port = free_port()
        figures = [str(number) for number in (port, WORKERS, THREADS, BACKPRESSURE)]
        self._spawn(name, [sys.executable, "-c", PEER, target, *figures], env, port, path)
        return port

    def stop(self) -> None:
        """Stop every server, last first."""
        while self._started:
            processes.stop(self._started.pop(), sig=signal.SIGTERM)

    def _spawn(
        self, name: str, command: list[str], env: Mapping[str, str], port: int, path: str
    ) -> None:
        log = self._logs / f"bench-{name}.log"
        with log.open("ab") as output:
            process = processes.spawn(
                command, env=self._env | dict(env), output=output, cwd=Path.cwd()
            )
        self._started.append(process)
        for _ in range(600):
            if process.poll() is not None:
                break
            with (
                suppress(URLError, OSError),
                urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer,
            ):
                if answer.status == 200:
                    return
            time.sleep(0.1)
        last = log.read_text(errors="replace")[-1500:]
        raise EngineFailed(f"the server {name} did not answer on {path}:\n{last}")


def free_port() -> int:
    """Return a TCP port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
