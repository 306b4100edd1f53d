"""What the machine is: without it a figure says nothing."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True)
class Machine:
    """Facts that results carry; `load_1m` tells how busy the machine was with other things."""

    cpu: str
    cores: int
    memory_gib: float
    system: str
    python: str
    django: str
    granian: str
    psycopg: str
    load_1m: float


def read_machine() -> Machine:
    """Read the facts of this machine."""
    return Machine(
        cpu=_field("/proc/cpuinfo", "model name") or platform.processor(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=round(int((_field("/proc/meminfo", "MemTotal") or "0").split()[0]) / 2**20, 1),
        system=platform.platform(),
        python=platform.python_version(),
        django=version("django"),
        granian=version("granian"),
        psycopg=version("psycopg"),
        load_1m=round(os.getloadavg()[0], 2),
    )


def _field(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""
