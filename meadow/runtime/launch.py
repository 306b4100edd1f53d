"""Become another program that dies with its parent, perhaps as a lesser user: stdlib only.

Run as `python -I -S launch.py PARENT SIGNAL UID GID CAPABILITY -- program arguments…`, where UID,
GID and CAPABILITY are -1 when nothing is to change. It is a program and not a `preexec_fn`,
because Python code between fork and exec can deadlock in a parent that has threads.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_SET_SECUREBITS = 28
SECBIT_NO_SETUID_FIXUP = 1 << 2
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Sets(ctypes.Structure):
    _fields_ = [
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    ]


def _check(answer: int, what: str) -> None:
    if answer != 0:
        code = ctypes.get_errno()
        raise SystemExit(f"meadow: {what}: {os.strerror(code)}")


def _drop_to(libc: ctypes.CDLL, uid: int, gid: int, capability: int) -> None:
    if capability >= 0:
        _check(libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "prctl(KEEPCAPS)")
        # Without it access(2), which initdb asks about its own programs, ignores capabilities.
        _check(libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0), "prctl(SECUREBITS)")
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if capability < 0:
        return
    header = _Header(CAPABILITY_VERSION_3, 0)
    sets = (_Sets * 2)()
    # Exactly one capability survives; every other one of root's is gone.
    bit = 1 << capability
    sets[0].effective = sets[0].permitted = sets[0].inheritable = bit
    _check(libc.capset(ctypes.byref(header), sets), "capset")
    _check(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0), "prctl(AMBIENT)")


def main() -> None:
    """Drop, ask the kernel for the parent's death signal, become the program."""
    parent, signal_number, uid, gid, capability = (int(word) for word in sys.argv[1:6])
    program = sys.argv[7:]
    libc = ctypes.CDLL(None, use_errno=True)
    if uid >= 0:
        _drop_to(libc, uid, gid, capability)
    # After the drop: the kernel forgets the death signal when credentials change.
    _check(libc.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0), "prctl(PDEATHSIG)")
    if parent >= 0 and os.getppid() != parent:
        raise SystemExit("meadow: the parent died before this process could start")
    os.execvp(program[0], program)  # noqa: S606


if __name__ == "__main__":
    main()
