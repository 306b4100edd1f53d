"""One supervised process: how it starts, when it is ready, how it stops and dies."""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from meadow.runtime import processes
from meadow.runtime.identity import Identity

PAUSES = (0.1, 0.3, 1.0, 2.0, 5.0, 10.0)
STEADY = 30.0  # seconds of life after which a death counts as the first again


@dataclass
class Service:
    """A process that the supervisor keeps alive."""

    name: str
    command: Callable[[], list[str]]
    env: Mapping[str, str]
    log: Path
    prepare: Callable[[], None] | None = None
    identity: Callable[[], Identity | None] | None = None
    ready: Callable[[], bool] | None = None
    cwd: Path | str = "/"
    stop_signal: signal.Signals = signal.SIGTERM
    parent_signal: signal.Signals = signal.SIGKILL
    patience: float = 10.0
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    deaths: int = 0
    not_before: float = 0.0
    last_exit: int | None = field(default=None)

    def start(self) -> None:
        """Start the process; call it from the supervisor's main thread."""
        if self.prepare:
            self.prepare()
        with self.log.open("ab") as output:
            self.process = processes.spawn(
                self.command(),
                env=self.env,
                output=output,
                cwd=self.cwd,
                identity=self.identity() if self.identity else None,
                parent_signal=self.parent_signal,
            )
        self.started = time.monotonic()

    def is_running(self) -> bool:
        """Say whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def is_ready(self) -> bool:
        """Say whether it does its work."""
        return self.is_running() and (self.ready is None or self.ready())

    def note_death(self) -> float:
        """Record a death, end what it left behind, and return the pause before the next start."""
        process = self.process
        if process is None:
            return 0.0
        self.last_exit = process.returncode
        processes.sweep_group(process.pid)
        self.process = None
        if time.monotonic() - self.started > STEADY:
            self.deaths = 0
        pause = PAUSES[min(self.deaths, len(PAUSES) - 1)]
        self.deaths += 1
        self.not_before = time.monotonic() + pause
        return pause

    def ask_to_stop(self) -> None:
        """Send the polite signal."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def finish(self, *, patience: float) -> None:
        """Wait for the process to end, and end it when it does not."""
        if self.process is None:
            return
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        processes.sweep_group(self.process.pid)
        self.process = None

    def why_it_ended(self) -> str:
        """Say how the process ended, in words."""
        code = self.last_exit
        if code is None:
            return "ended"
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with status {code}"
