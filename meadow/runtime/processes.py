"""Start, find and stop processes, so that none outlives the one that started it."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

from meadow.runtime.identity import Identity

PR_SET_PDEATHSIG = 1
LAUNCH = Path(__file__).with_name("launch.py")


def spawn(
    argv: list[str],
    *,
    env: Mapping[str, str],
    output: IO[bytes] | int,
    cwd: Path | str = "/",
    identity: Identity | None = None,
    parent_signal: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Start `argv` in its own session; the kernel sends `parent_signal` when this thread dies.

    Call it from a thread that lives as long as the process should: the kernel watches the thread.
    """
    return subprocess.Popen(
        launch_command(argv, identity=identity, parent_signal=parent_signal),
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def launch_command(
    argv: list[str], *, identity: Identity | None, parent_signal: signal.Signals
) -> list[str]:
    """Return the command line that runs `argv` through launch.py."""
    capability = -1 if identity is None or identity.capability is None else identity.capability
    who = [-1, -1] if identity is None else [identity.uid, identity.gid]
    facts = [os.getpid(), int(parent_signal), *who, capability]
    return [sys.executable, "-I", "-S", str(LAUNCH), *map(str, facts), "--", *argv]


def stop(
    process: subprocess.Popen[bytes],
    *,
    sig: signal.Signals = signal.SIGTERM,
    patience: float = 10.0,
) -> int:
    """Ask `process` to stop, then insist, also on its group. Returns its exit status."""
    if process.poll() is None:
        process.send_signal(sig)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
    code = process.wait()
    sweep_group(process.pid)
    return code


def sweep_group(group: int) -> None:
    """Kill what a dead leader left in its process group."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def is_alive(pid: int) -> bool:
    """Say whether a process runs under this id (a zombie does not)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return False
    return fields[0] not in {"Z", "X"}


def started_at(pid: int) -> int | None:
    """Return the kernel's start tick of a process: with the pid it names one process for good."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return None


def command_line(pid: int) -> list[str]:
    """Return the arguments of a process, empty when it is gone or not ours to see."""
    try:
        return [
            word for word in Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0") if word
        ]
    except (OSError, UnicodeDecodeError):
        return []


def every_pid() -> Iterator[int]:
    """Yield the ids of all processes that can be seen."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            yield int(entry.name)


def servers_in_folder(folder: Path, *, program: str) -> list[int]:
    """Return the processes of `program` whose working folder is `folder`.

    Both must match: a person's shell may stand in the folder too, and is none of ours.
    """
    wanted = str(folder.resolve())
    found = []
    for pid in every_pid():
        try:
            here = os.readlink(f"/proc/{pid}/cwd") == wanted
            ours = here and Path(os.readlink(f"/proc/{pid}/exe")).name == program
        except OSError:
            continue
        if ours and is_alive(pid):
            found.append(pid)
    return found


def wait_for_end(pids: list[int], *, seconds: float) -> bool:
    """Wait until none of the processes runs; False when some still do."""
    return wait_until(lambda: not any(map(is_alive, pids)), seconds=seconds)


def free_port(*, taken: set[int] | None = None) -> int:
    """Return a TCP port on 127.0.0.1 that nobody listens on now."""
    for _ in range(50):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = int(listener.getsockname()[1])
        if port not in (taken or set()):
            return port
    raise OSError("no free port on 127.0.0.1")


def port_is_free(port: int, *, host: str = "127.0.0.1") -> bool:
    """Say whether a server could listen on this port now."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError:
            return False
    return True


def wait_until(ready: Callable[[], bool], *, seconds: float, pause: float = 0.03) -> bool:
    """Poll `ready` until it says yes (True) or the time is over (False)."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def die_with_parent(sig: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel to end this process when the thread that forked it dies."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, int(sig), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
