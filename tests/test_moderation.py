"""A report: a reader sends it, a moderator hides and says why, the author appeals, another restores."""

import pytest
from playwright.sync_api import Browser

from meadow.runtime.testing import LiveStack
from tests.browser import FIXTURES, PHONE, Visitor, expect, publish_note, sign_up, visit

pytestmark = pytest.mark.browser

PROMOTE = """
from meadow.accounts.models import Person
Person.objects.filter(handle__in={handles!r}).update(role="moderator")
"""
TITLE = "Honey by the jar"
FOUND = "The same offer stands under forty notes since Monday."
APPEAL = "This is my own stall, and I wrote it once."
ANSWER = "We looked again: it is one stall, and one note."


def status_of(visitor: Visitor, path: str) -> int:
    answer = visitor.page.request.get(visitor.base_url + path)
    return answer.status


def test_a_report_is_decided_appealed_and_taken_back(
    browser: Browser, live_stack: LiveStack
) -> None:
    with (
        visit(browser, live_stack.base_url) as author,
        visit(browser, live_stack.base_url, viewport=PHONE) as reader,
        visit(browser, live_stack.base_url) as first,
        visit(browser, live_stack.base_url, locale="zh-CN") as second,
    ):
        handle = sign_up(author)
        note = publish_note(author, title=TITLE, body="", photo=FIXTURES / "camera-gps.jpg")
        sign_up(reader)
        keepers = [sign_up(first), sign_up(second)]
        live_stack.manage("manage", "shell", "-c", PROMOTE.format(handles=keepers))

        page = reader.open(note)
        page.get_by_label("More about this note").click()
        page.get_by_role("link", name="Report").click()
        page.get_by_label("Spam, or the same over and over").check()
        page.get_by_role("button", name="Send the report").click()
        expect(page.locator("main")).to_contain_text("Somebody will look at it.")

        # The queue, by keyboard alone.
        page = first.open("/operator/reports")
        # Others of this run may stand before it.
        for _report in range(page.locator("[data-queue-row]").count()):
            page.keyboard.press("j")
            if page.evaluate("document.activeElement.textContent") == TITLE:
                break
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/operator/reports/q" in url)
        page.keyboard.press("c")
        expect(page.locator("main")).to_contain_text("It is with you until")
        page.keyboard.press("3")
        page.get_by_label("Which rule it breaks").select_option("spam")
        page.keyboard.press("Escape")
        page.get_by_label("What you found").fill(FOUND)
        page.get_by_role("button", name="Decide").click()
        page.wait_for_url(lambda url: url.endswith("/operator/reports"))

        assert status_of(reader, note) == 404
        expect(reader.open("/settings/reports").locator("main")).to_contain_text(
            "nobody but its author sees it any more"
        )
        page = author.open(note)
        page.get_by_role("link", name="Read why, and appeal").click()
        expect(page.locator("main")).to_contain_text(FOUND)
        page.locator("textarea[name=words]").fill(APPEAL)
        page.get_by_role("button", name="Appeal").click()
        expect(page.locator(".toasts")).to_contain_text("Your appeal is open.")

        page = second.open("/operator/appeals")
        page.locator("main li", has_text=f"@{handle} ").get_by_role("link").click()
        expect(page.locator("main")).to_contain_text(APPEAL)
        page.locator("textarea[name=words]").fill(ANSWER)
        page.locator("input[name=verdict]").first.check()
        page.locator("main form button[type=submit]").last.click()
        page.wait_for_url(lambda url: url.endswith("/operator/appeals"))

        assert status_of(reader, note) == 200
        expect(author.open("/notifications").locator("main")).to_contain_text(
            "Your appeal was granted"
        )
