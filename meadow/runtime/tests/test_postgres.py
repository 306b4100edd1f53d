"""PostgreSQL as we start it: private, no superuser for the application, and back after a crash."""

import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from meadow.runtime import processes
from meadow.runtime.errors import EngineFailed
from meadow.runtime.identity import Identity, can_traverse
from meadow.runtime.postgres import Postgres, database_url, socket_folder


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Postgres]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    server = Postgres(home / "postgres", throwaway=True)
    yield server
    for pid in processes.servers_in_folder(server.data, program="postgres"):
        os.kill(pid, signal.SIGKILL)


def start(server: Postgres) -> subprocess.Popen[bytes]:
    return server.start(log=server.folder.parent / "postgres.log")


def fetch(server: Postgres, query: str) -> tuple[object, ...]:
    with psycopg.connect(server.url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return tuple(row)


def test_application_role_is_no_superuser_and_speaks_utf8(server: Postgres) -> None:
    process = start(server)

    found = fetch(
        server,
        "SELECT current_user::text, current_setting('is_superuser'),"
        " current_setting('server_encoding'), lower('ÄÉ'), current_setting('listen_addresses')",
    )

    processes.stop(process, sig=signal.SIGINT)
    assert found == ("meadow", "off", "UTF8", "äé", "")


def test_parents_that_we_did_not_make_keep_mode_and_owner(server: Postgres) -> None:
    home = server.folder.parent
    before = [(path.stat().st_mode, path.stat().st_uid) for path in [home, *home.parents]]

    processes.stop(start(server), sig=signal.SIGINT)

    after = [(path.stat().st_mode, path.stat().st_uid) for path in [home, *home.parents]]
    assert after == before
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE(socket_folder(server.folder).stat().st_mode) == 0o700


def test_rows_survive_kill_9_and_a_pid_file_that_lies(server: Postgres) -> None:
    server.throwaway = False
    process = start(server)
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (41)")
    process.kill()
    process.wait()
    pid_file = server.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    again = start(server)

    assert fetch(server, "SELECT n FROM kept") == (41,)
    processes.stop(again, sig=signal.SIGINT)


def test_a_server_left_over_is_stopped_before_the_next_starts(server: Postgres) -> None:
    first = start(server)

    second = start(server)

    assert first.wait(60) is not None
    assert second.poll() is None
    assert fetch(server, "SELECT 1") == (1,)
    processes.stop(second, sig=signal.SIGINT)


def test_strangers_socket_folder_is_refused(server: Postgres) -> None:
    server.folder.mkdir()
    socket_folder(server.folder).mkdir(mode=0o755)
    socket_folder(server.folder).chmod(0o755)

    with pytest.raises(EngineFailed, match="is not a private folder"):
        start(server)


def test_long_paths_move_only_the_socket() -> None:
    folder = Path("/srv") / ("x" * 120) / "postgres"

    place = socket_folder(folder)

    assert len(str(place)) < 60
    assert str(place).startswith("/tmp/meadow-")  # noqa: S108
    assert place.name in database_url(folder)


def test_traversal_needs_every_parent(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    inner = closed / "inner"
    inner.mkdir(parents=True)
    tmp_path.chmod(0o711)
    closed.chmod(0o700)
    stranger = Identity("stranger", 54321, 54321)

    assert not can_traverse(inner, uid=stranger.uid, gid=stranger.gid)

    closed.chmod(0o711)
    reachable = can_traverse(tmp_path.parent, uid=stranger.uid, gid=stranger.gid)
    assert can_traverse(inner, uid=stranger.uid, gid=stranger.gid) == reachable
