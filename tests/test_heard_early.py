"""A page that hears what happens before all of it has come: nothing is missed."""

import pytest
from playwright.sync_api import Browser, Route

from meadow.runtime.testing import LiveStack
from tests.browser import FIXTURES, expect, publish_note, sign_up, visit

pytestmark = pytest.mark.browser

LATE_MS = 3_000


def test_comments_come_to_a_page_whose_script_for_them_was_late(
    browser: Browser, live_stack: LiveStack
) -> None:
    with (
        visit(browser, live_stack.base_url) as author,
        visit(browser, live_stack.base_url) as reader,
    ):
        sign_up(author)
        path = publish_note(author, title="Low tide", body="", photo=FIXTURES / "camera-gps.jpg")
        sign_up(reader)

        def arrive_late(route: Route) -> None:
            reader.page.wait_for_timeout(LATE_MS)
            route.continue_()

        reader.page.route("**/js/comments*.js", arrive_late)
        with reader.page.expect_response("**/comments/news"):
            reader.open(path)

        author.page.locator("#comment-form textarea").fill("Found at noon")
        author.page.locator("#comment-form button[type=submit]").click()

        expect(reader.page.locator("#comment-list")).to_contain_text("Found at noon")
