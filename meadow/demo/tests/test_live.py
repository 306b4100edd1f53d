"""The demo as a person meets it: seeded through a kill, read by a crowd, quiet at once when asked."""

import os
import secrets
import signal
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from meadow.runtime.environment import load_environment
from meadow.runtime.processes import wait_until
from meadow.runtime.stack import MEADOW
from meadow.runtime.testing import Commands, LiveStack, start_stack

pytestmark = pytest.mark.slow

# Twelve of the sixty notes: that all of them come out right is test_seed.py's claim.
SEED = ("demo", "seed", "--notes", "12")
COUNT = """
WITH said AS (
    SELECT note_id, body, handle LIKE 'crowd\\_%' AS by_crowd
    FROM notes_comment JOIN accounts_person ON accounts_person.id = author_id
)
SELECT
    (SELECT count(*) FROM accounts_person) AS people,
    (SELECT count(*) FROM notes_note WHERE state = 'published') AS notes,
    (SELECT count(*) FROM notes_note WHERE state = 'draft') AS drafts,
    (SELECT count(*) FROM notes_notephoto) AS photos,
    (SELECT count(*) FROM said WHERE NOT by_crowd) AS comments,
    (SELECT coalesce(sum(reads_valid), 0)::int FROM analytics_notereads) AS valid,
    (SELECT coalesce(sum(reads_raw), 0)::int FROM analytics_notereads) AS raw,
    (SELECT count(*) FROM said WHERE by_crowd) AS crowd_comments,
    (SELECT count(*) - count(DISTINCT (note_id, body)) FROM said WHERE by_crowd) AS crowd_said_twice,
    (SELECT count(*) FROM notes_like JOIN accounts_person ON accounts_person.id = person_id
     WHERE handle LIKE 'crowd\\_%') AS crowd_likes
"""


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStack]:
    """A place of its own: the demo would fill the one that other tests share."""
    stack = start_stack(tmp_path_factory.mktemp("demo"))
    try:
        stack.wait_ready(seconds=180)
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def count(own_stack: LiveStack) -> Iterator[Callable[[], dict[str, int]]]:
    """Return what stands in the database now: by one connection, for to start Meadow takes seconds."""
    url = load_environment(own_stack.env).database_url
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as database:

        def ask() -> dict[str, int]:
            counted = database.execute(COUNT).fetchone()
            assert counted is not None
            return counted

        yield ask


def test_demo_survives_a_kill_and_its_crowd_really_reads(
    own_stack: LiveStack, count: Callable[[], dict[str, int]]
) -> None:
    at: dict[str, Any] = {"env": own_stack.env, "cwd": own_stack.home}
    seed = subprocess.Popen([*MEADOW, *SEED], **at)
    assert wait_until(lambda: count()["drafts"] > 5, seconds=120)
    seed.send_signal(signal.SIGKILL)
    seed.wait()
    assert count()["notes"] < 12

    own_stack.manage(*SEED)
    whole = count()
    own_stack.manage(*SEED)

    assert (whole["people"], whole["notes"], whole["drafts"], whole["photos"]) == (27, 12, 0, 14)
    assert whole["comments"] == 39
    assert whole["raw"] == 0
    assert count() == whole

    crowd = subprocess.Popen(
        [*MEADOW, "demo", "crowd", "--hurry", "0.06"],
        stderr=subprocess.DEVNULL,
        **at,
    )
    try:

        def has_read() -> bool:
            now = count()
            did = (now["valid"] >= 8, now["crowd_comments"] >= 2, now["crowd_likes"] >= 1)
            return all(did)

        assert wait_until(has_read, seconds=300, pause=0.2)
        os.kill(own_stack.pids["web"], signal.SIGKILL)
        before = count()["valid"]
        assert wait_until(lambda: count()["valid"] > before, seconds=120, pause=0.2)
        assert crowd.poll() is None
    finally:
        crowd.terminate()
        status = crowd.wait(timeout=60)
    assert status == 0
    after = count()
    # The author's own words apart, nobody repeats what stands under a note already.
    assert after["crowd_said_twice"] == 0
    assert after["comments"] == whole["comments"]


def test_commands_refuse_production(own_stack: LiveStack) -> None:
    env = own_stack.env | {
        "MEADOW_ENV": "production",
        "MEADOW_HOSTS": "meadow.example",
        "MEADOW_SECRET_KEY": secrets.token_urlsafe(50),
        "PYTHONUNBUFFERED": "1",
    }

    commands = Commands(env=env, cwd=own_stack.home)
    try:
        for command in ("seed", "crowd", "people"):
            status, _output, error = commands.run(["demo", command], given="")
            assert status == 1
            assert "MEADOW_ENV is production" in error
            assert "Traceback" not in error
    finally:
        commands.stop()
