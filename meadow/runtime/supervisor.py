"""`meadow up`: start everything in order, keep it alive, and stop all of it and nothing else."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from meadow.runtime import processes
from meadow.runtime.build import migrations_fingerprint, stale_steps
from meadow.runtime.environment import find_home, write_private
from meadow.runtime.errors import EngineFailed, RuntimeProblem
from meadow.runtime.lock import HomeLock
from meadow.runtime.logs import turn_over
from meadow.runtime.ports import require_free_port
from meadow.runtime.postgres import tail
from meadow.runtime.service import Service
from meadow.runtime.stack import MEADOW, Stack, plan_stack, program

TICK = 0.1
SLOWEST_START = 120.0


class Stopping(Exception):
    """A signal asked us to stop while something was still starting."""


@dataclass(frozen=True)
class Wishes:
    """What the person asked `meadow up` for."""

    demo: bool = False
    still: bool = False


class Supervisor:
    """Runs one stack from the lock to the last stopped process, in the main thread."""

    def __init__(
        self,
        *,
        environ: Mapping[str, str],
        port: int,
        wishes: Wishes,
        say: Callable[[str, str], None],
    ) -> None:
        """Remember what to run; `say` is handed a process name and a line."""
        self.environ = environ
        self.port = port
        self.wishes = wishes
        self.say = say
        self.home = find_home(environ)
        self.stack: Stack | None = None
        self.running: list[Service] = []
        self.steps: list[subprocess.Popen[bytes]] = []
        self.asked = threading.Event()
        self.asked_at = 0.0
        self.hurried = threading.Event()

    def run(self, *, when_ready: Callable[[Stack], None]) -> int:
        """Start, tell, supervise until a signal, stop. Returns the exit status."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Under nohup a hang-up is ignored, and stays so. A shell also starts what it puts into
            # the background with SIGINT ignored; being asked to stop is obeyed all the same.
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._on_signal)
        lock = HomeLock(self.home)
        lock.acquire(address=f"http://127.0.0.1:{self.port}")
        try:
            self._start()
            if self.stack:
                when_ready(self.stack)
            self._keep_alive()
            return 0
        except Stopping:
            return 0
        finally:
            self._stop()
            lock.release()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        # A terminal and `make` may both hand on one and the same signal: only a later one hurries.
        if self.asked.is_set() and time.monotonic() - self.asked_at > 1.0:
            self.hurried.set()
        if not self.asked.is_set():
            self.asked_at = time.monotonic()
            self.asked.set()

    def _start(self) -> None:
        self._end_leftovers()
        require_free_port(self.port)
        for name in ("run", "logs", "files", "mail"):
            (self.home / name).mkdir(mode=0o711 if name == "run" else 0o700, exist_ok=True)
        self.stack = stack = plan_stack(environ=self.environ, port=self.port)
        building = self._begin_build()
        for engine in stack.engines:
            self._launch(engine)
        for engine in stack.engines:
            self._await_ready(engine)
        if stack.postgres:
            stack.postgres.ensure_database()
        self._migrate()
        if building:
            self._await_step(building, "build")
        # Two that pages wait for, side by side; the worker then has the machine to itself.
        asked = [service for service in stack.programs if service.ready]
        for group in (asked, [service for service in stack.programs if not service.ready]):
            for service in group:
                self._launch(service)
            for service in group:
                self._await_ready(service)
        if self.wishes.demo:
            self._seed()
            if not self.wishes.still:
                crowd = program(stack, "demo", "crowd")
                stack.programs.append(crowd)
                self._launch(crowd)

    def _launch(self, service: Service) -> None:
        self._check()
        service.start()
        self.running.append(service)
        self._write_pids()

    def _await_ready(self, service: Service) -> None:
        deadline = time.monotonic() + SLOWEST_START
        while not service.is_ready():
            self._check()
            if not service.is_running() and service.process is not None:
                service.process.wait()
                service.note_death()
                raise EngineFailed(
                    f"{service.name} {service.why_it_ended()} before it was ready:\n"
                    f"{tail(service.log)}",
                    mend=f"see {service.log}",
                )
            if time.monotonic() > deadline:
                raise EngineFailed(
                    f"{service.name} was not ready in {SLOWEST_START:.0f} s:\n{tail(service.log)}",
                    mend=f"see {service.log}",
                )
            self.asked.wait(0.03)

    def _check(self) -> None:
        if self.asked.is_set():
            raise Stopping

    def _begin_build(self) -> "subprocess.Popen[bytes] | None":
        if not stale_steps(self.home):
            return None
        self.say("meadow", "building the style sheet, words and static files")
        return self._begin_step("build", "build")

    def _migrate(self) -> None:
        """Migrate, unless this very database has had these very migrations."""
        stack = self._planned()
        marker = self.home / "postgres" / "migrated"
        fingerprint = migrations_fingerprint()
        if stack.postgres and marker.exists() and marker.read_text() == fingerprint:
            return
        self.say("meadow", "migrating the database")
        self._await_step(self._begin_step("migrate", "manage", "migrate", "--no-input"), "migrate")
        if stack.postgres:
            marker.write_text(fingerprint)

    def _seed(self) -> None:
        marker = sign_ins_path(self.home)
        if marker.exists():
            return
        self.say("meadow", "making the demo community")
        self._await_step(self._begin_step("seed", "demo", "seed"), "seed")
        people = self.home / "logs" / "people.log"
        self._await_step(self._begin_step("people", "demo", "people"), "people")
        marker.write_text(people.read_text())

    def ask(self, name: str, *arguments: str) -> str:
        """Return what one of our commands prints, or nothing when it fails."""
        step = self._begin_step(name, *arguments)
        try:
            self._await_step(step, name)
        except EngineFailed:
            return ""
        return (self.home / "logs" / f"{name}.log").read_text().strip()

    def _begin_step(self, name: str, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start one of our commands that ends by itself."""
        self._check()
        with (self.home / "logs" / f"{name}.log").open("wb") as output:
            step = processes.spawn(
                [*MEADOW, *arguments], env=self._planned().env, output=output, cwd=self.home
            )
        self.steps.append(step)
        return step

    def _await_step(self, step: "subprocess.Popen[bytes]", name: str) -> None:
        while step.poll() is None:
            self._check()
            self._restart_the_dead()
            self.asked.wait(0.03)
        self.steps.remove(step)
        if step.returncode != 0:
            log = self.home / "logs" / f"{name}.log"
            raise EngineFailed(f"{name} failed:\n{tail(log, lines=25)}", mend=f"see {log}")

    def _keep_alive(self) -> None:
        looked = time.monotonic()
        while not self.asked.wait(TICK):
            self._restart_the_dead()
            if time.monotonic() - looked > 10:
                looked = time.monotonic()
                for log in (self.home / "logs").glob("*.log"):
                    turn_over(log)

    def _restart_the_dead(self) -> None:
        for service in self.running:
            if service.is_running():
                continue
            if service.process is not None:
                pause = service.note_death()
                self.say(service.name, f"{service.why_it_ended()}; again in {pause:.1f} s")
            if time.monotonic() < service.not_before:
                continue
            try:
                service.start()
            except (RuntimeProblem, OSError) as error:
                # Nothing else is touched by one that cannot start: it is tried again, later.
                service.deaths += 1
                service.not_before = time.monotonic() + 5.0
                self.say(service.name, f"cannot start: {error}")
                continue
            self.say(service.name, "started again")
            self._write_pids()

    def _stop(self) -> None:
        """Stop the programs together, then the engines backwards; a second signal hurries."""
        for step in self.steps:
            processes.stop(step, patience=3.0)
        engines = {id(engine) for engine in self.stack.engines} if self.stack else set()
        programs = [service for service in self.running if id(service) not in engines]
        for group in (programs, *[[s] for s in reversed(self.running) if id(s) in engines]):
            for service in reversed(group):
                service.ask_to_stop()
            deadline = time.monotonic() + max((s.patience for s in group), default=0.0)
            while any(s.is_running() for s in group) and time.monotonic() < deadline:
                if self.hurried.is_set():
                    break
                time.sleep(0.02)
            for service in reversed(group):
                service.finish(patience=1.0 if service.name == "postgres" else 0.0)
        pids_path(self.home).unlink(missing_ok=True)

    def _planned(self) -> Stack:
        if self.stack is None:
            raise EngineFailed("nothing is planned yet")
        return self.stack

    def _write_pids(self) -> None:
        facts = [
            {
                "name": service.name,
                "pid": service.process.pid,
                "started": processes.started_at(service.process.pid),
            }
            for service in self.running
            if service.process is not None
        ]
        write_private(pids_path(self.home), json.dumps(facts, indent=2) + "\n")

    def _end_leftovers(self) -> None:
        """End what a killed supervisor left, where pid and start tick prove that it is ours."""
        for pid in leftover_pids(self.home):
            os.kill(pid, signal.SIGTERM)
            if not processes.wait_for_end([pid], seconds=5.0):
                os.kill(pid, signal.SIGKILL)
                processes.wait_for_end([pid], seconds=5.0)
            processes.sweep_group(pid)
        pids_path(self.home).unlink(missing_ok=True)


def sign_ins_path(home: Path) -> Path:
    """Return where the demo's sign-ins are kept; it exists once the seed is complete."""
    return home / "run" / "sign-ins.txt"


def pids_path(home: Path) -> Path:
    """Return where the process ids of the running stack are written."""
    return home / "run" / "processes.json"


def read_pids(home: Path) -> dict[str, int]:
    """Return the live processes of this home by name; a reused pid is not among them."""
    try:
        facts = json.loads(pids_path(home).read_text())
    except (OSError, ValueError):
        return {}
    return {
        str(fact["name"]): int(fact["pid"])
        for fact in facts
        if fact["started"] is not None
        and processes.is_alive(fact["pid"])
        and processes.started_at(fact["pid"]) == fact["started"]
    }


def leftover_pids(home: Path) -> list[int]:
    """Return the processes of an earlier supervisor that still run, PostgreSQL's own apart."""
    return [pid for name, pid in read_pids(home).items() if name != "postgres"]
