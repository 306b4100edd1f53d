"""Locks, ports, logs and leftovers: the small facts that the supervisor stands on."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from meadow.runtime import processes
from meadow.runtime.errors import AlreadyRunning, EngineFailed
from meadow.runtime.identity import CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, Identity
from meadow.runtime.lock import HomeLock, is_held, read_holder
from meadow.runtime.logs import numbered, turn_over
from meadow.runtime.ports import listener_of, require_free_port
from meadow.runtime.supervisor import pids_path, read_pids

SLEEP = [sys.executable, "-S", "-c", "import time; time.sleep(600)"]


def test_a_home_is_locked_once_and_the_kernel_forgets_a_dead_holder(tmp_path: Path) -> None:
    lock = HomeLock(tmp_path / "home")
    lock.acquire(address="http://127.0.0.1:8000")

    with pytest.raises(AlreadyRunning, match=f"process {os.getpid()} at http://127.0.0.1:8000"):
        HomeLock(tmp_path / "home").acquire(address="http://127.0.0.1:8001")
    assert is_held(tmp_path / "home")

    lock.release()
    assert not is_held(tmp_path / "home")
    assert read_holder(tmp_path / "home") == {}


def test_a_taken_port_comes_with_its_holder() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = int(listener.getsockname()[1])

        assert listener_of(port) == os.getpid()
        with pytest.raises(EngineFailed, match=f"port {port} is taken by process {os.getpid()}"):
            require_free_port(port)
    require_free_port(port)


def test_a_large_log_is_turned_over_while_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("ab", buffering=0) as writer:
        for text in (b"first\n", b"second\n", b"third\n"):
            writer.write(text)
            assert turn_over(log, largest=4, kept=2)
        writer.write(b"last\n")

    assert log.read_bytes() == b"last\n"
    assert numbered(log, 1).read_bytes() == b"third\n"
    assert numbered(log, 2).read_bytes() == b"second\n"
    assert not numbered(log, 3).exists()


def test_a_small_log_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("few words")

    assert not turn_over(log, largest=100)
    assert log.read_text() == "few words"


def test_a_child_dies_with_the_parent_that_was_killed(tmp_path: Path) -> None:
    code = (
        "import subprocess, time\n"
        "from meadow.runtime import processes\n"
        f"child = processes.spawn({SLEEP!r}, env={{}}, output=subprocess.DEVNULL)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert processes.is_alive(child)

        parent.kill()

    assert processes.wait_for_end([child], seconds=60)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to drop from")
@pytest.mark.parametrize(("capability", "bits"), [(None, 0), (CAP_DAC_READ_SEARCH, 1 << 2)])
def test_a_dropped_process_keeps_exactly_what_it_was_given(
    capability: int | None, bits: int
) -> None:
    nobody = Identity("nobody", 65534, 65534, capability)
    child = processes.spawn(
        ["/bin/sleep", "600"], env={}, output=subprocess.DEVNULL, identity=nobody
    )
    status = Path(f"/proc/{child.pid}/status")
    assert processes.wait_until(
        lambda: processes.command_line(child.pid)[:1] == ["/bin/sleep"], seconds=60
    )

    facts = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
    processes.stop(child)

    assert facts["Uid"].split() == ["65534"] * 4
    assert facts["Groups"].strip() == ""
    assert int(facts["CapEff"], 16) == bits
    assert int(facts["CapPrm"], 16) == bits


def test_a_process_that_will_not_stop_is_ended_with_its_group() -> None:
    stubborn = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"print(subprocess.Popen({SLEEP!r}).pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    read, write = os.pipe()
    process = processes.spawn([sys.executable, "-c", stubborn], env={}, output=write)
    os.close(write)
    with os.fdopen(read) as heard:
        grandchild = int(heard.readline())

    assert processes.stop(process, patience=0.5) == -signal.SIGKILL

    assert processes.wait_for_end([grandchild], seconds=60)


def test_a_reused_process_id_is_not_taken_for_ours(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    now = processes.started_at(os.getpid())
    assert now is not None
    facts = [
        {"name": "web", "pid": os.getpid(), "started": now},
        {"name": "worker", "pid": os.getpid(), "started": now - 1},
    ]
    pids_path(tmp_path).write_text(json.dumps(facts))

    assert read_pids(tmp_path) == {"web": os.getpid()}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can drop to somebody")
def test_the_kept_capability_also_answers_access(tmp_path: Path) -> None:
    """initdb asks access(2) about its own programs, which may lie under a closed folder."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    program = closed / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    ask = f"import os; print(os.access({str(program)!r}, os.R_OK | os.X_OK), os.geteuid())"

    said = [
        subprocess.run(
            processes.launch_command(
                [sys.executable, "-I", "-S", "-c", ask],
                identity=Identity("nobody", 65534, 65534, capability),
                parent_signal=signal.SIGKILL,
            ),
            capture_output=True,
            text=True,
            check=False,
        ).stdout.strip()
        for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE)
    ]

    assert said == ["True 65534", "True 65534"]
