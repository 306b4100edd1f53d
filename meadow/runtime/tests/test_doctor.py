"""The doctor names what is wrong and how to mend it."""

import socket
from pathlib import Path

import pytest

from meadow.runtime.doctor import examine, hide_password
from meadow.runtime.environment import kept_secret, load_environment
from meadow.runtime.probes import probe_nats, probe_postgres, probe_warehouse


def wrongs(home: Path, **variables: str) -> dict[str, str]:
    report = examine({"MEADOW_HOME": str(home), **variables})
    return {finding.what: finding.mend for finding in report.findings if finding.wrong}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir(mode=0o711)
    return home


def test_a_home_where_nothing_runs_is_said_to_be_so(home: Path) -> None:
    assert "Meadow is not running here." in wrongs(home)


def test_secrets_that_others_can_read_are_wrong(home: Path) -> None:
    kept_secret(home, "secret-key")
    (home / "secrets").chmod(0o755)

    assert wrongs(home)[f"{home}/secrets can be read by others."] == f"chmod 700 {home}/secrets"


def test_a_home_that_others_can_write_is_wrong(home: Path) -> None:
    home.chmod(0o777)

    assert wrongs(home)[f"{home} can be written by others."] == f"chmod go-w {home}"


def test_a_short_secret_is_wrong(home: Path) -> None:
    assert "MEADOW_SECRET_KEY is short or guessable." in wrongs(home, MEADOW_SECRET_KEY="abc")


def test_a_taken_port_is_wrong(home: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = int(listener.getsockname()[1])

        found = wrongs(home, MEADOW_PORT=str(port))

    assert any(what.startswith(f"port {port} is taken by process") for what in found)


def test_an_environment_that_production_refuses_is_a_finding(home: Path) -> None:
    report = examine({"MEADOW_HOME": str(home), "MEADOW_ENV": "production"})

    assert not report.well
    assert "MEADOW_SECRET_KEY is not set" in report.findings[0].what


def test_an_engine_by_url_is_named_as_such_and_its_password_hidden(home: Path) -> None:
    report = examine({"MEADOW_HOME": str(home), "NATS_URL": "nats://me:hush@127.0.0.1:1"})

    row = next(row for row in report.rows if row.name == "nats")
    assert (row.running, row.form, row.where) == (False, "by NATS_URL", "nats://me@127.0.0.1:1")


def test_passwords_are_hidden() -> None:
    assert hide_password("http://a:b@c:1/d") == "http://a@c:1/d"
    assert hide_password("nats://c:1") == "nats://c:1"


def test_engines_that_are_away_answer_within_their_deadline_with_a_reason(home: Path) -> None:
    environment = load_environment(
        {
            "MEADOW_HOME": str(home),
            "NATS_URL": "nats://127.0.0.1:1",
            "CLICKHOUSE_URL": "http://127.0.0.1:1",
        }
    )

    answers = [probe(environment) for probe in (probe_postgres, probe_nats, probe_warehouse)]

    assert [answer.ok for answer in answers] == [False, False, False]
    assert all(answer.detail for answer in answers)
