"""A note's link is handed on by mouse, by keys and without scripts; another site frames it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response

from meadow.runtime.testing import LiveStack
from tests.browser import FIXTURES, PHONE, expect, publish_note, sign_up, visit

pytestmark = pytest.mark.browser
WORDS = "\n".join(f"Line {n} of a long walk along the harbour." for n in range(60))


class ForeignSite(BaseHTTPRequestHandler):
    """One page, whose words the test sets."""

    words = ""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.words.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def foreign() -> Iterator[str]:
    """The address of another site."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), ForeignSite)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def note(browser: Browser, live_stack: LiveStack) -> str:
    """The path of a long note."""
    with visit(browser, live_stack.base_url) as visitor:
        sign_up(visitor)
        photo = FIXTURES / "camera-gps.jpg"
        return publish_note(visitor, title="A long walk", body=WORDS, photo=photo)


def test_a_reader_shares_by_keyboard_and_reads_to_the_end(
    browser: Browser, live_stack: LiveStack, note: str
) -> None:
    told: dict[str, str] = {}

    def hear(answer: Response) -> None:
        if answer.url.endswith("/e") and answer.status == 204:
            events: list[Any] = json.loads(answer.request.post_data or "{}")["events"]
            told.update({event["id"]: event["k"] for event in events})

    with visit(browser, live_stack.base_url) as visitor:
        visitor.context.grant_permissions(
            ["clipboard-read", "clipboard-write"], origin=live_stack.base_url
        )
        visitor.page.on("response", hear)
        page = visitor.open(note)
        button = page.get_by_role("button", name="Share", exact=True)
        copying = page.get_by_role("button", name="Copy link")
        expect(button).to_be_visible()
        expect(page.get_by_role("link", name="Link to this note")).to_be_hidden()

        await_told(page, told, ["open", "read"])
        # Nothing more comes of having it open.
        page.wait_for_timeout(1500)
        assert set(told.values()) == {"open", "read"}
        # Below the words: whoever gets there has the note's end in view.
        button.focus()
        page.keyboard.press("Enter")
        copying.focus()
        page.keyboard.press("Enter")

        expect(page.locator("#toasts")).to_contain_text("The link is copied.")
        assert page.evaluate("navigator.clipboard.readText()") == live_stack.base_url + note
        await_told(page, told, ["complete", "open", "read", "share"])
        expect(button).to_be_focused()
        # The sheet has closed, and what opened it has the focus again.
        page.keyboard.press("Enter")
        copying.focus()
        page.keyboard.press("Enter")
        await_told(page, told, ["complete", "open", "read", "share", "share"])
        page.wait_for_timeout(1500)

    assert sorted(told.values()) == ["complete", "open", "read", "share", "share"]


def await_told(page: Page, told: dict[str, str], kinds: list[str]) -> None:
    """Wait until facts of these kinds were told, or more."""
    for _ in range(300):
        if len(told) >= len(kinds):
            break
        page.wait_for_timeout(100)
    assert sorted(told.values()) == kinds


def test_another_site_shows_the_note_in_a_frame_where_reading_counts_without_a_cookie(
    browser: Browser, live_stack: LiveStack, note: str, foreign: str
) -> None:
    with visit(browser, live_stack.base_url) as visitor:
        code = visitor.open(note).locator("#share-sheet textarea").input_value()
    ForeignSite.words = code + "<link rel='icon' href='data:,'>"

    with visit(browser, foreign) as stranger:
        answers: list[Response] = []
        stranger.page.on("response", lambda one: answers.append(one))
        frame = stranger.open("").frame_locator("iframe")

        def told() -> list[Response]:
            return [one for one in answers if one.url.endswith("/e")]

        for _ in range(300):
            if len(told()) >= 2:
                break
            stranger.page.wait_for_timeout(100)
        assert [one.status for one in told()] == [204, 204]
        kinds = [json.loads(one.request.post_data or "{}")["events"][0]["k"] for one in told()]
        assert kinds == ["open", "read"]
        assert all("cookie" not in one.request.all_headers() for one in told())
        expect(frame.get_by_role("heading", name="A long walk")).to_be_visible()
        assert stranger.context.cookies() == []


def test_without_scripts_the_plain_link_stands_there(
    browser: Browser, live_stack: LiveStack, note: str
) -> None:
    with visit(browser, live_stack.base_url, viewport=PHONE, java_script_enabled=False) as visitor:
        page = visitor.open(note)

        link = page.get_by_role("link", name="Link to this note")
        expect(link).to_be_visible()
        assert link.get_attribute("href") == live_stack.base_url + note
        expect(page.locator("[data-open=share-sheet]")).to_be_hidden()


def test_forgetting_asks_first_and_says_what_it_did(
    browser: Browser, live_stack: LiveStack
) -> None:
    with visit(browser, live_stack.base_url) as visitor:
        sign_up(visitor)
        page = visitor.open("/settings/privacy")

        page.get_by_role("link", name="Forget what I have read").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("This cannot be undone.")
        dialog.get_by_role("button", name="Forget it").click()

        expect(page.locator("#toasts")).to_contain_text("it belongs to nobody now")
        assert page.url.endswith("/settings/privacy")
