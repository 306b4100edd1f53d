"""Logs of the processes: one file each, turned over by size while the process keeps writing."""

import os
import shutil
from pathlib import Path

LARGEST = 10 * 1024 * 1024
KEPT = 3


def turn_over(log: Path, *, largest: int = LARGEST, kept: int = KEPT) -> bool:
    """Copy a log that grew too large aside and empty it; say whether it did.

    The writers hold the file open for appending, so it is emptied in place: a line written
    between the copy and the cut is lost, which a log may do and a rename would turn into
    a process that writes to a file nobody looks at.
    """
    try:
        if log.stat().st_size < largest:
            return False
    except OSError:
        return False
    for number in range(kept - 1, 0, -1):
        older = numbered(log, number)
        if older.exists():
            older.replace(numbered(log, number + 1))
    shutil.copyfile(log, numbered(log, 1))
    os.truncate(log, 0)
    return True


def numbered(log: Path, number: int) -> Path:
    """Return the name of an older log: web.log.1 is the youngest of them."""
    return log.with_name(f"{log.name}.{number}")
