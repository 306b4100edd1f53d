"""The journey of a buyer: order for tomorrow, see it held, pause, top up, cancel, and have it all back."""

import datetime as dt
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page

from meadow.core import clock
from meadow.runtime.testing import LiveStack
from tests.axe import findings
from tests.browser import DESKTOP, FIXTURES, PHONE, expect, publish_note, sign_up, visit

pytestmark = pytest.mark.browser
# Somebody who may order, and has something to pay with.
ENDOW = """
from meadow.accounts.models import Person
from meadow.core.clock import now
from meadow.ledger.testing import wallet
wallet(str(Person.objects.get(handle="{handle}").pk), 10_000, now=now())
"""


@dataclass(frozen=True)
class Reader:
    """How somebody reads, and the words that they see."""

    locale: str
    dark: bool
    viewport: dict[str, int]
    words: dict[str, str]


ENGLISH = Reader(
    "en-US",
    False,
    DESKTOP,
    {
        "promote": "Promote",
        "follows": "Follows",
        "later": "Start later",
        "order": "Order for ¥30.00",
        "held": "Held for promoting a note",
        "pause": "Pause",
        "resume": "Resume",
        "more": "Add to the budget",
        "amount": "How much more",
        "add": "Hold it and add it",
        "cancel": "Cancel the order",
        "scheduled": "Scheduled",
        "paused": "Paused",
        "cancelled": "Cancelled",
        "back": "Back in your wallet, not spent",
    },
)
CHINESE = Reader(
    "zh-CN",
    True,
    PHONE,
    {
        "promote": "推广",
        "follows": "涨粉",
        "later": "稍后开始",
        "order": "下单，冻结 ¥30.00",
        "held": "推广笔记冻结",
        "pause": "暂停",
        "resume": "恢复",
        "more": "追加预算",
        "amount": "追加金额",
        "add": "冻结并追加",
        "cancel": "取消订单",
        "scheduled": "已排期",
        "paused": "已暂停",
        "cancelled": "已取消",
        "back": "未花费，已退回钱包",
    },
)


@pytest.mark.parametrize("reader", [ENGLISH, CHINESE], ids=["english", "chinese"])
def test_reach_is_ordered_held_paused_topped_up_cancelled_and_given_back(
    browser: Browser, live_stack: LiveStack, reader: Reader
) -> None:
    words, faults = reader.words, list[str]()
    with visit(
        browser,
        live_stack.base_url,
        viewport=reader.viewport,
        locale=reader.locale,
        color_scheme="dark" if reader.dark else "light",
    ) as buyer:
        handle = sign_up(buyer)
        live_stack.manage("program", "grant", "promotion", handle, "--reason", "for a test")
        live_stack.manage("manage", "shell", "-c", ENDOW.format(handle=handle))
        note = publish_note(buyer, title="Quiet harbour", body="", photo=FIXTURES / "photo.webp")

        page = buyer.open(note)
        page.get_by_role("link", name=words["promote"], exact=True).click()
        expect(page.locator("#outlook")).to_contain_text("¥10.00")
        faults += findings(page, "the form")
        page.get_by_role("radio", name=words["follows"]).check()
        page.get_by_role("radio", name="¥30.00").check()
        # Before its start nobody can have been shown it, so what was held comes back at once.
        page.locator("summary").filter(has_text=words["later"]).click()
        page.locator("#starts-at").fill(tomorrow())
        # The forecast follows the form by itself.
        page.get_by_role("button", name=words["order"]).click()
        expect(page.locator("#standing")).to_contain_text(words["scheduled"])
        faults += findings(page, "the order")
        order = page.url.removeprefix(live_stack.base_url)

        buyer.open("/wallet")
        expect(page.locator(".figure-big")).to_have_text("¥70.00")
        page.get_by_role("link", name=words["held"]).click()
        page.wait_for_url(lambda url: url.endswith(order))

        page.get_by_role("button", name=words["pause"], exact=True).click()
        expect(page.locator("#standing")).to_contain_text(words["paused"])
        page.get_by_role("button", name=words["resume"], exact=True).click()
        expect(page.locator("#standing")).to_contain_text(words["scheduled"])
        page.locator("summary").filter(has_text=words["more"]).click()
        page.get_by_label(words["amount"]).fill("5")
        page.get_by_role("button", name=words["add"]).click()
        expect(page.locator("#standing")).to_contain_text("¥35.00")
        cancel(page, words, faults)

        expect(page.locator("#standing")).to_contain_text(words["cancelled"])
        line = page.locator(".outlook > div").filter(has_text=words["back"])
        expect(line).to_contain_text("¥35.00")
        faults += findings(page, "the order that is over")
        buyer.open("/wallet")
        expect(page.locator(".figure-big")).to_have_text("¥100.00")
        buyer.open("/promote")
        expect(page.get_by_role("listitem").filter(has_text="Quiet harbour")).to_have_count(1)
        faults += findings(page, "the list")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert faults == []
    live_stack.manage("ledger", "check")


def tomorrow() -> str:
    """Return a moment a day ahead as a field for it takes it."""
    return (clock.now() + dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")


def cancel(page: Page, words: dict[str, str], faults: list[str]) -> None:
    """Say what goes back, then cancel."""
    page.get_by_role("link", name=words["cancel"]).click()
    expect(page.locator(".outlook-sum")).to_contain_text("¥35.00")
    faults += findings(page, "the question before")
    page.get_by_role("button", name=words["cancel"]).click()
