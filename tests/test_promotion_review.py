"""Reviews of orders in three browsers: approved; rejected with a receipt, appealed, shown after all."""

import pytest
from playwright.sync_api import Browser

from meadow.runtime.testing import LiveStack
from tests.browser import FIXTURES, PHONE, Visitor, expect, publish_note, sign_up, visit

pytestmark = pytest.mark.browser

PROMOTE = """
from meadow.accounts.models import Person
Person.objects.filter(handle__in={handles!r}).update(role="{role}")
"""
# What a buyer ordered; nothing is held for it, so that nothing but reviewing is looked at.
ORDER = """
from meadow.accounts.models import Person
from meadow.core.clock import now
from meadow.core.transactions import transaction
from meadow.notes.queries import find_note_id
from meadow.promotion.services.reviewing import review_new
from meadow.promotion.services.steps import add_step
from meadow.promotion.testing import make_order
buyer = Person.objects.get(handle="{handle}")
order = make_order(buyer=buyer, note_id=find_note_id("{note}"), now=now(), budget=60_000)
with transaction():
    add_step(order, "placed", by=buyer.pk, now=now())
    review_new(order=order, now=now())
print("order", order.public_id, order.state)
"""
WORDS = "It says that ten people will win, and not what."
APPEAL = "Ten jars were won, and the note names who won them."
ANSWER = "We asked three of them: they have their jars."


def place(live_stack: LiveStack, handle: str, note: str) -> list[str]:
    said = live_stack.manage(
        "manage", "shell", "-c", ORDER.format(handle=handle, note=note.removeprefix("/n/"))
    )
    return said.split("order ")[1].split()


def answer(desk: Visitor, order: str, verdict: str, words: str = "") -> None:
    """Answer an order from the queue."""
    page = desk.open("/operator/promotion")
    page.locator(f"a[href$='/orders/{order}']").click()
    page.get_by_label(verdict).check()
    if words:
        page.get_by_label("What this is about, for the buyer").fill(words)
    page.get_by_role("button", name="Answer it").click()
    page.wait_for_url(lambda url: url.endswith("/operator/promotion"))


def test_an_order_is_approved_and_one_is_rejected_appealed_and_shown_after_all(
    browser: Browser, live_stack: LiveStack
) -> None:
    with (
        visit(browser, live_stack.base_url, viewport=PHONE) as buyer,
        visit(browser, live_stack.base_url) as desk,
        visit(browser, live_stack.base_url) as second,
    ):
        handle = sign_up(buyer)
        fine = publish_note(buyer, title="Honey", body="", photo=FIXTURES / "camera-gps.jpg")
        loud = publish_note(buyer, title="Ten will win", body="", photo=FIXTURES / "camera-gps.jpg")
        keepers = [sign_up(desk), sign_up(second)]
        turn = PROMOTE.format(handles=keepers, role="operator")
        live_stack.manage("manage", "shell", "-c", turn)
        (first, state), (other, _waits) = (place(live_stack, handle, note) for note in (fine, loud))
        assert state == "review"

        answer(desk, first, "Approve it")
        page = buyer.open("/notifications")
        expect(page.locator("main")).to_contain_text("Your order of ¥600.00 is approved")

        answer(desk, other, "The note promises something", WORDS)
        page = buyer.open("/notifications")
        page.get_by_role("link", name="Your order of ¥600.00 was not approved").click()
        main = page.locator("main")
        expect(main).to_contain_text("The note promises something that it does not keep")
        expect(main).to_contain_text(WORDS)
        expect(main).to_contain_text("Say what can be shown to be true, then order again.")
        page.locator("textarea[name=words]").fill(APPEAL)
        page.get_by_role("button", name="Appeal").click()
        expect(page.locator(".toasts")).to_contain_text("Your appeal is open.")
        # The same note waits again until somebody has answered.
        assert place(live_stack, handle, loud)[1] == "review"

        page = second.open("/operator/appeals")
        page.locator("main li", has_text=f"@{handle} ").get_by_role("link").click()
        expect(page.locator("main")).to_contain_text(APPEAL)
        page.locator("textarea[name=words]").fill(ANSWER)
        page.locator("input[name=verdict]").first.check()
        page.locator("main form button[type=submit]").click()
        page.wait_for_url(lambda url: url.endswith("/operator/appeals"))

        page = buyer.open("/notifications")
        expect(page.locator("main")).to_contain_text("Your order of ¥600.00 may be shown after all")
        assert place(live_stack, handle, loud)[1] == "running"
        live_stack.manage("manage", "shell", "-c", PROMOTE.format(handles=keepers, role="member"))
