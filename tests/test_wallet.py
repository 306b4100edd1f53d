"""The journey of somebody who tops up: a form, the pay page of play money, and a wallet that says so."""

import pytest
from playwright.sync_api import Browser

from meadow.runtime.testing import LiveStack
from tests.browser import PHONE, expect, sign_up, visit

pytestmark = pytest.mark.browser


def test_a_wallet_is_topped_up_and_the_page_says_when_it_is_there(
    browser: Browser, live_stack: LiveStack
) -> None:
    with visit(browser, live_stack.base_url, viewport=PHONE) as visitor:
        sign_up(visitor)
        page = visitor.open("/wallet?amount=12.50")

        page.get_by_role("button", name="Go on to pay").click()
        page.get_by_role("button", name="Pay, but let it take").click()
        # Nobody reloads: the page asks until the payment has come in.
        expect(page.locator("#standing")).to_contain_text("In your wallet", timeout=60_000)
        page.get_by_role("link", name="Back to your wallet").click()

        expect(page.locator(".figure-big")).to_have_text("¥12.50")
        expect(page.get_by_text("then ¥12.50")).to_be_visible()
