"""The whole stack under one supervisor: it comes up, comes back, and leaves nothing."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from meadow.runtime import processes
from meadow.runtime.environment import read_state
from meadow.runtime.http import fetch
from meadow.runtime.identity import CAP_DAC_READ_SEARCH, Identity
from meadow.runtime.testing import MEADOW, LiveStack, start_stack

pytestmark = pytest.mark.slow

PROCESSES = {"postgres", "nats", "warehouse", "web", "worker"}


# One stack for all: the last two tests kill it, start it again and stop it.
@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStack]:
    folder = tmp_path_factory.mktemp("stack")
    # `mktemp -d` makes such a folder: the user that PostgreSQL runs as may not enter it.
    folder.chmod(0o700)
    stack = start_stack(folder, from_nothing=True)
    try:
        stack.wait_ready(seconds=180)
        assert processes.wait_until(lambda: set(stack.pids) == PROCESSES, seconds=120)
        yield stack
    finally:
        stack.stop()


def processes_of(home: Path) -> list[int]:
    """Every live process that names this home in its environment, arguments or working folder."""
    found = []
    for pid in processes.every_pid():
        seen = b""
        for name in ("environ", "cmdline"):
            try:
                seen += Path(f"/proc/{pid}/{name}").read_bytes()
            except OSError:
                continue
        with suppress(OSError):
            seen += os.readlink(f"/proc/{pid}/cwd").encode()
        if str(home).encode() in seen and processes.is_alive(pid) and pid != os.getpid():
            found.append(pid)
    return found


def all_gone(home: Path, *, seconds: float = 15.0) -> bool:
    return processes.wait_until(lambda: not processes_of(home), seconds=seconds, pause=0.1)


@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_a_killed_process_comes_back_by_itself(stack: LiveStack, name: str) -> None:
    before = stack.pids

    os.kill(before[name], signal.SIGKILL)

    def is_back() -> bool:
        return stack.pids.get(name) not in {None, before[name]} and stack.is_ready()

    assert processes.wait_until(is_back, seconds=90, pause=0.1), stack.log.read_text()
    others = {other: pid for other, pid in stack.pids.items() if other != name}
    assert others == {other: pid for other, pid in before.items() if other != name}


def test_a_killed_serving_process_comes_back_under_its_web(stack: LiveStack) -> None:
    web = stack.pids["web"]
    victim = min(stack.serving_pids)

    os.kill(victim, signal.SIGKILL)

    assert processes.wait_until(
        lambda: victim not in stack.serving_pids and len(stack.serving_pids) == 2,
        seconds=120,
    )
    assert stack.pids["web"] == web


def test_a_second_up_says_who_runs_and_where(stack: LiveStack) -> None:
    second = subprocess.run(
        [*MEADOW, "up"], env=stack.env, capture_output=True, text=True, check=False
    )

    assert second.returncode == 1
    assert f"process {stack.supervisor.pid} at {stack.base_url}" in second.stderr
    assert stack.is_ready()


def test_doctor_finds_a_running_stack_well(stack: LiveStack) -> None:
    report = stack.manage("doctor", "--json")

    assert '"well": true' in report


def test_another_home_on_a_taken_port_is_told_whose_it_is(stack: LiveStack, tmp_path: Path) -> None:
    other = start_stack(tmp_path, port=stack.port)

    assert other.supervisor.wait(60) == 1
    assert f"port {stack.port} is taken by process" in other.log.read_text()
    assert f"MEADOW_PORT={stack.port + 1}" in other.log.read_text()
    assert stack.is_ready()


def test_kill_9_of_the_supervisor_leaves_nothing_and_the_next_start_works(
    stack: LiveStack,
) -> None:
    ports = read_state(stack.home)["ports"]
    if stack.commands:
        stack.commands.stop()
        stack.commands = None

    stack.supervisor.kill()
    stack.supervisor.wait()

    assert all_gone(stack.home), [processes.command_line(pid) for pid in processes_of(stack.home)]
    again = start_stack(stack.home.parent, port=stack.port)
    stack.supervisor = again.supervisor
    stack.wait_ready(seconds=120)
    assert read_state(stack.home)["ports"] == ports


def test_two_copies_as_two_users_run_side_by_side_and_stop_apart(
    stack: LiveStack, tmp_path: Path
) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root to become another user")
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)
    # The environment may lie in root's own folder: this nobody may read, and is nobody otherwise.
    nobody = Identity("nobody", 65534, 65534, CAP_DAC_READ_SEARCH)
    theirs = start_stack(folder, identity=nobody)
    theirs.wait_ready(seconds=240)

    assert {Path(f"/proc/{pid}").stat().st_uid for pid in theirs.pids.values()} == {65534}
    assert stack.is_ready()
    assert stack.stop(sig=signal.SIGTERM) == 0

    assert all_gone(stack.home)
    answer = fetch(f"{theirs.base_url}/readyz", seconds=5)
    assert answer is not None
    assert answer.status == 200
    assert theirs.stop() == 0
    assert all_gone(theirs.home)
