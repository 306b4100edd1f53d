"""A comment arrives on the open page of its note's author, is answered, liked and pinned by keyboard."""

import time

import pytest
from playwright.sync_api import Browser

from meadow.runtime.testing import LiveStack
from tests.browser import FIXTURES, PHONE, expect, publish_note, sign_up, visit

pytestmark = pytest.mark.browser


def test_author_and_reader_talk_without_a_reload(browser: Browser, live_stack: LiveStack) -> None:
    with (
        visit(browser, live_stack.base_url) as author,
        visit(browser, live_stack.base_url, viewport=PHONE, locale="zh-CN") as reader,
    ):
        sign_up(author)
        path = publish_note(author, title="Low tide", body="Crabs.", photo=FIXTURES / "photo.png")
        page = author.page
        page.evaluate("window.sameDocument = true")
        page.locator("html[data-live=on]").wait_for(state="attached")
        with page.expect_response("**/comments/news"):
            page.locator("#comments").scroll_into_view_if_needed()
        sign_up(reader)
        phone = reader.open(path)
        phone.locator("#comment-form textarea").fill("好美的螃蟹")
        phone.locator("#comment-form button[type=submit]").click()
        written = time.monotonic()

        comment = page.locator("#comment-list > article")
        expect(comment).to_contain_text("好美的螃蟹", timeout=5_000)
        assert time.monotonic() - written < 5

        comment.locator("summary", has_text="Reply").focus()
        page.keyboard.press("Enter")
        comment.locator("textarea").focus()
        page.keyboard.type("Thank you")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(comment.locator(".comment-reply")).to_contain_text("Thank you")
        comment.locator("button.comment-like").first.focus()
        page.keyboard.press("Enter")
        expect(comment.locator("button.comment-like").first).to_have_attribute(
            "aria-pressed", "true"
        )
        comment.locator("summary[aria-label]").first.focus()
        page.keyboard.press("Enter")
        comment.get_by_role("button", name="Pin comment").focus()
        page.keyboard.press("Enter")
        expect(comment.locator(".comment-marks").first).to_contain_text("Pinned")
        assert page.evaluate("window.sameDocument") is True

        expect(phone.locator("#comment-list")).to_contain_text("作者赞过", timeout=5_000)
        expect(phone.locator("#comment-list")).to_contain_text("展开 1 条回复")
        phone.get_by_text("展开 1 条回复").click()
        expect(phone.locator(".comment-reply")).to_contain_text("Thank you")
        phone = reader.open("/notifications")
        expect(phone.locator("[data-news]").first).to_contain_text("好美的螃蟹")
