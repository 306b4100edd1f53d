"""Each engine by URL: the embedded one is then not started, and everything else works the same."""

from pathlib import Path

import pytest

from meadow.runtime.environment import load_environment
from meadow.runtime.http import fetch
from meadow.runtime.processes import wait_until
from meadow.runtime.testing import LiveStack, start_engines, start_stack

pytestmark = pytest.mark.slow

ENGINES = ("postgres", "nats", "warehouse")


def test_engines_given_by_url_are_used_and_not_started(tmp_path: Path) -> None:
    elsewhere = start_engines(tmp_path / "elsewhere", which=["postgres", "nats"])
    given = elsewhere.env
    files = tmp_path / "files"
    stack = start_stack(
        tmp_path / "stack",
        STORAGE_URL=files.as_uri(),
        DATABASE_URL=given["DATABASE_URL"],
        NATS_URL=given["NATS_URL"],
        NATS_ACCOUNT_SEED=given["NATS_ACCOUNT_SEED"],
        NATS_CREDS=given["NATS_CREDS"],
        MEADOW_REALTIME_URL=given["MEADOW_REALTIME_URL"],
    )
    try:
        stack.wait_ready(seconds=180)

        assert wait_until(lambda: "worker" in stack.pids, seconds=120)
        running = stack.pids
        answer = fetch(f"{stack.base_url}/", seconds=10.0)

        assert set(running) & set(ENGINES) == {"warehouse"}
        assert {"web", "worker"} <= set(running)
        assert answer is not None
        assert answer.status == 200
        assert not (stack.home / "postgres").exists()
        assert not (stack.home / "nats").exists()
    finally:
        stack.stop()
        elsewhere.stop()


def test_a_warehouse_given_by_url_is_used_and_not_started(
    live_stack: LiveStack, tmp_path: Path
) -> None:
    url = load_environment(live_stack.env).clickhouse_url
    guest = start_stack(tmp_path, CLICKHOUSE_URL=url)
    try:
        guest.wait_ready(seconds=180)

        assert wait_until(lambda: "worker" in guest.pids, seconds=120)
        assert "warehouse" not in guest.pids
        assert {"postgres", "nats", "web", "worker"} <= set(guest.pids)
    finally:
        guest.stop()
