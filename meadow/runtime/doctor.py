"""Look at everything that can be wrong on this machine, and say how to mend it."""

import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from meadow.runtime import processes
from meadow.runtime.build import migrations_fingerprint, stale_steps
from meadow.runtime.environment import (
    ENGINES,
    SHORTEST_SECRET,
    Environment,
    is_known_secret,
    load_environment,
)
from meadow.runtime.errors import RuntimeProblem
from meadow.runtime.identity import choose_identity
from meadow.runtime.lock import is_held, read_holder
from meadow.runtime.ports import listener_of
from meadow.runtime.probes import LEAST_DISK, PROBES, Probe, probe_web
from meadow.runtime.supervisor import read_pids

CJK_FONTS = "fonts-noto-cjk"


@dataclass(frozen=True)
class Row:
    """One engine or process: is it there, where, which version, and whose."""

    name: str
    running: bool
    where: str
    version: str
    form: str
    detail: str


@dataclass(frozen=True)
class Finding:
    """Something to know; `wrong` ones make the exit status 1."""

    wrong: bool
    what: str
    mend: str


@dataclass(frozen=True)
class Report:
    """All that the doctor saw."""

    rows: list[Row]
    findings: list[Finding]

    @property
    def well(self) -> bool:
        """Whether nothing is wrong."""
        return not any(finding.wrong for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for --json."""
        return {
            "well": self.well,
            "processes": [asdict(row) for row in self.rows],
            "findings": [asdict(finding) for finding in self.findings],
        }


def examine(env: Mapping[str, str] | None = None) -> Report:
    """Examine this environment. An unusable one is a finding, not an error."""
    env = os.environ if env is None else env
    try:
        environment = load_environment(env)
    except RuntimeProblem as problem:
        return Report(rows=[], findings=[Finding(True, problem.what, problem.mend)])
    up = is_held(environment.home)
    rows = [*engine_rows(environment), *process_rows(environment, up=up)]
    findings = [finding for check in CHECKS for finding in check(environment, env, up)]
    if up:
        findings += [
            Finding(True, f"{row.name} is down: {row.detail}", f"see {environment.home}/logs")
            for row in rows
            if not row.running
        ]
    else:
        findings.append(Finding(True, "Meadow is not running here.", "make run, or meadow up"))
    return Report(rows=rows, findings=findings)


def engine_rows(environment: Environment) -> Iterator[Row]:
    """Ask each engine."""
    places = {
        "postgres": environment.database_url,
        "nats": environment.nats_url,
        "clickhouse": environment.clickhouse_url,
        "storage": environment.storage_url,
    }
    for name, probe in PROBES.items():
        answer = probe(environment)
        form = "embedded" if name in environment.embedded else f"by {ENGINES[name]}"
        yield _row(name, answer, where=hide_password(places[name]), form=form)


def process_rows(environment: Environment, *, up: bool) -> Iterator[Row]:
    """Look for our own processes, and ask the web."""
    pids = read_pids(environment.home)
    for name in ("warehouse", "worker", "web", "demo-crowd"):
        pid = pids.get(name)
        if name == "demo-crowd" and pid is None:
            continue
        if name == "warehouse" and "clickhouse" not in environment.embedded:
            continue
        if name == "web":
            yield _row(name, probe_web(environment), where=environment.base_url, form="ours")
            continue
        detail = f"process {pid}" if pid else "no process"
        version = environment.version if pid else ""
        yield Row(name, pid is not None, detail, version, "ours", detail)


def _row(name: str, answer: Probe, *, where: str, form: str) -> Row:
    return Row(name, answer.ok, where, answer.version, form, answer.detail)


def hide_password(url: str) -> str:
    """Return a URL that may be shown."""
    scheme, _, rest = url.partition("://")
    person, at, place = rest.rpartition("@")
    if not at:
        return url
    return f"{scheme}://{person.partition(':')[0]}@{place}"


def check_secret(environment: Environment, env: Mapping[str, str], up: bool) -> Iterator[Finding]:
    """A secret that was given must be a good one; a kept one is generated."""
    given = env.get("MEADOW_SECRET_KEY", "")
    if given and (len(given) < SHORTEST_SECRET or is_known_secret(given)):
        yield Finding(
            True,
            "MEADOW_SECRET_KEY is short or guessable.",
            "unset it, or set 50 random characters",
        )


def check_debug(environment: Environment, env: Mapping[str, str], up: bool) -> Iterator[Finding]:
    """Debug pages show internals (production refuses to start with them)."""
    if environment.debug:
        yield Finding(False, "debug pages are on.", "unset MEADOW_DEBUG before others can visit")


def check_hosts(environment: Environment, env: Mapping[str, str], up: bool) -> Iterator[Finding]:
    """A wildcard host lets anyone forge links."""
    for host in environment.hosts:
        if "*" in host or host.startswith("."):
            yield Finding(True, f"MEADOW_HOSTS holds the wildcard {host}.", "name each host")


def check_home(environment: Environment, env: Mapping[str, str], up: bool) -> Iterator[Finding]:
    """The data folder must be ours to write, and its secrets for nobody else to read."""
    home = environment.home
    if not os.access(home, os.W_OK | os.X_OK):
        yield Finding(True, f"{home} cannot be written.", f"chown -R $(id -un) {home}")
    if stat.S_IMODE(home.stat().st_mode) & 0o022:
        yield Finding(True, f"{home} can be written by others.", f"chmod go-w {home}")
    secrets = home / "secrets"
    if secrets.exists() and stat.S_IMODE(secrets.stat().st_mode) & 0o077:
        yield Finding(True, f"{secrets} can be read by others.", f"chmod 700 {secrets}")
    if "postgres" in environment.embedded:
        try:
            choose_identity(reaches=[home], owner_of=home / "postgres" / "data")
        except RuntimeProblem as problem:
            yield Finding(True, problem.what, problem.mend)


def check_disk(environment: Environment, env: Mapping[str, str], up: bool) -> Iterator[Finding]:
    """Full disks stop every engine."""
    free = shutil.disk_usage(environment.home).free
    if free < LEAST_DISK:
        yield Finding(True, f"{free >> 20} MiB are left on the disk.", "make room")


def check_lock(environment: Environment, env: Mapping[str, str], up: bool) -> Iterator[Finding]:
    """A lock file without a holder is what a killed supervisor leaves; the next start clears it."""
    holder = read_holder(environment.home)
    if holder and not up:
        left = ", ".join(f"{name} {pid}" for name, pid in read_pids(environment.home).items())
        what = f"process {holder.get('pid')} ended without stopping everything"
        yield Finding(
            bool(left), f"{what}{f'; left: {left}' if left else ''}.", "meadow up clears it"
        )


def check_port(environment: Environment, env: Mapping[str, str], up: bool) -> Iterator[Finding]:
    """Somebody else may sit on our port."""
    if not up and not processes.port_is_free(environment.port):
        pid = listener_of(environment.port)
        yield Finding(
            True,
            f"port {environment.port} is taken by process {pid or '(not ours to see)'}.",
            f"stop it, or set MEADOW_PORT={environment.port + 1}",
        )


def check_migrations(
    environment: Environment, env: Mapping[str, str], up: bool
) -> Iterator[Finding]:
    """The embedded database remembers which migrations it has had."""
    if "postgres" not in environment.embedded:
        return
    marker = environment.home / "postgres" / "migrated"
    if not marker.exists():
        yield Finding(up, "the database was never migrated.", "meadow up")
    elif marker.read_text() != migrations_fingerprint():
        yield Finding(True, "migrations changed since the last start.", "restart meadow up")


def check_assets(environment: Environment, env: Mapping[str, str], up: bool) -> Iterator[Finding]:
    """What was built must match the source."""
    stale = stale_steps(environment.home)
    if stale:
        yield Finding(up, f"stale: {', '.join(stale)}.", "meadow build")


def check_tools(environment: Environment, env: Mapping[str, str], up: bool) -> Iterator[Finding]:
    """Browser and fonts serve tests and screens only."""
    if environment.production:
        return
    if not shutil.which("chromium"):
        yield Finding(False, "Chromium is missing (tests, screens).", "apt-get install chromium")
    if not has_cjk_fonts():
        yield Finding(False, "no Chinese fonts for the screens.", f"apt-get install {CJK_FONTS}")


def has_cjk_fonts() -> bool:
    """Say whether fontconfig knows a font for Chinese."""
    try:
        listed = subprocess.run(
            ["fc-list", ":lang=zh"], capture_output=True, text=True, check=False, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return bool(listed.stdout.strip())


Check = Callable[[Environment, Mapping[str, str], bool], Iterator[Finding]]
CHECKS: tuple[Check, ...] = (
    check_secret,
    check_debug,
    check_hosts,
    check_home,
    check_disk,
    check_lock,
    check_port,
    check_migrations,
    check_assets,
    check_tools,
)
