"""Ask each engine whether it is well: an answer within a second, or the reason why not."""

import json
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg

from meadow.runtime.environment import Environment, read_state
from meadow.runtime.http import fetch

DEADLINE = 1.0
LEAST_DISK = 1 << 30


@dataclass(frozen=True)
class Probe:
    """What one engine answered: well or not, why, and which version."""

    ok: bool
    detail: str
    version: str = ""


def probe_postgres(environment: Environment) -> Probe:
    """Run one query over a fresh connection."""
    try:
        with psycopg.connect(
            environment.database_url, connect_timeout=2, options="-c statement_timeout=1000"
        ) as connection:
            row = connection.execute("SHOW server_version").fetchone()
    except psycopg.Error as error:
        return Probe(ok=False, detail=first_line(error))
    return Probe(ok=True, detail="answers", version=str(row[0]).split()[0] if row else "")


def probe_nats(environment: Environment) -> Probe:
    """Read the greeting of the server, and JetStream's health where we know its monitor."""
    parts = urlsplit(environment.nats_url)
    try:
        address = (parts.hostname or "127.0.0.1", parts.port or 4222)
        with socket.create_connection(address, timeout=DEADLINE) as connection:
            connection.settimeout(DEADLINE)
            greeting = connection.recv(4096)
        facts = json.loads(greeting.removeprefix(b"INFO ").split(b"\r\n")[0])
    except (OSError, ValueError) as error:
        return Probe(ok=False, detail=first_line(error))
    version = str(facts.get("version", ""))
    if not facts.get("jetstream"):
        return Probe(ok=False, detail="JetStream is off", version=version)
    monitor = read_state(environment.home).get("ports", {}).get("nats_monitor")
    if "nats" in environment.embedded and monitor:
        answer = fetch(f"http://127.0.0.1:{monitor}/healthz", seconds=DEADLINE)
        if answer is None or answer.status != 200:
            return Probe(ok=False, detail="JetStream is not ready", version=version)
    return Probe(ok=True, detail="answers", version=version)


def probe_warehouse(environment: Environment) -> Probe:
    """Ask the warehouse's own ping."""
    parts = urlsplit(environment.clickhouse_url)
    base = f"{parts.scheme}://{parts.hostname}:{parts.port or 8123}"
    answer = fetch(f"{base}/ping", seconds=DEADLINE)
    if answer is None:
        return Probe(ok=False, detail=f"no answer from {base}")
    if answer.status != 200:
        return Probe(ok=False, detail=f"{base}/ping answered {answer.status}")
    return Probe(ok=True, detail="answers")


def probe_storage(environment: Environment) -> Probe:
    """See that the folder of files can be written and has room; a bucket is not asked."""
    parts = urlsplit(environment.storage_url)
    if parts.scheme != "file":
        return Probe(ok=True, detail=f"{parts.scheme}://{parts.netloc} (not asked)")
    folder = Path(unquote(parts.path))
    existing = next(path for path in [folder, *folder.parents] if path.exists())
    try:
        free = shutil.disk_usage(existing).free
    except OSError as error:
        return Probe(ok=False, detail=first_line(error))
    if free < LEAST_DISK:
        return Probe(ok=False, detail=f"{free >> 20} MiB left on the disk of {existing}")
    return Probe(ok=True, detail=f"{free >> 30} GiB free")


def probe_web(environment: Environment, *, path: str = "/healthz") -> Probe:
    """Ask the web process itself."""
    host = environment.hosts[0] if environment.hosts else None
    answer = fetch(f"{environment.base_url}{path}", seconds=DEADLINE, host=host)
    if answer is None:
        return Probe(ok=False, detail=f"no answer from {environment.base_url}")
    if answer.status != 200:
        return Probe(ok=False, detail=f"{path} answered {answer.status}")
    return Probe(ok=True, detail="answers", version=environment.version)


PROBES = {
    "postgres": probe_postgres,
    "nats": probe_nats,
    "clickhouse": probe_warehouse,
    "storage": probe_storage,
}


def first_line(error: BaseException) -> str:
    """Return an error's first line, or its class when it says nothing."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
