"""News reaches the page that is open: the bell rises without a reload, and falls where it was read."""

import pytest
from playwright.sync_api import Browser, Page

from meadow.runtime.testing import LiveStack
from tests.browser import PASSWORD, PHONE, Visitor, expect, new_handle, sign_up, visit

pytestmark = pytest.mark.browser

WORDS = "The same words under forty notes in one hour."


def hears(page: Page) -> None:
    """Wait until the page is connected, so that what comes next is heard and not fetched."""
    page.locator("html[data-live=on]").wait_for(state="attached")
    page.wait_for_load_state("networkidle")


def sign_in_operator(visitor: Visitor, stack: LiveStack) -> None:
    handle = new_handle()
    stack.manage(
        "operator",
        "create",
        "--handle",
        handle,
        "--email",
        f"{handle}@example.org",
        "--password-stdin",
        given=f"{PASSWORD}\n",
    )
    page = visitor.open("/accounts/login/")
    page.locator("input[name=login]").fill(handle)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form[action*=login] button[type=submit]").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)


def test_the_bell_rises_on_the_open_page_and_falls_on_the_other_when_it_is_read(
    browser: Browser, live_stack: LiveStack
) -> None:
    with (
        visit(browser, live_stack.base_url, viewport=PHONE) as member,
        visit(browser, live_stack.base_url) as moderator,
    ):
        handle = sign_up(member)
        page = member.open("/")
        other = member.context.new_page()
        other.goto(f"{live_stack.base_url}/settings/appearance")
        for one in (page, other):
            hears(one)
            expect(one.locator("#bell")).to_have_attribute("aria-label", "Notifications")
            one.evaluate("window.sameDocument = true")
        sign_in_operator(moderator, live_stack)
        desk = moderator.open(f"/@{handle}")
        desk.get_by_role("link", name="Record", exact=True).click()
        desk.get_by_label("Spam").check()
        desk.get_by_label("What happened").fill(WORDS)

        desk.get_by_role("button", name="Record it, and tell them").click()

        for one in (page, other):
            expect(one.locator("#bell")).to_have_attribute("aria-label", "Notifications: 1 unread")
            assert one.evaluate("window.sameDocument") is True
        page.locator("#bell").click()
        news = page.locator("[data-news]")
        expect(news).to_have_count(1)
        expect(news).to_contain_text("A violation is on your record: Spam")
        expect(page.locator("[data-news-day]")).to_have_text("Today")

        news.get_by_role("link").click()

        page.wait_for_url("**/settings/record#v*")
        expect(page.locator("article")).to_contain_text(WORDS)
        expect(page.locator("#bell")).to_have_attribute("aria-label", "Notifications")
        expect(other.locator("#bell")).to_have_attribute("aria-label", "Notifications")
        assert other.evaluate("window.sameDocument") is True


def test_one_is_marked_read_in_its_place_and_more_is_announced(
    browser: Browser, live_stack: LiveStack
) -> None:
    with (
        visit(browser, live_stack.base_url) as member,
        visit(browser, live_stack.base_url) as moderator,
    ):
        handle = sign_up(member)
        sign_in_operator(moderator, live_stack)

        def record(words: str) -> None:
            desk = moderator.open(f"/operator/people/{handle}/violations")
            desk.get_by_label("Abuse").check()
            desk.get_by_label("What happened").fill(words)
            desk.get_by_role("button", name="Record it, and tell them").click()
            desk.get_by_text("The violation is recorded").wait_for()

        record("An insult under a note about clay.")
        page = member.open("/notifications")
        hears(page)
        page.evaluate("window.sameDocument = true")
        expect(page.locator(".news-unread")).to_have_count(1)

        page.get_by_role("button", name="Mark as read").click()

        expect(page.locator(".news-unread")).to_have_count(0)
        expect(page.locator("[data-news]")).to_have_count(1)
        expect(page.locator("#bell")).to_have_attribute("aria-label", "Notifications")
        came = page.get_by_role("link", name="Something new has come: show it")
        expect(came).to_be_hidden()
        record("Another insult, an hour later.")
        expect(came).to_be_visible()
        assert page.evaluate("window.sameDocument") is True
        came.click()
        expect(page.locator("[data-news]")).to_have_count(2)
        expect(page.locator(".news-unread")).to_have_count(1)
