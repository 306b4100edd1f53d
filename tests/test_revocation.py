"""A place that is taken away is gone within 5 s: in every web process, file, API call and open page."""

import asyncio
import http.client
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from nats.aio.client import Client
from playwright.sync_api import Browser

from meadow.runtime import processes
from meadow.runtime.testing import LiveStack
from tests.browser import USER_AGENT, expect, new_handle, visit

pytestmark = [pytest.mark.slow, pytest.mark.browser]

WITHIN_SECONDS: Final = 5.0
# What is not promised within a time waits as long as a busy machine needs.
PATIENCE_SECONDS: Final = 60.0
SURFACES: Final = {
    "page": "/studio",
    "download": "/studio/notes.csv",
    "api": "/api/v1/metrics/likes",
    "note": "/api/v1/notes/{note}/metrics",
}
WORLD = """
import json
from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.core.clock import now
from meadow.core.realtime import mint_credentials
from meadow.notes.testing import make_note
from meadow.programs.testing import admit
person = make_person("{handle}")
admit(person.pk, now=now())
note = make_note(person.pk, title="Before the end", photos=0, now=now())
cookies = sign_in(person).cookies
ear = mint_credentials(person_id=person.pk, now=now())
print(json.dumps({{
    "person": person.pk,
    "note": note.public_id,
    "session": cookies["meadow_session"].value,
    "token": make_token(person, "analytics:read"),
    "url": ear.url,
    "jwt": ear.jwt,
    "subject": ear.subjects[0],
}}))
"""
SUSPEND = """
import time
from meadow.accounts.testing import make_person
from meadow.core.clock import now
from meadow.programs.services.suspensions import suspend
suspend(slug="creator-center", person_id={person}, words="A rest.", until=None,
        operator_id=make_person("{handle}_op", role="operator").pk, now=now())
print(time.time())
"""
GRACE = """
import datetime as dt
from meadow.core.clock import now
from meadow.programs.models import Grant, Membership
ends = now() + dt.timedelta(seconds=4)
Grant.objects.filter(person_id={person}).update(revoked_at=now())
Membership.objects.filter(person_id={person}).update(
    state="grace", reason="criteria_lost", grace_until=ends, recheck_at=ends)
print(ends.timestamp())
"""
KILL = """
import time
from meadow.core.clock import now
from meadow.programs.services.stages import kill
kill(slug="creator-center", operator_id=1, now=now())
print(time.time())
"""
REVIVE = """
from meadow.core.clock import now
from meadow.programs.services.stages import revive
revive(slug="creator-center", operator_id=1, now=now())
"""
# A web process as any other, but for one thing: what it once knew of somebody, it keeps.
STUBBORN = """
import django
django.setup()
from wsgiref.simple_server import make_server
from meadow.programs import checks
from meadow.web.wsgi import application
checks.CACHE_SECONDS = 1e9
make_server("127.0.0.1", {port}, application).serve_forever()
"""


@dataclass
class Author:
    """Somebody in the Studio, with a note, a session, a token and an ear for live events."""

    person: int
    note: str
    session: str
    token: str
    url: str
    jwt: str
    subject: str
    heard: dict[str, list[float]] = field(default_factory=dict)

    def headers(self, surface: str) -> dict[str, str]:
        """Return how they show who they are."""
        if surface in ("api", "note"):
            return {"Authorization": f"Bearer {self.token}"}
        return {"Cookie": f"meadow_session={self.session}"}


@dataclass
class Watch:
    """One surface in one web process, asked again and again."""

    surface: str
    process: int
    is_open: bool = False
    last_open: float = 0.0
    asked: int = 0
    odd: set[int] = field(default_factory=set)

    def note(self, status: int, at: float) -> None:
        """Take an answer that was asked for at a moment."""
        self.asked += 1
        self.is_open = status == 200
        if self.is_open:
            self.last_open = at
        elif status not in (302, 403):
            self.odd.add(status)


def run(stack: LiveStack, code: str) -> str:
    """Do something in a process that is none of the web's, and return its last line."""
    said = stack.manage("manage", "shell", "--no-imports", "-c", code).strip()
    return said.splitlines()[-1] if said else ""


@pytest.fixture
def author(live_stack: LiveStack) -> Author:
    return Author(**json.loads(run(live_stack, WORLD.format(handle=new_handle()))))


@contextmanager
def stubborn_web(stack: LiveStack) -> Iterator[int]:
    """Run a web process that never hears of changes; yields its port."""
    port = processes.free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", STUBBORN.format(port=port)],
        env={**stack.env, "DJANGO_SETTINGS_MODULE": "meadow.web.settings"},
        cwd=stack.home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield port
    finally:
        process.kill()
        process.wait()


def server_of(connection: http.client.HTTPConnection, pids: set[int]) -> int:
    """Return which of these processes holds the other end of a connection."""
    here = connection.sock.getsockname()[1]
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if int(words[2].rpartition(":")[2], 16) != here:
            continue
        for pid in pids:
            for number in Path(f"/proc/{pid}/fd").iterdir():
                try:
                    if os.readlink(number) == f"socket:[{words[9]}]":
                        return pid
                except FileNotFoundError:  # closed meanwhile
                    continue
    return 0


def children_of(pid: int) -> set[int]:
    """Return a process and all below it."""
    found = {pid}
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text().split():
            found |= children_of(int(child))
    return found


def connect_to_each(stack: LiveStack, *, wanted: int) -> dict[int, http.client.HTTPConnection]:
    """Return a kept connection to each of the web's processes."""
    pids = children_of(stack.pids["web"])
    found: dict[int, http.client.HTTPConnection] = {}
    for _try in range(200):
        connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=PATIENCE_SECONDS)
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        if (pid := server_of(connection, pids)) and pid not in found:
            found[pid] = connection
        else:
            connection.close()
        if len(found) == wanted:
            return found
    raise AssertionError(f"only {len(found)} web processes answer")


def ask_on(
    connections: dict[int, http.client.HTTPConnection], watches: list[Watch], author: Author
) -> None:
    """Ask every surface once of every process."""
    for watch in watches:
        connection = connections[watch.process]
        path = SURFACES[watch.surface].format(note=author.note)
        at = time.time()
        connection.request("GET", path, headers=author.headers(watch.surface))
        answer = connection.getresponse()
        answer.read()
        watch.note(answer.status, at)


@contextmanager
def in_background(work: Callable[[], None]) -> Iterator[None]:
    """Do something over and over until the block ends."""
    over = threading.Event()

    def go_on() -> None:
        while not over.is_set():
            work()
            over.wait(0.1)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def read_note(base_url: str, note: str) -> None:
    """Read a note signed out, as a browser does."""
    agent = {"User-Agent": USER_AGENT, "Content-Type": "application/json"}
    with urllib.request.urlopen(
        urllib.request.Request(f"{base_url}/n/{note}", headers=agent), timeout=PATIENCE_SECONDS
    ) as page:
        token = page.read().decode().partition('data-note-token="')[2].partition('"')[0]
    event = {"id": f"e{uuid.uuid4().hex}", "k": "read", "t": token, "ms": 1500}
    body = json.dumps({"v": 1, "events": [event | {"at": int(time.time() * 1000)}]}).encode()
    urllib.request.urlopen(
        urllib.request.Request(f"{base_url}/e", data=body, headers=agent), timeout=PATIENCE_SECONDS
    ).close()


@contextmanager
def listening(author: Author) -> Iterator[None]:
    """Keep one connection open for all the while, and note when each kind of event was heard."""
    over, ready = threading.Event(), threading.Event()

    async def hear(message: Any) -> None:
        kind = message.subject.split(".", 3)[3]
        author.heard.setdefault(kind, []).append(time.time())

    async def listen() -> None:
        client = Client()
        await client.connect(
            author.url,
            user_jwt_cb=lambda: bytearray(author.jwt.encode()),
            signature_cb=lambda nonce: b"",
            allow_reconnect=False,
            connect_timeout=30,
        )
        await client.subscribe(author.subject, cb=hear)
        await client.flush()
        ready.set()
        while not over.is_set():
            await asyncio.sleep(0.05)
        await client.close()

    thread = threading.Thread(target=lambda: asyncio.run(listen()))
    thread.start()
    try:
        assert ready.wait(PATIENCE_SECONDS)
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("how", [SUSPEND, GRACE, KILL], ids=["suspended", "grace", "killed"])
def test_it_is_closed_everywhere_within_five_seconds(
    live_stack: LiveStack, author: Author, browser: Browser, how: str
) -> None:
    connections = connect_to_each(live_stack, wanted=2)
    watches = [Watch(surface, process) for process in connections for surface in SURFACES]
    cookie = {"name": "meadow_session", "value": author.session, "url": live_stack.base_url}
    with (
        visit(browser, live_stack.base_url) as visitor,
        listening(author),
        in_background(lambda: read_note(live_stack.base_url, author.note)),
        in_background(lambda: ask_on(connections, watches, author)),
    ):
        visitor.context.add_cookies([cookie])  # type: ignore[list-item]
        page = visitor.open("/studio")
        expect(page.locator("html[data-live=on]")).to_be_attached()
        assert processes.wait_until(
            lambda: len(author.heard.get("studio.figures", [])) > 1, seconds=PATIENCE_SECONDS
        )
        assert processes.wait_until(
            lambda: all(watch.is_open for watch in watches), seconds=PATIENCE_SECONDS
        )
        try:
            gone_at = float(run(live_stack, how.format(person=author.person, handle=new_handle())))
            # An open page shows nothing new by then; it draws another one when the machine lets it.
            page.wait_for_url("**/programs/creator-center/me")
            time.sleep(max(gone_at + WITHIN_SECONDS - time.time(), 0))
            asked = [one.asked for one in watches]
            # Everything was asked twice after that, and reads are still told of.
            assert processes.wait_until(
                lambda: (
                    all(one.asked > before + 1 for one, before in zip(watches, asked, strict=True))
                    and author.heard["note.reads"][-1] > gone_at + WITHIN_SECONDS
                ),
                seconds=PATIENCE_SECONDS,
            )
            latest = {(one.surface, one.process): one.last_open - gone_at for one in watches}
            heard = {kind: max(times) - gone_at for kind, times in author.heard.items()}
        finally:
            run(live_stack, REVIVE)

    assert {place: after for place, after in latest.items() if after > WITHIN_SECONDS} == {}
    assert [watch.odd for watch in watches if watch.odd] == []
    assert heard["studio.figures"] < WITHIN_SECONDS
    # What stays theirs goes on over the same connection: the reads that a rule weighs.
    assert heard["note.reads"] > WITHIN_SECONDS


def test_a_web_process_that_never_looks_again_would_be_found_out(
    live_stack: LiveStack, author: Author
) -> None:
    with stubborn_web(live_stack) as port:
        watches = [Watch(surface, port) for surface in SURFACES]

        def ask() -> None:
            ask_on({port: http.client.HTTPConnection("127.0.0.1", port)}, watches, author)

        assert processes.wait_until(lambda: is_up(port), seconds=60)
        ask()
        assert [watch.is_open for watch in watches] == [True] * len(SURFACES)
        gone_at = float(run(live_stack, SUSPEND.format(person=author.person, handle=new_handle())))
        time.sleep(max(gone_at + WITHIN_SECONDS - time.time(), 0))
        ask()

    assert [watch.last_open > gone_at + WITHIN_SECONDS for watch in watches] == [True] * 4


def is_up(port: int) -> bool:
    """Whether somebody answers there."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
    except OSError:
        return False
    return True
