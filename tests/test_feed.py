"""Two readers ask a card why it is there and take it out of their feed: by keyboard, and without scripts."""

import re

import pytest
from playwright.sync_api import Browser, Locator

from meadow.runtime.testing import LiveStack
from tests.browser import FIXTURES, PHONE, Visitor, expect, publish_note, sign_up, visit

pytestmark = pytest.mark.browser


def find_card(visitor: Visitor, path: str) -> Locator:
    """Return a note's card on the wall that stands open; what was shown once does not come again.

    Nor has it to come: a web process hears of a note within a second or so, and is asked again.
    """
    page = visitor.page
    card = page.locator(f"article:has(a[href='{path}'])")
    for _ in range(480):
        if card.count():
            break
        if page.locator("[data-more]").count():
            page.evaluate("scrollTo(0, document.body.scrollHeight)")
        else:
            visitor.open("/")
        page.wait_for_timeout(250)
    return card


def test_a_reader_decides_what_hot_shows(browser: Browser, live_stack: LiveStack) -> None:
    with visit(browser, live_stack.base_url) as author:
        writer = sign_up(author)
        photo = FIXTURES / "camera-gps.jpg"
        path = publish_note(author, title="Tea at noon", body="Quiet. #tea", photo=photo)

    with visit(browser, live_stack.base_url) as visitor:
        sign_up(visitor)
        page = visitor.page
        card = find_card(visitor, path)
        card.locator(".note-card-why").press("Enter")
        dialog = page.get_by_role("dialog")
        # Which of the two holds depends on whether Hot was ranked anew since the note came out.
        expect(dialog).to_contain_text(
            re.compile("This place in Hot is for notes that few|It was number [0-9]+ of what")
        )
        report = dialog.get_by_role("link", name="Report")
        expect(report).to_have_attribute("href", path.replace("/n/", "/report/note/"))
        dialog.get_by_role("button", name="Not interested in this note").press("Enter")
        expect(dialog).to_contain_text("You will not be shown this note again.")
        expect(card).to_be_hidden()
        dialog.get_by_role("button", name=f"Hide notes by {writer}").press("Enter")
        expect(dialog).to_contain_text(f"Notes by {writer} stay out of Hot from now on.")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()

        page = visitor.open("/settings/feed")
        expect(page.get_by_role("button", name=f"Show notes by {writer} again")).to_be_visible()
        page.get_by_role("button", name="Show “Tea at noon” again").press("Enter")
        expect(page.get_by_role("button", name="Show “Tea at noon” again")).to_have_count(0)
        page.get_by_role("button", name="Put Hot together for me").press("Enter")
        expect(page.locator("body")).to_contain_text("Hot is being put together for you")
        page = visitor.open("/nearby")
        expect(page.get_by_text("Nothing is near yet")).to_be_visible()

    phone = {"viewport": PHONE, "java_script_enabled": False, "locale": "zh-CN"}
    with visit(browser, live_stack.base_url, **phone) as visitor:
        sign_up(visitor)
        page = visitor.page
        page.locator(".note-card-why").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("为什么我会看到它？")
        page.get_by_role("button", name="对这篇笔记不感兴趣").click()
        expect(page.get_by_role("button", name="重新显示这篇笔记")).to_be_visible()
        page = visitor.open("/nearby")
        expect(page.locator("main")).to_contain_text("要知道什么相近，先得知道你读什么。")
