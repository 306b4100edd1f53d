"""Becomes another program after limiting itself: it cannot grow, linger, write much or reach a network.

`python -m meadow.media.video.limited MEMORY CPU_SECONDS FILE_BYTES PROGRAM ARGUMENT…`
"""

import ctypes
import os
import resource
import signal
import sys

CLONE_NEWNET = 0x40000000
CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
MOST_OPEN_FILES = 64


def leave_network() -> bool:
    """Move into a network of our own with nothing in it; False where the system does not allow it.

    Then the protocol list handed to ffmpeg still stands alone: it opens nothing but its input.
    """
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    return any(libc.unshare(kind) == 0 for kind in (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET))


def limit_process(*, memory: int, cpu_seconds: int, file_bytes: int) -> None:
    """Bound memory, processor time, files and life; what follows inherits it."""
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_NOFILE, MOST_OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    if sys.platform == "linux":
        # A worker killed with -9 takes its ffmpeg along.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main(arguments: list[str]) -> None:
    """Limit this process and become the program."""
    memory, cpu_seconds, file_bytes = (int(one) for one in arguments[:3])
    leave_network()
    limit_process(memory=memory, cpu_seconds=cpu_seconds, file_bytes=file_bytes)
    os.nice(5)
    os.execv(arguments[3], arguments[3:])  # noqa: S606 - our own ffmpeg, no shell


if __name__ == "__main__":
    main(sys.argv[1:])
