"""A whole order in real browsers: paid, reviewed, delivered to readers, seen at once, ended, settled."""

from typing import Final

import pytest
from playwright.sync_api import Browser, Page

from meadow.runtime import processes
from meadow.runtime.testing import LiveStack
from tests.browser import FIXTURES, PHONE, Visitor, expect, publish_note, sign_up, visit

pytestmark = pytest.mark.browser

SECONDS: Final = 120
# To ask costs a command, half a second of the machine; an order is settled a minute after its end.
PAUSE: Final = 3.0
READERS: Final = 2
BUDGET, TOPPED_UP = "600.00", "650.00"
# A wall of more than one page by others, and the operator who answers. An order waits as briefly as it may.
WORLD = """
import dataclasses
from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.core.clock import now
from meadow.feed.services import rank_hot
from meadow.notes.testing import make_note
from meadow.programs.services.grants import grant_place
from meadow.promotion.models import PromotionRule
from meadow.promotion.testing import clear_market
clear_market()
Person.objects.filter(handle="{operator}").update(role="operator")
for place in range({authors}):
    author = make_person()
    for number in range(5):
        make_note(author.pk, title=f"Others wrote this {{place}} {{number}}", now=now(), with_files=True)
rank_hot(now=now())
rule = PromotionRule.objects.order_by("-number")[0]
rule.pk, rule.number, rule.settle_minutes = None, rule.number + 1, 1
rule.save(force_insert=True)
"""
LENT = """
from meadow.promotion.models import Pace
print("lent", Pace.objects.filter(order__public_id="{order}").exclude(loans={{}}).count())
"""
HELD_OUT = """
from meadow.accounts.models import Person
from meadow.feed.testing import holds_out
from meadow.promotion.models import Order
order = Order.objects.get(public_id="{order}")
print("drawn", holds_out(order, Person.objects.get(handle="{handle}").pseudonym))
"""
MONEY = """
from meadow.payments.queries import read_wallet
from meadow.promotion.models import Order
order = Order.objects.select_related("delivered").get(public_id="{order}")
wallet = next(one for one in read_wallet(order.buyer_id) if one.unit == "CNY")
print("money", order.charged, order.delivered.impressions, order.delivered.price // 10_000,
      wallet.available, wallet.held, order.settled_at is not None)
"""


def say(stack: LiveStack, word: str, code: str) -> list[str]:
    """Run code where the site is, and return what it printed after `word`."""
    return stack.manage("manage", "shell", "--no-imports", "-c", code).split(f"{word} ")[1].split()


def pay_into_wallet(buyer: Visitor) -> None:
    page = buyer.open(f"/wallet?amount={TOPPED_UP}")
    page.get_by_role("button", name="Go on to pay").click()
    page.locator("button[value=pay]").click()
    expect(page.locator("#standing")).to_contain_text("In your wallet", timeout=60_000)


def order_reach(buyer: Visitor, note: str) -> str:
    """Order through the form; returns the order's id."""
    page = buyer.open(note)
    page.get_by_role("link", name="Promote", exact=True).click()
    page.locator("input[name=budget][value=own]").check()
    page.locator("input[name=amount]").fill(BUDGET)
    page.get_by_role("button", name=f"Order for ¥{BUDGET}").click()
    expect(page.locator("#standing")).to_contain_text("In review")
    return page.url.rsplit("/", 1)[1].partition("?")[0]


def approve(desk: Visitor, order: str) -> None:
    page = desk.open("/operator/promotion")
    page.locator(f"a[href$='/orders/{order}']").click()
    page.get_by_label("Approve it").check()
    page.get_by_role("button", name="Answer it").click()
    page.wait_for_url(lambda url: url.endswith("/operator/promotion"))


def meet_card(reader: Visitor, note: str) -> bool:
    """Look at the promoted note where it stands, labelled, on the first page of somebody new.

    Not every page has it: some time passes until each process that shows pages may serve it.
    """
    card = reader.page.locator(f"article:has(.sponsored-label):has(a[href^='{note}'])")
    if not card.count():
        return False
    expect(card.locator(".sponsored-label")).to_have_text("Sponsored")
    card.scroll_into_view_if_needed()
    return True


def open_report(buyer: Visitor, order: str) -> Page:
    page = buyer.open(f"/promote/{order}/report")
    expect(page.locator("[data-figure=impressions]")).to_have_attribute("data-value", "0")
    expect(page.locator("html")).to_have_attribute("data-live", "on")
    return page


def test_an_order_is_paid_reviewed_delivered_seen_at_once_ended_and_its_rest_given_back(
    browser: Browser, live_stack: LiveStack
) -> None:
    url, stack = live_stack.base_url, live_stack
    with visit(browser, url) as buyer, visit(browser, url) as desk:
        handle, operator = sign_up(buyer), sign_up(desk)
        stack.manage("program", "grant", "promotion", handle, "--reason", "for a test")
        stack.manage("manage", "shell", "-c", WORLD.format(operator=operator, authors=30))
        note = publish_note(buyer, title="Boats at dusk", body="", photo=FIXTURES / "photo.webp")
        pay_into_wallet(buyer)

        order = order_reach(buyer, note)
        approve(desk, order)
        report = open_report(buyer, order)
        # Processes that show pages announce themselves, and are lent what they may serve for. Whoever
        # looked at a page meanwhile might be shown the note, and be counted.
        lent = LENT.format(order=order)
        assert processes.wait_until(
            lambda: say(stack, "lent", lent) == ["1"], seconds=SECONDS, pause=PAUSE
        )

        met = 0
        for _ in range(READERS * 6):
            with visit(browser, url, viewport=PHONE) as reader:
                who = sign_up(reader)
                if say(stack, "drawn", HELD_OUT.format(order=order, handle=who)) == ["True"]:
                    continue
                if not meet_card(reader, note):
                    continue
                met += 1
                # Nobody reloads: the open report is told.
                shown = report.locator("[data-figure=impressions]")
                expect(shown).to_have_attribute("data-value", str(met))
            if met == READERS:
                break
        assert met == READERS

        page = buyer.open(f"/promote/{order}")
        page.get_by_role("link", name="Cancel the order").click()
        page.get_by_role("button", name="Cancel the order").click()
        expect(page.locator("#standing")).to_contain_text("Cancelled")

        money = MONEY.format(order=order)
        assert processes.wait_until(
            lambda: say(stack, "money", money)[-1] == "True", seconds=300, pause=PAUSE
        )
        charged, impressions, worth, free, held, _ = say(stack, "money", money)
        assert (impressions, charged, held) == (str(READERS), worth, "0")
        assert int(charged) > 0
        assert int(free) == 65_000 - int(charged)
        # What each was shown for stands on the statement, and the books agree.
        expect(buyer.open("/wallet").locator(".figure-big")).to_have_text(f"¥{int(free) / 100:.2f}")
        stack.manage("manage", "shell", "-c", MEMBER.format(handle=operator))
    stack.manage("ledger", "check")


MEMBER = """
from meadow.accounts.models import Person
Person.objects.filter(handle="{handle}").update(role="member")
"""
