"""kill -9 of each process in turn while likes, comments and reads arrive: nothing acknowledged is lost."""

import json
import os
import signal
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from meadow.runtime import processes
from meadow.runtime.testing import LiveStack, start_stack

pytestmark = pytest.mark.slow

VICTIMS = ("web", "worker", "warehouse", "nats", "postgres")
FANS = 400
SETTLE_SECONDS = 120.0
BEFORE, AFTER = 1.5, 2.5
WORLD = f"""
import json
from meadow.accounts.testing import make_person, make_token
from meadow.notes.testing import make_note
author = make_person("fault_author")
note = make_note(author.pk, title="Under fire")
fans = [make_token(make_person(f"fault_fan_{{n}}"), "social:write") for n in range({FANS})]
print(json.dumps({{"note": note.public_id, "pk": note.pk, "fans": fans}}))
"""
COUNTS = """
import json
from meadow.analytics.queries import get_note_reads
from meadow.notes.models import Comment, Like, Note
note = Note.objects.get(pk={pk})
print(json.dumps({{
    "likes": sorted(Like.objects.filter(note=note).values_list("person__handle", flat=True)),
    "like_count": note.like_count,
    "comments": sorted(Comment.objects.filter(note=note).values_list("body", flat=True)),
    "comment_count": note.comment_count,
    "reads": get_note_reads([note.pk])[note.pk].raw,
}}))
"""

FACTS = """
import json
from meadow.analytics.warehouse.client import get_client
rows = get_client().query(
    "SELECT kind, sum(facts) FROM rollup FINAL WHERE note_id = {{note:Int64}} GROUP BY kind",
    parameters={{"note": {pk}}},
).result_rows
print(json.dumps({{"read": 0, "like": 0, "comment": 0}} | dict(rows)))
"""


@dataclass
class Load:
    """Readers who like, comment and read without a pause; keeps what was acknowledged and what was not."""

    base_url: str
    note: str
    fans: Iterator[tuple[int, str]]
    liked: set[str] = field(default_factory=set)
    commented: set[str] = field(default_factory=set)
    read: int = 0
    unsure: dict[str, set[str]] = field(
        default_factory=lambda: {"likes": set(), "comments": set(), "reads": set()}
    )
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, method: str, path: str, *, body: object = None, token: str = "") -> str | None:
        """Send one request; None when it was not acknowledged."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.base_url + path, data=data, method=method, headers=headers
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, OSError):
            return None

    def like(self) -> None:
        """Like the note as fan after fan, each once."""
        while not self.over.is_set():
            with self.lock:
                fan = next(self.fans, None)
            if fan is None:
                return
            number, token = fan
            handle = f"fault_fan_{number}"
            if self.send("PUT", f"/api/v1/notes/{self.note}/like", token=token) is None:
                self.unsure["likes"].add(handle)
            else:
                self.liked.add(handle)
            body = f"comment {uuid.uuid4()}"
            sent = self.send(
                "POST", f"/api/v1/notes/{self.note}/comments", body={"body": body}, token=token
            )
            (self.unsure["comments"] if sent is None else self.commented).add(body)
            time.sleep(0.05)

    def read_on(self) -> None:
        """Open the note signed out and read it, each time with the page's fresh token."""
        while not self.over.is_set():
            page = self.send("GET", f"/n/{self.note}")
            if page is None:
                time.sleep(0.1)
                continue
            token = page.partition('data-note-token="')[2].partition('"')[0]
            fact = f"e{uuid.uuid4().hex}"
            event = {"id": fact, "k": "read", "t": token, "ms": 1500, "at": int(time.time() * 1000)}
            if self.send("POST", "/e", body={"v": 1, "events": [event]}) is None:
                self.unsure["reads"].add(fact)
            else:
                self.read += 1
            time.sleep(0.05)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[LiveStack]:
    stack = start_stack(tmp_path)
    try:
        stack.wait_ready(seconds=180)
        yield stack
    finally:
        stack.stop()


def test_whatever_dies_nothing_acknowledged_is_lost(stack: LiveStack) -> None:
    world = json.loads(
        stack.manage("manage", "shell", "--no-imports", "-c", WORLD).strip().splitlines()[-1]
    )
    load = Load(stack.base_url, world["note"], iter(list(enumerate(world["fans"]))))
    threads = [threading.Thread(target=load.like), threading.Thread(target=load.read_on)]
    before = stack.pids

    for thread in threads:
        thread.start()
    try:
        for victim in VICTIMS:
            time.sleep(BEFORE)
            pid = stack.pids[victim]
            os.kill(pid, signal.SIGKILL)
            time.sleep(AFTER)
            assert processes.wait_until(
                lambda victim=victim, pid=pid: (
                    stack.pids.get(victim, pid) != pid and stack.is_ready()
                ),
                seconds=SETTLE_SECONDS,
            ), f"{victim} was not brought back"
        time.sleep(BEFORE)
    finally:
        load.over.set()
        for thread in threads:
            thread.join()

    after = stack.pids
    assert {name for name in VICTIMS if before[name] == after[name]} == set()
    assert stack.supervisor.poll() is None
    assert len(load.liked) > 20
    assert len(load.commented) > 20
    assert load.read > 20

    def counted() -> dict[str, object]:
        found = stack.manage("manage", "shell", "--no-imports", "-c", COUNTS.format(pk=world["pk"]))
        return dict(json.loads(found.strip().splitlines()[-1]))

    processes.wait_until(lambda: counted()["reads"] >= load.read, seconds=120)  # type: ignore[operator]
    counts = counted()
    likes, comments = set(counts["likes"]), list(counts["comments"])  # type: ignore[call-overload]
    # Likes and comments are told to the stream by jobs, some of which were cut short; those of
    # acts that were kept but never acknowledged are told as well.
    told_in_full = {"like": len(likes), "comment": len(comments)}
    processes.wait_until(
        lambda: told_in_full.items() <= told(stack, world["pk"]).items(), seconds=180
    )
    assert load.liked - likes == set()
    assert likes - load.liked <= load.unsure["likes"]
    assert counts["like_count"] == len(likes)
    assert load.commented - set(comments) == set()
    assert set(comments) - load.commented <= load.unsure["comments"]
    assert len(comments) == len(set(comments)) == counts["comment_count"]
    # A read that was not acknowledged may have been kept; no read is counted twice.
    assert load.read <= int(counts["reads"]) <= load.read + len(load.unsure["reads"])  # type: ignore[call-overload]
    # Warehouse, roll-up, archive and PostgreSQL agree, and do so again after a rebuild.
    facts = told(stack, world["pk"])
    assert facts["read"] == counts["reads"]
    assert facts["like"] == len(likes)
    assert facts["comment"] == len(comments)
    assert "all figures agree" in stack.manage("facts", "verify")
    stack.manage("warehouse", "rebuild", "--yes")
    assert told(stack, world["pk"]) == facts
    assert counted() == counts
    assert "all figures agree" in stack.manage("facts", "verify")


def told(stack: LiveStack, note: int) -> dict[str, int]:
    """Return how many facts of each kind the roll-up has of a note."""
    said = stack.manage("manage", "shell", "--no-imports", "-c", FACTS.format(pk=note))
    return dict(json.loads(said.strip().splitlines()[-1]))
