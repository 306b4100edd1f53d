"""A creator's figures in a real browser: live, opened to their facts, the same in table, file and API."""

import csv
import io
import re

import pytest
from playwright.sync_api import Browser, Locator, Page

from meadow.runtime.testing import LiveStack
from tests.browser import (
    FIXTURES,
    PHONE,
    expect,
    publish_note,
    sign_up,
    sign_up_creator,
    visit,
)

pytestmark = pytest.mark.browser

PHOTO = FIXTURES / "photo.webp"


def figure(page: Page, metric: str) -> str:
    """Return the selector of a headline figure."""
    return f".headlines [data-figure={metric}]"


def column(page: Page, chart: str, place: int) -> list[str]:
    """Return the numbers of one column of a chart's table."""
    found = page.locator(f"#chart-{chart} tbody tr").evaluate_all(
        "(rows, place) => rows.map(row => row.cells[place].dataset.value)", place
    )
    return list(found)


def test_a_stranger_reads_and_the_open_page_counts(browser: Browser, live_stack: LiveStack) -> None:
    with (
        visit(browser, live_stack.base_url) as author,
        visit(browser, live_stack.base_url, viewport=PHONE) as reader,
    ):
        sign_up_creator(author, live_stack)
        path = publish_note(author, title="Counted while watched", body="", photo=PHOTO)
        note = path.removeprefix("/n/")
        # Their own look is a read after a second of it.
        expect(author.page.locator("[data-reads-raw]")).to_have_attribute("data-reads-raw", "1")
        sign_up(reader)
        # The way there is on the note itself.
        author.page.locator(f"a[href='/studio/notes/{note}']").click()
        page = author.page
        page.wait_for_url(f"**/studio/notes/{note}")
        page.wait_for_load_state("load")
        expect(page.locator("#chart-reads canvas")).to_be_visible()
        valid = page.locator(figure(page, "reads_valid"))
        expect(valid).to_have_attribute("data-value", "0")
        # What is open, and what has the focus, is still so after the page renewed itself.
        page.locator("#chart-reads-table summary").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#chart-reads-table table")).to_be_visible()
        page.evaluate("window.sameDocument = true")

        reader.open(path)
        expect(reader.page.locator("h1")).to_contain_text("Counted while watched")

        expect(valid).to_have_attribute("data-value", "1")
        assert page.evaluate("window.sameDocument") is True
        expect(page.locator("#chart-reads-table table")).to_be_visible()
        expect(page.locator("#chart-reads-table summary")).to_be_focused()
        expect(page.locator("#chart-reads canvas")).to_be_visible()
        assert column(page, "reads", 1)[-1] == "1"

        # The number opens to the one fact that it is; who it was stays a tag.
        valid.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/studio/facts**")
        expect(page.locator("[data-fact]")).to_have_count(1)
        expect(page.locator("[data-figure=reads_valid]")).to_have_attribute("data-value", "1")
        assert re.fullmatch(r"\w{6}", page.locator("[data-fact] code").first.inner_text())

        # The author's own look at their note is told as what it is.
        page = author.open(f"/studio/notes/{note}")
        page.locator(".provenance-table [data-figure=reads_invalid]").click()
        page.wait_for_url("**/studio/facts?metric=reads_invalid**")
        expect(page.locator("[data-fact]")).to_have_count(1)
        expect(page.locator("[data-fact]")).to_contain_text("Your own visit.")
        page.wait_for_load_state("networkidle")


def test_a_follower_shows_on_the_open_page(browser: Browser, live_stack: LiveStack) -> None:
    with (
        visit(browser, live_stack.base_url) as author,
        visit(browser, live_stack.base_url) as reader,
    ):
        handle = sign_up_creator(author, live_stack)
        publish_note(author, title="Worth following", body="", photo=PHOTO)
        page = author.open("/studio/followers")
        gained = page.locator(figure(page, "follows_raw"))
        expect(gained).to_have_attribute("data-value", "0")
        page.evaluate("window.sameDocument = true")
        sign_up(reader)

        reader.open(f"/@{handle}")
        reader.page.locator("form.follow button").first.click()

        expect(gained).to_have_attribute("data-value", "1")
        assert page.evaluate("window.sameDocument") is True


def test_table_file_and_api_are_one_number(browser: Browser, live_stack: LiveStack) -> None:
    with (
        visit(browser, live_stack.base_url) as author,
        visit(browser, live_stack.base_url) as reader,
    ):
        sign_up_creator(author, live_stack)
        path = publish_note(author, title="One number", body="", photo=PHOTO)
        sign_up(reader)
        reader.open(path)
        page = author.open("/studio?period=7")
        expect(page.locator(figure(page, "reads_valid"))).to_have_attribute("data-value", "1")

        table = column(page, "reads", 1)
        href = page.locator("#chart-reads .chart-csv").get_attribute("href")
        request = author.context.request
        text = request.get(f"{live_stack.base_url}{href}").body().decode("utf-8-sig")
        file = [line[1] for line in list(csv.reader(io.StringIO(text)))[1:]]
        days = [line[0] for line in list(csv.reader(io.StringIO(text)))[1:]]
        asked = f"/api/v1/metrics/reads_valid?by=day&since={days[0]}&until={days[-1]}"
        api = request.get(live_stack.base_url + asked).json()

        assert table == file == [str(row["value"]) for row in api["rows"]]
        assert sum(map(int, table)) == api["value"] == 1


def test_the_studio_is_readable_without_javascript(browser: Browser, live_stack: LiveStack) -> None:
    with visit(browser, live_stack.base_url) as author:
        sign_up_creator(author, live_stack)
        path = publish_note(author, title="Plain figures", body="", photo=PHOTO)
        state = author.context.storage_state()

    plain = {"java_script_enabled": False, "storage_state": state, "viewport": PHONE}
    with visit(browser, live_stack.base_url, **plain) as author:
        page = author.open(f"/studio/notes/{path.removeprefix('/n/')}")
        expect(page.locator("h1")).to_contain_text("Plain figures")
        page.locator("#chart-reads-table summary").click()
        expect(page.locator("#chart-reads tbody tr")).to_have_count(28)
        expect(page.locator("#chart-reads [data-chart-canvas]")).to_be_hidden()
        author.open("/studio/notes")
        expect(page.locator("tbody tr")).to_have_count(1)


def test_a_chart_is_redrawn_for_the_night(browser: Browser, live_stack: LiveStack) -> None:
    with visit(browser, live_stack.base_url, color_scheme="light") as author:
        sign_up_creator(author, live_stack)
        path = publish_note(author, title="Night figures", body="", photo=PHOTO)
        page = author.open(f"/studio/notes/{path.removeprefix('/n/')}")
        canvas = page.locator("#chart-reads canvas")
        expect(canvas).to_be_visible()
        day = picture(canvas)

        page.emulate_media(color_scheme="dark")

        for _ in range(300):
            if picture(canvas) != day:
                break
            page.wait_for_timeout(100)
        assert picture(canvas) != day


def picture(canvas: Locator) -> str:
    """Return what a chart looks like once it stands still."""
    looks = [""]
    for _ in range(300):
        looks.append(canvas.evaluate("one => one.toDataURL()"))
        if looks[-1] == looks[-2]:
            return looks[-1]
        canvas.page.wait_for_timeout(200)
    raise AssertionError("the chart never stands still")
