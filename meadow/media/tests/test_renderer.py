"""The renderer as a process: it knows nothing, takes no more than its share, and dies with its worker."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from meadow.media import rendering

WAITING = (
    "from meadow.media.render import limit_process; limit_process(); import time;"
    " print('limited', flush=True); time.sleep(60)"
)


def test_the_renderer_knows_no_django_and_no_secret() -> None:
    script = (
        "import sys, meadow.media.render;"
        "print([m for m in sys.modules if m.split('.')[0] in ('django','psycopg','nats')])"
    )

    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == "[]"
    assert (
        not {"DATABASE_URL", "MEADOW_SECRET_KEY", "NATS_CREDS"}
        & rendering.bare_environment().keys()
    )


@pytest.mark.skipif(sys.platform != "linux", reason="the parent's death signal is Linux's")
def test_the_renderer_dies_with_its_worker(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {WAITING!r}])\n"
        "print(child.pid, flush=True)\n"
        "child.wait()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert parent.stdout.readline() == "limited\n"

    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    assert gone_within(child, seconds=30)


def gone_within(pid: int, seconds: int) -> Any:
    for _ in range(seconds * 20):
        status = Path(f"/proc/{pid}/stat")
        if not status.exists() or status.read_text().split()[2] == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("attempt", "outcome"),
    [
        ("bytearray(4 * 1024**3)", "MemoryError"),
        ("open('big', 'wb').write(b'x' * 65 * 1024**2)", "File too large"),
        ("import resource; print('core', resource.getrlimit(resource.RLIMIT_CORE))", "core (0, 0)"),
    ],
)
def test_the_renderer_cannot_take_more_than_its_share(
    attempt: str, outcome: str, tmp_path: Path
) -> None:
    script = (
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"from meadow.media.render import limit_process; limit_process(); {attempt}"
    )

    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path
    )

    assert outcome in said.stdout + said.stderr
