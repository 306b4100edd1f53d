"""Times that the server writes in UTC, by the clock of a reader in Shanghai, in Chromium."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, sync_playwright

from meadow.web.vendor import WEB
from tests.browser import CHROMIUM, CHROMIUM_FLAGS

pytestmark = pytest.mark.browser

NOW = dt.datetime(2026, 5, 3, 20, 0, tzinfo=dt.UTC)  # 4:00 the next morning in Shanghai
PAGE = """\
<!DOCTYPE html><html lang="{lang}"><body>
<time datetime="2026-05-03T17:05:00+00:00" data-clock>May 3, 2026, 5:05 p.m. UTC</time>
<time datetime="2026-05-03T17:05:00+00:00" data-clock="time">May 3, 2026, 5:05 p.m. UTC</time>
<time datetime="2026-05-03T15:05:00+00:00" data-clock="time">May 3, 2026, 3:05 p.m. UTC</time>
<time datetime="2026-05-03T17:05:00+00:00">May 3</time>
<script type="module" src="/static/js/app.js"></script></body></html>
"""


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        page = browser.new_page(timezone_id="Asia/Shanghai")
        page.clock.set_fixed_time(NOW)
        yield page
        browser.close()


def answer(route: Route) -> None:
    path = route.request.url.partition("meadow.test")[2]
    if path.startswith("/static/"):
        script = Path(WEB / path.lstrip("/")).read_text()
        route.fulfill(body=script, content_type="text/javascript")
    else:
        route.fulfill(body=PAGE.format(lang=path.strip("/")), content_type="text/html")


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", ["May 4, 2026 at 1:05 AM", "1:05 AM", "May 3, 2026 at 11:05 PM", "May 3"]),
        ("zh-hans", ["2026年5月4日 01:05", "01:05", "2026年5月3日 23:05", "May 3"]),
    ],
)
def test_times_are_the_readers_and_todays_can_do_without_a_date(
    page: Page, lang: str, told: list[str]
) -> None:
    page.route("**/*", answer)
    page.goto(f"http://meadow.test/{lang}")

    times = page.locator("time")
    page.wait_for_function("!document.querySelector('[data-clock]').textContent.includes('UTC')")
    assert [words.replace("\u202f", " ") for words in times.all_text_contents()] == told
