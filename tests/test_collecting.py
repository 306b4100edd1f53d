"""A reader gathers a note, follows its topic, looks closer and hands it on; another site frames it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser

from meadow.runtime.testing import LiveStack
from tests.browser import FIXTURES, PHONE, expect, publish_note, sign_up, visit

pytestmark = pytest.mark.browser


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


def test_a_reader_gathers_follows_enlarges_and_hands_a_note_on(
    browser: Browser, live_stack: LiveStack, foreign: str
) -> None:
    with visit(browser, live_stack.base_url, viewport=PHONE) as visitor:
        visitor.context.grant_permissions(
            ["clipboard-read", "clipboard-write"], origin=live_stack.base_url
        )
        handle = sign_up(visitor)
        photo = FIXTURES / "camera-gps.jpg"
        note = publish_note(visitor, title="Ropes and gulls", body="Fog. #piers", photo=photo)
        page = visitor.open(note)

        page.get_by_role("link", name="Save to a board").click()
        sheet = page.get_by_role("dialog", name="Save to a board")
        sheet.get_by_label("A new board").fill("Harbours")
        sheet.get_by_role("button", name="Make it and save").click()
        expect(sheet.get_by_role("status")).to_contain_text("Saved to Harbours.")
        expect(sheet.get_by_role("button", name="Harbours")).to_have_attribute(
            "aria-pressed", "true"
        )
        page.keyboard.press("Escape")
        expect(page.locator("#save-button")).to_have_attribute("aria-pressed", "true")

        page.get_by_role("button", name="Enlarge photo 1 of 1").focus()
        page.keyboard.press("Enter")
        enlarged = page.get_by_role("dialog", name="Photo, enlarged")
        expect(enlarged).to_be_visible()
        page.keyboard.press("+")
        page.keyboard.press("+")
        expect(enlarged.locator("[data-zoom-said]")).to_contain_text("225 %")
        page.keyboard.press("0")
        expect(enlarged.locator("[data-zoom-said]")).to_contain_text("100 %")
        page.keyboard.press("Escape")
        expect(enlarged).to_be_hidden()

        page.get_by_role("button", name="Share", exact=True).click()
        page.get_by_role("button", name="Copy code").click()
        ForeignSite.words = page.evaluate("navigator.clipboard.readText()")

        page.get_by_role("link", name="#piers").click()
        page.get_by_role("button", name="Follow this topic").click()
        expect(page.get_by_role("button", name="Following")).to_be_visible()

        visitor.open(f"/@{handle}/boards")
        page.get_by_role("link", name="Harbours").click()
        expect(page.locator(".note-card")).to_contain_text("Ropes and gulls")

    with visit(browser, foreign) as stranger:
        page = stranger.open("")
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("heading", name="Ropes and gulls")).to_be_visible()
        assert stranger.context.cookies() == []
        stranger.faults[:] = [fault for fault in stranger.faults if "favicon" not in fault]
