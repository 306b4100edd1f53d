"""What our own scripts promise in a real browser: the wall, the keys, the look, hearing after a fall."""

import base64
import json
import os
import signal
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page

from meadow.runtime import processes
from meadow.runtime.testing import LiveStack
from tests.browser import FIXTURES, PHONE, expect, publish_note, sign_up, visit

pytestmark = pytest.mark.browser

NOTES = 47
# In one transaction: the stack ranks by itself too, and must not find half of them.
WALL = f"""
import json
from meadow.accounts.testing import make_person
from meadow.core.clock import now
from meadow.core.transactions import transaction
from meadow.feed.services import rank_hot
from meadow.notes.models import Note
from meadow.notes.testing import make_note
with transaction():
    people = [make_person(f"wall_author_{{n}}") for n in range(6)]
    for n in range({NOTES}):
        make_note(people[n % 6].pk, title=f"Wall note {{n}}", with_files=True, now=now())
wall = rank_hot(now=now())
print(json.dumps([wall, Note.objects.filter(state="published").count()]))
"""


def cards(page: Page) -> list[str]:
    """Return the notes on the wall in reading order."""
    found = page.locator("article.note-card").evaluate_all(
        "all => all.map(one => one.dataset.note)"
    )
    return list(found)


def ranking_of(page: Page) -> int:
    """Return which wall the page was taken from, as the cursor to its next one says; 0 where none follows."""
    more = page.locator("[data-more] a[rel=next]")
    if not more.count():
        return 0
    cursor = parse_qs(urlsplit(more.get_attribute("href") or "").query)["after"][0]
    packed = cursor.partition(":")[0]
    return int(json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))["v"])


def test_the_wall_scrolls_to_its_end_without_a_repeat(
    browser: Browser, live_stack: LiveStack
) -> None:
    said = live_stack.manage("manage", "shell", "--no-imports", "-c", WALL)
    wall, published = json.loads(said.strip().splitlines()[-1])

    with visit(browser, live_stack.base_url, viewport=PHONE) as visitor:
        # Each web process looks for a new wall once a second, and until then shows what others left here.
        for _ in range(60):
            page = visitor.open("/")
            if ranking_of(page) >= wall:
                break
            page.wait_for_timeout(500)
        first = cards(page)
        assert len(first) == 20
        for _ in range(240):
            if not page.locator("[data-more]").count():
                break
            page.mouse.wheel(0, 6_000)
            page.wait_for_timeout(250)
        shown = cards(page)

    assert shown[:20] == first
    assert len(shown) == len(set(shown)) == published


def test_theme_and_language_hold_over_pages_and_visits(
    browser: Browser, live_stack: LiveStack
) -> None:
    with visit(browser, live_stack.base_url, color_scheme="light") as visitor:
        page = visitor.open("/")
        page.locator("details.more-menu > summary").click()
        with page.expect_response("**/preferences"):
            page.locator("button[name=theme][value=dark]").click()
            expect(page.locator("html")).to_have_attribute("data-theme", "meadow-night")
        page = visitor.open("/accounts/login/")
        expect(page.locator("html")).to_have_attribute("data-theme", "meadow-night")

        page = visitor.open("/")
        page.locator("details.more-menu > summary").click()
        page.locator("button[name=language][value=zh-hans]").click()
        expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
        sign_up(visitor)
        page = visitor.open("/settings/profile")
        expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
        expect(page.locator("html")).to_have_attribute("data-theme", "meadow-night")


def test_keys_walk_the_wall(browser: Browser, live_stack: LiveStack) -> None:
    with visit(browser, live_stack.base_url) as visitor:
        sign_up(visitor)
        publish_note(visitor, title="For the keys", body="", photo=FIXTURES / "photo.webp")
        page = visitor.open("/")
        first = cards(page)[0]

        page.keyboard.press("j")
        page.keyboard.press("Enter")

        page.wait_for_url(f"**/n/{first}")
        page.keyboard.press("?")
        expect(page.locator("dialog[open]")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)


def test_an_open_page_hears_again_after_nats_was_killed(
    browser: Browser, live_stack: LiveStack
) -> None:
    with (
        visit(browser, live_stack.base_url) as author,
        visit(browser, live_stack.base_url) as reader,
    ):
        sign_up(author)
        path = publish_note(author, title="Still listening", body="", photo=FIXTURES / "photo.png")
        valid = author.page.locator("[data-reads-valid]")
        sign_up(reader)
        victim = live_stack.pids["nats"]

        os.kill(victim, signal.SIGKILL)
        assert processes.wait_until(
            lambda: live_stack.pids.get("nats", victim) != victim and live_stack.is_ready(),
            seconds=60,
        )
        reader.open(path)

        expect(valid).to_have_attribute("data-reads-valid", "1")
        # While NATS was away the pages rightly heard refusals.
        author.faults.clear()
        reader.faults.clear()
