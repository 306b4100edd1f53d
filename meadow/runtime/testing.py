"""Real engines for tests: each in a temporary folder, on free ports, gone at the end."""

import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from meadow.runtime import processes
from meadow.runtime.environment import kept_secret, make_home
from meadow.runtime.errors import EngineFailed
from meadow.runtime.http import fetch
from meadow.runtime.identity import Identity
from meadow.runtime.nats import CREDS, SEED, Nats, ensure_keys
from meadow.runtime.postgres import Postgres, socket_folder, tail
from meadow.runtime.prepared import BUILT, bare_environment, copy_prepared
from meadow.runtime.supervisor import read_pids

MEADOW = (sys.executable, "-m", "meadow.cli.main")
COMMANDS = (sys.executable, "-m", "meadow.cli.testing")
FOLDERS = ("logs", "files", "mail", "run", "static", "build/static", "build/locale")


@dataclass
class RunningEngines:
    """Engines of one test process: addresses are fixed at once, servers start when asked for."""

    folder: Path
    nats: Nats
    env: dict[str, str] = field(default_factory=dict)
    started: dict[str, tuple[subprocess.Popen[bytes], signal.Signals]] = field(default_factory=dict)

    def start(self, name: str, overrides: Mapping[str, str] | None = None) -> None:
        """Start postgres, nats or warehouse unless it runs; return once it answers."""
        if name in self.started:
            return
        if name == "warehouse":
            self._start_warehouse(overrides or {})
            return
        log = self.folder / "logs" / f"{name}.log"
        if name == "nats":
            self.started[name] = (self.nats.start(log=log), signal.SIGTERM)
        else:
            copy_prepared(self.folder, parts=["postgres"])
            server = Postgres(self.folder / "postgres", throwaway=True)
            self.started[name] = (server.start(log=log), signal.SIGINT)
            self.env["DATABASE_URL"] = server.url

    def stop_one(self, name: str) -> None:
        """Stop one engine; it can be started again."""
        if name in self.started:
            process, sig = self.started.pop(name)
            processes.stop(process, sig=sig)

    def stop(self) -> None:
        """Stop what was started, last first, and remove the folder. Safe to call twice."""
        while self.started:
            process, sig = self.started.popitem()[1]
            processes.stop(process, sig=sig)
        shutil.rmtree(socket_folder(self.folder / "postgres"), ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start_warehouse(self, overrides: Mapping[str, str]) -> None:
        log = self.folder / "logs" / "warehouse.log"
        with log.open("ab") as output:
            process = processes.spawn(
                [*MEADOW, "warehouse"],
                env={**os.environ, **self.env, **overrides},
                output=output,
                cwd=self.folder,
                parent_signal=signal.SIGTERM,
            )
        self.started["warehouse"] = (process, signal.SIGTERM)
        url = self.env["CLICKHOUSE_URL"].rpartition("@")[2]
        wait_for_answer(f"http://{url}/ping", process=process, log=log, seconds=60)


def plan_engines(folder: Path) -> RunningEngines:
    """Choose every address and key, so that settings can be read before any server runs."""
    make_home(folder)
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    ports: list[int] = []
    for _ in range(4):
        ports.append(processes.free_port(taken=set(ports)))
    ensure_keys(folder)
    server = Nats(folder, port=ports[0], monitor_port=ports[1], websocket_port=ports[2], origins=[])
    password = kept_secret(folder, "warehouse-password")
    running = RunningEngines(folder=folder, nats=server)
    running.env |= {
        "MEADOW_HOME": str(folder),
        "MEADOW_ENV": "test",
        "NATS_URL": server.url,
        "MEADOW_REALTIME_URL": server.realtime_url,
        "NATS_ACCOUNT_SEED": (folder / "secrets" / SEED).read_text().strip(),
        "NATS_CREDS": str(folder / "secrets" / CREDS),
        "CLICKHOUSE_URL": f"http://meadow:{password}@127.0.0.1:{ports[3]}",
        "STORAGE_URL": (folder / "files").as_uri(),
    }
    atexit.register(running.stop)
    return running


def start_engines(folder: Path, which: Iterable[str] = ("postgres",)) -> RunningEngines:
    """Start the named engines in `folder` and return once they answer."""
    running = plan_engines(folder)
    try:
        for name in which:
            running.start(name)
    except BaseException:
        running.stop()
        raise
    return running


class Commands:
    """A process that has loaded Meadow and forks for each command: to start it anew takes 2 s."""

    def __init__(self, *, env: Mapping[str, str], cwd: Path) -> None:
        self.asked, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [*COMMANDS, str(theirs.fileno())],
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def run(self, arguments: Iterable[str], *, given: str) -> tuple[int, str, str]:
        """Run `meadow …`; return its exit status and what it wrote to output and error."""
        with (
            tempfile.TemporaryFile("w+") as stdin,
            tempfile.TemporaryFile("w+") as output,
            tempfile.TemporaryFile("w+") as error,
        ):
            stdin.write(given)
            stdin.seek(0)
            files = [stdin.fileno(), output.fileno(), error.fileno()]
            socket.send_fds(self.asked, [json.dumps(list(arguments)).encode()], files)
            status = self.asked.recv(16)
            output.seek(0)
            error.seek(0)
            return int(status or -1), output.read(), error.read()

    def stop(self) -> None:
        """End the process, which ends when nobody can ask it any more."""
        self.asked.close()
        self.process.wait()


@dataclass
class LiveStack:
    """A whole `meadow up` of its own, as a person would run it."""

    home: Path
    port: int
    supervisor: subprocess.Popen[bytes]
    env: dict[str, str]
    commands: Commands | None = None

    @property
    def base_url(self) -> str:
        """The address of its pages."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pids(self) -> dict[str, int]:
        """The processes that run now, by name (postgres, nats, warehouse, worker, web)."""
        return read_pids(self.home)

    @property
    def serving_pids(self) -> set[int]:
        """The processes that show pages now: the children of web."""
        web = self.pids["web"]
        children = Path(f"/proc/{web}/task/{web}/children").read_text().split()
        return {int(pid) for pid in children if processes.is_alive(int(pid))}

    def is_ready(self) -> bool:
        """Say whether every engine answers now."""
        answer = fetch(f"{self.base_url}/readyz", seconds=5.0)
        return answer is not None and answer.status == 200

    def wait_ready(self, *, seconds: float = 60.0) -> None:
        """Return once every engine answers. Raises EngineFailed with the supervisor's words."""
        if not processes.wait_until(self.is_ready, seconds=seconds, pause=0.1):
            raise EngineFailed(f"not ready in {seconds:.0f} s:\n{tail(self.log, lines=40)}")

    @property
    def log(self) -> Path:
        """What the supervisor said."""
        return self.home.parent / "up.log"

    def manage(self, *arguments: str, given: str = "") -> str:
        """Run `meadow …` against this stack and return what it prints."""
        if not self.commands:
            self.commands = Commands(env=self.env, cwd=self.home)
        status, output, error = self.commands.run(arguments, given=given)
        if status != 0:
            raise EngineFailed(f"meadow {' '.join(arguments)}:\n{output}{error}")
        return output

    def stop(self, *, sig: signal.Signals = signal.SIGINT) -> int:
        """Stop it as Ctrl-C does, and return its exit status."""
        if self.commands:
            self.commands.stop()
            self.commands = None
        return processes.stop(self.supervisor, sig=sig, patience=40.0)


def start_stack(
    folder: Path,
    *,
    port: int | None = None,
    arguments: Iterable[str] = (),
    identity: Identity | None = None,
    from_nothing: bool = False,
    **variables: str,
) -> LiveStack:
    """Start `meadow up` with its data in folder/home and return at once; see wait_ready.

    A new home begins with what tests have built and migrated already, unless it shall begin
    `from_nothing`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = port or processes.free_port()
    home = folder / "home"
    env = bare_environment() | {
        "MEADOW_HOME": str(home),
        "MEADOW_PORT": str(port),
        "MEADOW_THROWAWAY": "1",
        **variables,
    }
    parts = BUILT if "DATABASE_URL" in variables else (*BUILT, "postgres")
    if not from_nothing and copy_prepared(home, parts=parts) and identity:
        for path in [home, *home.rglob("*")]:
            os.chown(path, identity.uid, identity.gid, follow_symlinks=False)
    with (folder / "up.log").open("ab") as output:
        supervisor = processes.spawn(
            [*MEADOW, "up", *arguments],
            env=env,
            output=output,
            cwd=folder,
            identity=identity,
            parent_signal=signal.SIGTERM,
        )
    return LiveStack(home=home, port=port, supervisor=supervisor, env=env)


def wait_for_answer(
    url: str, *, process: "subprocess.Popen[bytes]", log: Path, seconds: float
) -> None:
    """Return once a GET answers 200. Raises EngineFailed when the process dies or time is over."""

    def answered() -> bool:
        answer = fetch(url, seconds=1.0)
        return answer is not None and answer.status == 200

    ready: Callable[[], bool] = lambda: process.poll() is not None or answered()  # noqa: E731
    if not processes.wait_until(ready, seconds=seconds) or process.poll() is not None:
        raise EngineFailed(f"{url} does not answer:\n{tail(log)}", mend=f"see {log}")
