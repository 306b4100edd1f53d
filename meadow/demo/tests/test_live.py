"""The demo as a person meets it: seeded through a kill, read by a crowd, quiet at once when asked."""

import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from meadow.runtime.processes import wait_until
from meadow.runtime.stack import MEADOW
from meadow.runtime.testing import LiveStack, start_stack

pytestmark = pytest.mark.slow

COUNT = """
import json
from django.db.models import Sum
from meadow.accounts.models import Person
from meadow.analytics.models import NoteReads
from meadow.notes.models import Comment, Like, Note, NotePhoto
reads = NoteReads.objects.aggregate(valid=Sum("reads_valid"), raw=Sum("reads_raw"))
crowd = Comment.objects.filter(author__handle__startswith="crowd_")
print("COUNTED", json.dumps({
    "people": Person.objects.count(),
    "notes": Note.objects.filter(state="published").count(),
    "drafts": Note.objects.filter(state="draft").count(),
    "photos": NotePhoto.objects.count(),
    "comments": Comment.objects.exclude(author__handle__startswith="crowd_").count(),
    "valid": reads["valid"] or 0,
    "raw": reads["raw"] or 0,
    "crowd_comments": crowd.count(),
    "crowd_said_twice": crowd.count() - crowd.values("note", "body").distinct().count(),
    "crowd_likes": Like.objects.filter(person__handle__startswith="crowd_").count(),
}))
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


def count(stack: LiveStack) -> dict[str, Any]:
    answer = stack.manage("manage", "shell", "-v", "0", "-c", COUNT)
    line = next(line for line in answer.splitlines() if line.startswith("COUNTED"))
    counted: dict[str, Any] = json.loads(line.removeprefix("COUNTED"))
    return counted


def test_demo_survives_a_kill_and_its_crowd_really_reads(own_stack: LiveStack) -> None:
    seed = subprocess.Popen([*MEADOW, "demo", "seed"], env=own_stack.env, cwd=own_stack.home)
    assert wait_until(lambda: count(own_stack)["drafts"] > 5, seconds=60, pause=0.1)
    seed.send_signal(signal.SIGKILL)
    seed.wait()
    assert count(own_stack)["notes"] < 60

    own_stack.manage("demo", "seed")
    whole = count(own_stack)
    own_stack.manage("demo", "seed")

    assert (whole["people"], whole["notes"], whole["drafts"], whole["photos"]) == (27, 60, 0, 76)
    assert whole["comments"] == 141
    assert whole["raw"] == 0
    assert count(own_stack) == whole

    crowd = subprocess.Popen(
        [*MEADOW, "demo", "crowd", "--hurry", "0.06"],
        env=own_stack.env,
        cwd=own_stack.home,
        stderr=subprocess.DEVNULL,
    )
    try:

        def has_read() -> bool:
            now = count(own_stack)
            did = (now["valid"] >= 8, now["crowd_comments"] >= 2, now["crowd_likes"] >= 1)
            return all(did)

        assert wait_until(has_read, seconds=150, pause=1.0)
        os.kill(own_stack.pids["web"], signal.SIGKILL)
        before = count(own_stack)["valid"]
        assert wait_until(lambda: count(own_stack)["valid"] > before, seconds=60, pause=1.0)
        assert crowd.poll() is None
    finally:
        asked = time.monotonic()
        crowd.terminate()
        status = crowd.wait(timeout=5)
    assert status == 0
    assert time.monotonic() - asked < 2
    after = count(own_stack)
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

    for command in ("seed", "crowd", "people"):
        answer = subprocess.run(
            [*MEADOW, "demo", command],
            env=env,
            cwd=own_stack.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert answer.returncode == 1
        assert "MEADOW_ENV is production" in answer.stderr
        assert "Traceback" not in answer.stderr
