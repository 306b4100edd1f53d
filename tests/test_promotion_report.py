"""The report of an order in a real browser: live while others look, in two languages, light and dark."""

import datetime as dt
import secrets
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser

from meadow.core import clock
from meadow.runtime.testing import LiveStack
from tests.axe import inspect
from tests.browser import DESKTOP, FIXTURES, PHONE, expect, publish_note, sign_up, visit

pytestmark = pytest.mark.browser
SHANGHAI = "Asia/Shanghai"

# An order of somebody's note that runs, and sealed tokens of its showings as pages carry them.
ORDER = """
from meadow.accounts.models import Person
from meadow.analytics.tokens import seal_token
from meadow.core import clock
from meadow.notes.models import Note
from meadow.promotion.testing import make_order
buyer = Person.objects.get(handle="{handle}")
note = Note.objects.get(public_id="{note}")
order = make_order(buyer=buyer, now=clock.now(), note_id=note.pk, state="running")
seal = dict(note_id=note.pk, author_id=buyer.pk, surface="hot", now=clock.now(), campaign_id=order.pk)
served = [seal_token(price=400_000, **seal) for _ in range(2)]
print("made", order.public_id, *served, seal_token(arm=1, **seal))
"""
TELL = """async ([kind, token, id]) => {
  const events = [{id, k: kind, t: token, ms: 1500}];
  const body = JSON.stringify({v: 1, events});
  const headers = {"Content-Type": "application/json"};
  return (await fetch("/e", {method: "POST", body, headers})).status;
}"""


def hours_lately(zone: str) -> set[str]:
    """Return how an axis says this hour and the one before it, in a zone."""
    now = clock.now().astimezone(ZoneInfo(zone))
    lately = [now, now - dt.timedelta(hours=1)]
    return {f"{at.month}/{at.day} {at:%H}:00" for at in lately}


def test_an_audiences_hours_are_chosen_on_the_buyers_own_clock(
    browser: Browser, live_stack: LiveStack
) -> None:
    with visit(browser, live_stack.base_url, timezone_id=SHANGHAI) as buyer:
        handle = sign_up(buyer)
        live_stack.manage("program", "grant", "promotion", handle, "--reason", "for a test")
        page = buyer.open("/promote/audiences/new")
        hours = page.locator("details", has_text="Hours in which they are here")
        expect(hours).to_contain_text(f"({SHANGHAI})")
        hours.locator("summary").click()
        for label in ("23:00", "00:00"):
            hours.locator(".pick", has_text=label).click()
        page.locator("input[name=who-name]").fill("Nights")
        page.locator(".form-actions button[value=keep]").click()
        expect(page.locator("main")).to_contain_text(f"often here at 23:00–01:00 ({SHANGHAI})")

        told = page.evaluate("fetch('/api/v1/promotion/audiences').then((answer) => answer.json())")

        assert told["items"][0]["definition"]["all"] == [
            {"in": "active_hour", "values": ["15", "16"]}
        ]
        page.get_by_role("link", name="Nights", exact=True).click()
        for label in ("23:00", "00:00"):
            expect(hours.get_by_label(label)).to_be_checked()


def test_the_buyers_open_report_shows_what_somebody_else_just_saw(
    browser: Browser, live_stack: LiveStack
) -> None:
    url = live_stack.base_url
    with (
        visit(browser, url, timezone_id=SHANGHAI) as buyer,
        visit(browser, url, viewport=PHONE) as reader,
        visit(browser, url) as held_out,
    ):
        handle = sign_up(buyer)
        note = publish_note(buyer, title="Fog", body="", photo=FIXTURES / "photo.webp")
        said = live_stack.manage(
            "manage", "shell", "-c", ORDER.format(handle=handle, note=note.removeprefix("/n/"))
        )
        order, first, second, ghost = said.split("made ")[1].split()
        sign_up(reader)
        sign_up(held_out)
        page = buyer.open(f"/promote/{order}/report")
        shown = page.locator("[data-figure=impressions]")
        expect(shown).to_have_attribute("data-value", "0")
        expect(page.locator("[data-report-said]")).to_contain_text("Nobody has been shown it yet")
        expect(page.locator("html")).to_have_attribute("data-live", "on")
        page.evaluate("window.sameDocument = true")

        for visitor, kind, token in (
            (reader, "impression", first),
            (reader, "open", first),
            (reader, "read", first),
            # A card counts once, however often it is told.
            (reader, "impression", first),
            (reader, "impression", second),
            (held_out, "impression", ghost),
        ):
            told = [kind, token, f"e{secrets.token_hex(16)}"]
            assert visitor.page.evaluate(TELL, told) == 204

        expect(shown).to_have_attribute("data-value", "2")
        expect(page.locator("[data-figure=reads]")).to_have_attribute("data-value", "1")
        expect(page.locator("[data-figure=invalid]")).to_have_attribute("data-value", "1")
        expect(page.locator("[data-figure=spent]")).to_have_text("¥0.80")
        expect(page.locator("#chart-hours canvas")).to_be_visible()
        expect(page.locator("[data-outcome=reads]")).to_contain_text("Not enough data yet")
        # What came live is on the buyer's own clock, and so is all the rest.
        hours = page.locator("#chart-hours")
        expect(hours).to_contain_text(f"Impressions of each hour ({SHANGHAI})")
        (shown_at,) = hours.locator("th[scope=row]").all()
        assert shown_at.get_attribute("data-short") in hours_lately(SHANGHAI)
        expect(page.locator("#studio-live")).to_contain_text(f"({SHANGHAI}).")
        expect(page.locator("#studio-live")).not_to_contain_text("UTC")
        assert page.evaluate("window.sameDocument") is True
        # The first page of a browser that told no zone yet comes anew, in its zone.
        buyer.context.clear_cookies(name="meadow_zone")
        page.goto(f"{url}/promote/{order}/report")
        expect(hours).to_contain_text(f"Impressions of each hour ({SHANGHAI})")
        expect(page.locator("#studio-live")).not_to_contain_text("UTC")
        page.goto(f"{url}/promote/{order}/lift")
        expect(page.locator("[data-figure=ghosts]")).to_have_attribute("data-value", "1")
        state = buyer.context.storage_state()

    its = f"/promote/{order}"
    paths = [f"{its}/report", f"{its}/lift", its, "/promote", "/promote/new", "/promotion/about"]
    for language, look in (("zh-CN", ("dark", PHONE)), ("en-US", ("light", DESKTOP))):
        with visit(browser, url, storage_state=state, locale=language, viewport=look[1]) as again:
            found, too_wide = inspect(again, paths, [look])
        assert found == []
        assert too_wide == []
