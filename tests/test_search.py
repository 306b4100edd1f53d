"""Somebody looks for notes in Chinese and English, with slips, on the phone and at a desk."""

import pytest
from playwright.sync_api import Browser, Page

from meadow.runtime.testing import LiveStack
from tests.browser import DESKTOP, FIXTURES, PHONE, expect, publish_note, sign_up, visit

pytestmark = pytest.mark.browser


def search_until_found(page: Page, base_url: str, text: str, title: str) -> None:
    """Search until the index has heard of a note just published, which takes a moment."""
    for _ in range(60):
        page.goto(f"{base_url}/search?q={text}")
        if page.get_by_role("link", name=title).count():
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"{title} was never found by {text}")


def test_a_slip_finds_the_note_in_both_languages_and_on_both_screens(
    browser: Browser, live_stack: LiveStack
) -> None:
    base = live_stack.base_url
    with visit(browser, base, viewport=DESKTOP) as visitor:
        handle = sign_up(visitor)
        photo = FIXTURES / "camera-gps.jpg"
        publish_note(visitor, title="周末去露营", body="带上帐篷，看星星 #露营日记", photo=photo)
        publish_note(
            visitor, title="Lighthouse at dusk", body="Slow shutter photography.", photo=photo
        )
        page = visitor.page
        search_until_found(page, base, "photography", "Lighthouse at dusk")

        # At a desk, by keyboard alone: "/" leads to the box.
        page.goto(base + "/")
        page.keyboard.press("/")
        page.wait_for_url("**/search")
        box = page.get_by_role("combobox", name="Search notes, people and topics")
        expect(box).to_be_focused()
        page.keyboard.type("photograhpy")
        page.keyboard.press("Enter")
        expect(page.locator("#main").get_by_role("status")).to_contain_text("photography")
        card = page.locator("article.note-card", has_text="Lighthouse at dusk")
        expect(card.locator(".note-card-excerpt mark")).to_have_text("photography")
        assert card.get_attribute("data-fact-token")

        # What was searched for waits below the box, and the arrows choose it.
        page.goto(base + "/search")
        expect(box).to_be_focused()
        page.keyboard.press("ArrowDown")
        expect(page.get_by_role("option").first).to_contain_text("photograhpy")
        page.keyboard.press("ArrowDown")
        expect(box).to_have_attribute("aria-activedescendant", "search-option-1")
        page.keyboard.press("Escape")
        expect(page.get_by_role("listbox")).to_be_hidden()
        page.get_by_role("button", name="Clear").click()
        expect(page.get_by_text("What you search for will wait here")).to_be_visible()

    with visit(browser, base, viewport=PHONE, locale="zh-CN") as visitor:
        page = visitor.open("/")
        page.get_by_role("link", name="搜索").click()
        page.get_by_role("combobox").fill("路营")
        page.get_by_role("button", name="搜索").click()
        expect(page.locator("#main").get_by_role("status")).to_contain_text("露营")
        expect(page.locator("article.note-card mark")).to_have_text("露营")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

        page.get_by_role("link", name="话题", exact=True).click()
        page.get_by_role("combobox").fill("露营日")
        expect(page.get_by_role("option", name="露营日记")).to_be_visible()
        page.get_by_role("option", name="露营日记").click()
        page.wait_for_url("**/t/**")

        visitor.open(f"/search?q=@{handle}")
        page.wait_for_url(f"**/@{handle}")

    with visit(browser, base, viewport=PHONE, java_script_enabled=False) as visitor:
        page = visitor.open("/search")
        page.locator("#search-input").fill("lighthouse")
        page.locator(".search-form button").click()
        expect(page.locator("article.note-card", has_text="Lighthouse")).to_be_visible()
