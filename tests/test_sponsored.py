"""A reader meets a sponsored card: labelled in every look and behind it, counted when seen, explained."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Response

from meadow.runtime.testing import LiveStack
from tests.axe import findings
from tests.browser import DESKTOP, PHONE, expect, sign_up, visit

pytestmark = pytest.mark.browser
# Enough for a few pages of each reader, and orders enough that nobody is held out of all of them.
ON_SALE = """
from meadow.accounts.testing import make_person
from meadow.core.clock import now
from meadow.feed.services import rank_hot
from meadow.notes.testing import make_note
from meadow.promotion.delivery.testing import make_live_order
from meadow.promotion.testing import clear_market
clear_market()
author = make_person()
for number in range(200):
    make_note(author.pk, title=f"Quiet {number}", photos=0, now=now())
rank_hot(now=now())
for number in range(10):
    buyer = make_person()
    note = make_note(buyer.pk, title=f"Bought {number}", photos=0, now=now())
    make_live_order(buyer=buyer, note_id=note.pk, budget=1_000_000, now=now(), lent_to=())
"""
LENT = """
from meadow.analytics.testing import wait_for
from meadow.promotion.models import Pace
assert wait_for(Pace.objects.exclude(loans={}).exists, seconds=120)
"""
TRIES = 12
LOOKS = [
    (PHONE, "light", "en-US", "Sponsored", "paid for this place"),
    (PHONE, "dark", "zh-CN", "广告", "付了费"),
    (DESKTOP, "dark", "en-US", "Sponsored", "paid for this place"),
    (DESKTOP, "light", "zh-CN", "广告", "付了费"),
]


def find_sponsored(page: Page) -> Locator | None:
    """Return the first sponsored card of the wall, if it has one."""
    cards = page.locator(".note-card:has(> .sponsored-label)")
    if not cards.count():
        return None
    # Further pages, which come as the reader scrolls, have sponsored cards of their own.
    token = cards.first.get_attribute("data-fact-token")
    return page.locator(f".note-card[data-fact-token='{token}']")


def test_a_sponsored_card_says_so_in_every_look_and_is_counted(
    browser: Browser, live_stack: LiveStack
) -> None:
    live_stack.manage("manage", "shell", "-c", ON_SALE)
    # A web process asks for something to serve once somebody looks at a wall. Every look uses notes
    # of the wall up: those who shall meet a sponsored card come when there is something.
    with visit(browser, live_stack.base_url) as first:
        sign_up(first)
        first.open("/")
    live_stack.manage("manage", "shell", "-c", LENT)
    for viewport, scheme, locale, label, paid in LOOKS:
        look: dict[str, Any] = {"viewport": viewport, "color_scheme": scheme, "locale": locale}
        # A process that shows pages serves once it was lent something: a moment after its first page.
        assert any(meets_one(browser, live_stack, look, label, paid) for _ in range(TRIES))


def meets_one(
    browser: Browser, live_stack: LiveStack, look: dict[str, Any], label: str, paid: str
) -> bool:
    """Look at the sponsored card that somebody new is shown; False where their first page has none."""
    with visit(browser, live_stack.base_url, **look) as visitor:
        answers: list[Response] = []
        visitor.page.on("response", lambda answer: answers.append(answer))
        sign_up(visitor)
        page = visitor.page
        card = find_sponsored(page)
        if card is None:
            page.wait_for_timeout(1_500)
            return False
        token = card.get_attribute("data-fact-token") or ""
        card.scroll_into_view_if_needed()
        for _ in range(300):
            told = [
                one.status
                for one in answers
                if one.url.endswith("/e") and token in (one.request.post_data or "")
            ]
            if told:
                break
            page.wait_for_timeout(100)
        assert told[:1] == [204]

        expect(card.locator("> .sponsored-label")).to_have_text(label)
        expect(card.locator("> .sponsored-label")).to_be_in_viewport()
        assert findings(page, page.url) == []
        card.locator(".note-card-why").press("Enter")
        expect(page.get_by_role("dialog")).to_contain_text(paid)
        page.keyboard.press("Escape")
        # Its end gives the focus back, and empties it then.
        expect(page.locator("#why-body")).to_be_empty()
        card.locator(".note-card-link").press("Enter")
        expect(page.locator(".note-page .sponsored-label")).to_have_text(label)
        expect(page.locator(".note-page")).to_have_attribute("data-note-token", token)
        assert findings(page, page.url) == []
        return True
