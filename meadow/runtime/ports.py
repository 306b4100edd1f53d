"""Who listens on a port: so that "address in use" comes with a name."""

import os
from pathlib import Path

from meadow.runtime import processes
from meadow.runtime.errors import EngineFailed

LISTENING = "0A"


def require_free_port(port: int) -> None:
    """Raise EngineFailed, naming the listener where it can be seen, unless the port is free."""
    if processes.port_is_free(port):
        return
    pid = listener_of(port)
    command = " ".join(processes.command_line(pid))[:120] if pid else ""
    who = f"process {pid} ({command})" if pid else "another process"
    raise EngineFailed(
        f"port {port} is taken by {who}.",
        mend=f"stop it, or choose another: MEADOW_PORT={port + 1} meadow up",
    )


def listener_of(port: int) -> int | None:
    """Return the process that listens on this TCP port, or None when it cannot be seen."""
    wanted = {f"socket:[{inode}]" for inode in listening_inodes(port)}
    if not wanted:
        return None
    for pid in processes.every_pid():
        try:
            for handle in Path(f"/proc/{pid}/fd").iterdir():
                if os.readlink(handle) in wanted:
                    return pid
        except OSError:
            continue
    return None


def listening_inodes(port: int) -> set[str]:
    """Return the kernel's socket numbers that listen on this port."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(fields[9])
    return inodes
