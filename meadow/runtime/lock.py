"""One supervisor a data folder: a lock that the kernel releases when its holder dies."""

import fcntl
import json
import os
from pathlib import Path
from typing import Any, TextIO

from meadow.runtime import processes
from meadow.runtime.environment import make_home
from meadow.runtime.errors import AlreadyRunning


class HomeLock:
    """Holds the data folder for the life of this process."""

    def __init__(self, home: Path) -> None:
        """Name the lock; `acquire` takes it."""
        self.path = lock_path(home)
        self.home = home
        self._file: TextIO | None = None

    def acquire(self, *, address: str) -> None:
        """Take the lock and say who holds it. Raises AlreadyRunning, which names the holder."""
        make_home(self.home)
        self.path.parent.mkdir(mode=0o711, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        self._file = os.fdopen(handle, "r+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = read_holder(self.home)
            self._file.close()
            self._file = None
            raise AlreadyRunning(
                f"Meadow already runs in {self.home}: process {holder.get('pid', '?')}"
                f" at {holder.get('address', 'an unknown address')}.",
                mend=f"open that address, or stop it (kill {holder.get('pid', '?')}),"
                " or set MEADOW_HOME and MEADOW_PORT for a second copy",
            ) from None
        facts = {"pid": os.getpid(), "started": processes.started_at(os.getpid())}
        self._file.truncate(0)
        self._file.write(json.dumps(facts | {"address": address}))
        self._file.flush()

    def release(self) -> None:
        """Give the lock back."""
        if self._file:
            self._file.truncate(0)
            self._file.close()
            self._file = None


def lock_path(home: Path) -> Path:
    """Return where the lock lies."""
    return home / "run" / "supervisor.lock"


def read_holder(home: Path) -> dict[str, Any]:
    """Return pid and address as the last holder wrote them, empty when nobody did."""
    try:
        holder = json.loads(lock_path(home).read_text())
    except (OSError, ValueError):
        return {}
    return holder if isinstance(holder, dict) else {}


def is_held(home: Path) -> bool:
    """Say whether a supervisor holds this folder now."""
    try:
        with lock_path(home).open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
