"""A video note in a real browser: sent through a break, prepared, captioned, published, watched."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from meadow.media.video.testing import make_clip
from meadow.runtime.testing import LiveStack
from tests.browser import PATIENCE_MS, PHONE, expect, sign_up, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CAPTIONS = "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nA quiet morning\n"


def test_a_video_goes_up_through_a_break_and_plays_to_its_end(
    live_stack: LiveStack, browser: Browser, tmp_path: Path
) -> None:
    film = tmp_path / "morning.mp4"
    film.write_bytes(make_clip(seconds=3, size="640x360", extra=("-b:v", "20M", "-minrate", "20M")))
    words = tmp_path / "words.vtt"
    words.write_text(CAPTIONS)
    with visit(browser, live_stack.base_url) as author:
        sign_up(author)
        page = author.open("/new")
        broken: list[str] = []

        def break_once(route: object) -> None:
            if len(broken) == 2:  # the question how much is here, and the first piece
                route.continue_()  # type: ignore[attr-defined]
                return
            broken.append("once")
            route.abort()  # type: ignore[attr-defined]

        page.route("**/api/v1/videos/u*", break_once)
        page.locator("#video-input").set_input_files(film)
        page.locator("input[name=title]").fill("A quiet morning")
        player = page.locator("[data-video-panel] video")
        expect(player).to_be_visible(timeout=60_000)
        assert broken == ["once", "once"]
        author.faults.clear()  # the break that was made
        page.unroute("**/api/v1/videos/u*")
        expect(page.locator(".editor-photos")).to_be_hidden()

        page.reload()
        page.locator("select[name=language]").select_option("en")
        page.locator("input[name=captions]").set_input_files(words)
        page.get_by_role("button", name="Add captions").click()
        expect(page.locator(".video-captions-list")).to_contain_text("English")
        page.locator("input[name=title]").fill("A quiet morning")
        page.locator("button[value=publish]").click()
        page.wait_for_url(lambda url: "/n/" in url and "/edit" not in url)
        address = page.url.removeprefix(live_stack.base_url)

    with visit(browser, live_stack.base_url, viewport=PHONE, locale="zh-CN") as reader:
        page = reader.open(address)
        video = page.locator("[data-player] video")
        expect(video).to_have_js_property("paused", True)
        page.evaluate(
            "addEventListener('meadow:watched', () => (document.body.dataset.watched = 'yes'))"
        )
        video.focus()
        page.keyboard.press("m")
        page.keyboard.press("c")
        page.keyboard.press("k")

        expect(page.locator("body")).to_have_attribute("data-watched", "yes", timeout=PATIENCE_MS)
        # By hls.js, or by a browser that plays HLS itself.
        source = video.evaluate("video => video.currentSrc")
        assert source.startswith("blob:") or source.endswith("/video.m3u8")
        assert video.evaluate("video => video.textTracks[0].mode") == "showing"
        assert video.evaluate("video => video.muted") is True
