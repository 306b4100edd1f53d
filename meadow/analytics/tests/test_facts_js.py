"""static/js/facts.js in real Chromium, against a server that takes, refuses or loses batches."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, sync_playwright

from meadow.analytics.beacon import parse_beacon
from tests.browser import CHROMIUM, CHROMIUM_FLAGS

SCRIPTS = Path(settings.ENVIRONMENT.source) / "meadow/web/static/js"
CARD, BELOW, NOTE, LATER = (letter * 80 for letter in "ABCD")
WALL = f"""<!doctype html><title>wall</title><link rel="icon" href="data:,">
<script type="module" src="/facts.js"></script>
<article data-fact-token="{CARD}"><a href="#note">a note</a></article>
<p style="height: 4000px"></p><article id="below" data-fact-token="{BELOW}">far down</article>"""
NOTE_PAGE = f"""<!doctype html><title>note</title><link rel="icon" href="data:,">
<script type="module" src="/facts.js"></script><article data-note-token="{NOTE}">words</article>"""
SHORT_PAGE = f"""<!doctype html><title>short</title><link rel="icon" href="data:,">
<script type="module" src="/facts.js"></script>
<article data-note-token="{NOTE}"><p data-note-end>three words only</p></article>"""
# The last of two photos stands beyond the edge of its track, the end of the words below the fold.
LONG_PAGE = f"""<!doctype html><title>long</title><link rel="icon" href="data:,">
<script type="module" src="/facts.js"></script>
<article data-note-token="{NOTE}">
<div id="track" style="display: flex; width: 400px; overflow-x: auto">
<figure style="flex: 0 0 400px; height: 200px; margin: 0">one</figure>
<figure style="flex: 0 0 400px; height: 200px; margin: 0" data-note-end>two</figure></div>
<p style="height: 4000px">words</p><p id="end" data-note-end>the end</p></article>"""
SHARE_PAGE = f"""<!doctype html><title>share</title><link rel="icon" href="data:,">
<script type="module" src="/facts.js"></script><script type="module" src="/share.js"></script>
<div id="toasts"></div>
<template id="toast-template"><div data-toast=""><p data-toast-text></p></div></template>
<article data-note-token="{NOTE}">
<a href="http://here.example/n/1" data-share-plain>Link</a>
<div data-share data-url="http://here.example/n/1" data-title="A note" data-by-hand="By hand:">
<input id="link" value="http://here.example/n/1" tabindex="-1" readonly />
<button data-share-copy="link" data-copied="Copied.">Copy</button>
<button data-share-device hidden>Apps</button></div></article>"""
PAGES = {
    "/": WALL,
    "/note": NOTE_PAGE,
    "/short": SHORT_PAGE,
    "/long": LONG_PAGE,
    "/share": SHARE_PAGE,
}
SHARED = "navigator.share = async (what) => { window.shared = what; };"
CLOSED = "navigator.share = async () => { throw new DOMException('closed', 'AbortError'); };"

pytestmark = pytest.mark.browser


class Collector:
    """Takes batches with the status of the moment, and remembers them."""

    def __init__(self) -> None:
        self.status = 204
        self.taken: list[dict[str, Any]] = []
        self.tries = 0
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                script = self.path.endswith(".js")
                body = PAGES.get(self.path, "").encode()
                if script:
                    body = (SCRIPTS / self.path.lstrip("/")).read_bytes()
                self.send_response(200)
                self.send_header("Content-Type", "text/javascript" if script else "text/html")
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.take(body)
                self.send_response(collector.status)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Keep the test's output clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def take(self, body: bytes) -> None:
        self.tries += 1
        parse_beacon(body)
        if self.status == 204:
            self.taken += json.loads(body)["events"]

    def kinds(self, token: str) -> list[str]:
        """Return the kinds taken for a token, each id once, as the warehouse counts."""
        unique = {event["id"]: event["k"] for event in self.taken if event["t"] == token}
        return sorted(unique.values())

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A server of its own, with an origin of its own and so an empty storage."""
    collector = Collector()
    yield collector
    collector.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a fresh profile."""
    context = browser.new_context(viewport={"width": 800, "height": 600})
    yield context.new_page()
    context.close()


def eventually(page: Page, claim: Callable[[], bool], *, seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not claim() and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    return claim()


def waiting(page: Page) -> int:
    return int(
        page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('meadow.')).length")
    )


def test_a_card_is_an_impression_once_it_was_in_view_for_a_second(
    collector: Collector, page: Page
) -> None:
    page.goto(collector.url)

    assert eventually(page, lambda: collector.kinds(CARD) == ["impression"])
    page.wait_for_timeout(1500)
    assert collector.kinds(BELOW) == []
    page.locator("#below").scroll_into_view_if_needed()
    assert eventually(page, lambda: collector.kinds(BELOW) == ["impression"])
    assert collector.kinds(CARD) == ["impression"]
    assert eventually(page, lambda: waiting(page) == 0)


def test_cards_that_arrive_later_are_watched_too(collector: Collector, page: Page) -> None:
    page.goto(collector.url)

    page.evaluate(
        "token => { const card = document.createElement('article');"
        " card.dataset.factToken = token; card.textContent = 'new';"
        " document.body.prepend(card); }",
        LATER,
    )

    assert eventually(page, lambda: collector.kinds(LATER) == ["impression"])


def test_following_a_card_is_a_click(collector: Collector, page: Page) -> None:
    page.goto(collector.url)

    page.get_by_role("link", name="a note").click()

    assert eventually(page, lambda: "click" in collector.kinds(CARD))


def test_a_note_is_opened_read_after_a_second_and_dwelt_on(
    collector: Collector, page: Page
) -> None:
    page.goto(f"{collector.url}/note")

    assert eventually(page, lambda: collector.kinds(NOTE) == ["open", "read"])
    read = next(event for event in collector.taken if event["k"] == "read")
    assert 1000 <= read["ms"] <= page.evaluate("performance.now()")
    page.wait_for_timeout(600)
    page.goto("about:blank")
    assert eventually(page, lambda: collector.kinds(NOTE) == ["dwell", "open", "read"])


def test_reading_the_same_page_again_repeats_the_same_ids(collector: Collector, page: Page) -> None:
    page.goto(f"{collector.url}/note")
    assert eventually(page, lambda: "read" in collector.kinds(NOTE))

    page.reload()
    page.wait_for_timeout(2500)

    assert [kind for kind in collector.kinds(NOTE) if kind != "dwell"] == ["open", "read"]


@pytest.mark.parametrize("status", [503, 500, 429])
def test_events_wait_while_the_server_is_away_and_for_the_next_page(
    collector: Collector, page: Page, status: int
) -> None:
    collector.status = status
    page.goto(f"{collector.url}/note")
    assert eventually(page, lambda: collector.tries >= 1 and waiting(page) >= 2)
    page.goto("about:blank")

    collector.status = 204
    page.goto(collector.url)

    assert eventually(page, lambda: {"open", "read"} <= set(collector.kinds(NOTE)))
    assert eventually(page, lambda: waiting(page) == 0)


def test_what_is_refused_for_good_is_let_go(collector: Collector, page: Page) -> None:
    collector.status = 400
    page.goto(f"{collector.url}/note")

    assert eventually(page, lambda: collector.tries >= 1)
    assert eventually(page, lambda: waiting(page) == 0)


def test_the_queue_is_bounded_and_broken_entries_go(collector: Collector, page: Page) -> None:
    page.goto(f"{collector.url}/other")
    page.evaluate(
        """() => {
          for (let n = 0; n < 700; n++) {
            const id = 'e' + String(n).padStart(12, '0');
            localStorage.setItem('meadow.fact.' + id,
              JSON.stringify({ id, k: 'click', t: 'x', ms: 0, at: Date.now() - 1000 + n }));
          }
          localStorage.setItem('meadow.fact.broken', '{');
        }"""
    )

    page.goto(collector.url)

    assert eventually(page, lambda: waiting(page) == 0)
    sent = {event["id"] for event in collector.taken if event["k"] == "click"}
    assert len(sent) == 500
    assert f"e{699:012d}" in sent
    assert f"e{199:012d}" not in sent


def test_a_note_is_complete_once_its_end_was_seen_and_its_second_has_passed(
    collector: Collector, page: Page
) -> None:
    page.goto(f"{collector.url}/short")

    assert eventually(page, lambda: collector.kinds(NOTE) == ["complete", "open", "read"])
    complete = next(event for event in collector.taken if event["k"] == "complete")
    assert complete["ms"] >= 1000
    page.reload()
    page.wait_for_timeout(2500)
    kinds = [kind for kind in collector.kinds(NOTE) if kind != "dwell"]
    assert kinds == ["complete", "open", "read"]


def test_a_long_note_is_complete_only_after_its_last_photo_and_its_last_words(
    collector: Collector, page: Page
) -> None:
    page.goto(f"{collector.url}/long")
    assert eventually(page, lambda: collector.kinds(NOTE) == ["open", "read"])

    page.locator("#end").scroll_into_view_if_needed()
    page.wait_for_timeout(1200)
    assert collector.kinds(NOTE) == ["open", "read"]
    page.evaluate("scrollTo(0, 0); document.getElementById('track').scrollLeft = 400")

    assert eventually(page, lambda: collector.kinds(NOTE) == ["complete", "open", "read"])


def test_a_note_without_marked_ends_is_never_complete(collector: Collector, page: Page) -> None:
    page.goto(f"{collector.url}/note")

    assert eventually(page, lambda: "read" in collector.kinds(NOTE))
    page.wait_for_timeout(1200)
    assert "complete" not in collector.kinds(NOTE)


def test_without_a_share_sheet_the_link_is_copied_and_that_is_said(
    collector: Collector, page: Page
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=collector.url)
    page.goto(f"{collector.url}/share")
    assert page.get_by_role("link").is_hidden()

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert eventually(page, lambda: "share" in collector.kinds(NOTE))
    assert page.evaluate("navigator.clipboard.readText()") == "http://here.example/n/1"
    assert page.locator("[data-toast-text]").inner_text() == "Copied."
    page.keyboard.press("Enter")
    assert eventually(page, lambda: collector.kinds(NOTE).count("share") == 2)


@pytest.mark.parametrize(("sheet", "shares"), [(SHARED, 1), (CLOSED, 0)])
def test_the_device_s_own_sheet_decides_whether_a_note_was_shared(
    collector: Collector, page: Page, sheet: str, shares: int
) -> None:
    page.add_init_script(sheet)
    page.goto(f"{collector.url}/share")

    page.get_by_role("button", name="Apps").click()

    if shares:
        assert eventually(page, lambda: "share" in collector.kinds(NOTE))
        assert page.evaluate("shared.url") == "http://here.example/n/1"
    page.wait_for_timeout(1500)
    assert collector.kinds(NOTE).count("share") == shares
    assert page.locator("[data-toast]").count() == 0


def test_a_browser_that_does_not_let_us_copy_shows_the_link(
    collector: Collector, page: Page
) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined });")
    page.goto(f"{collector.url}/share")

    page.get_by_role("button", name="Copy").click()

    said = page.locator("[data-toast-text]")
    said.wait_for()
    assert said.inner_text() == "By hand: http://here.example/n/1"
    page.wait_for_timeout(1200)
    assert "share" not in collector.kinds(NOTE)
