"""The command line: known problems are words, not tracebacks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from meadow.runtime.environment import SOURCE, release


def meadow(*arguments: str, home: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "meadow.cli.main", *arguments],
        env={**os.environ, "MEADOW_HOME": str(home), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_version_is_the_releases(tmp_path: Path) -> None:
    done = meadow("--version", home=tmp_path)

    assert done.stdout == f"meadow {release()}\n"


@pytest.mark.parametrize("command", ["up", "web", "worker", "warehouse"])
def test_production_without_a_secret_starts_no_process(tmp_path: Path, command: str) -> None:
    done = meadow(command, home=tmp_path / "home", MEADOW_ENV="production", MEADOW_SECRET_KEY="")

    assert done.returncode == 1
    assert "MEADOW_SECRET_KEY is not set" in done.stderr
    assert "MEADOW_HOSTS is empty" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "home").exists()


def test_doctor_fails_where_nothing_runs(tmp_path: Path) -> None:
    done = meadow("doctor", home=tmp_path)

    assert done.returncode == 1
    assert "Meadow is not running here." in done.stdout


def test_every_make_target_that_help_names_exists() -> None:
    done = subprocess.run(["make", "help"], cwd=SOURCE, capture_output=True, text=True, check=True)

    named = {line.split()[0] for line in done.stdout.splitlines() if line.strip()}
    assert named >= {
        *("setup", "run", "test", "check", "lint", "types", "layers", "screens", "bench"),
        *("messages", "vendor", "build", "clean", "doctor"),
    }
