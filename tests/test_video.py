"""A video note in a real browser: sent through a break, prepared, captioned, published, watched, counted."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from meadow.media.video.testing import make_clip
from meadow.runtime.testing import LiveStack
from tests.browser import PATIENCE_MS, PHONE, expect, sign_up_creator, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

VIDEO = "document.querySelector('[data-player] video')"
HLS = "document.querySelector('[data-player]').meadowHls"
NO_HLS = """
const asked = HTMLMediaElement.prototype.canPlayType;
HTMLMediaElement.prototype.canPlayType = function (kind) {
  return /mpegurl/i.test(kind) ? "" : asked.call(this, kind);
};
"""
# By the key that a person presses, but in the page itself: a test that asks from without may come late.
PAUSE_EARLY = f"""() => {{
  const video = {VIDEO};
  const hold = () => {{
    if (video.currentTime <= 0.3) return;
    video.removeEventListener("timeupdate", hold);
    video.dispatchEvent(new KeyboardEvent("keydown", {{ key: "k", bubbles: true }}));
  }};
  video.addEventListener("timeupdate", hold);
}}"""
CAPTIONS = "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nA quiet morning\n"


def test_a_video_goes_up_through_a_break_and_plays_to_its_end(
    live_stack: LiveStack, browser: Browser, tmp_path: Path
) -> None:
    film = tmp_path / "morning.mp4"
    film.write_bytes(make_clip(seconds=3, size="640x480", extra=("-b:v", "20M", "-minrate", "20M")))
    words = tmp_path / "words.vtt"
    words.write_text(CAPTIONS)
    with visit(browser, live_stack.base_url) as author:
        sign_up_creator(author, live_stack)
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

        watch(browser, live_stack, address)
        check_native(browser, live_stack, address)

        # What was watched to its end has come to the author's figures.
        page = author.open(f"/studio{address.replace('/n/', '/notes/')}")
        expect(page.locator("a[href*='metric=completions']").first).to_have_text("1")


def until(page: Page, said: str) -> None:
    """Wait for something to be true on a page; its policy forbids Playwright's own way of asking."""
    for _ in range(300):
        if page.evaluate(said):
            return
        page.wait_for_timeout(100)
    raise AssertionError(said)


def watch(browser: Browser, stack: LiveStack, address: str) -> None:
    """Watch the film to its end where the browser knows no HLS, as most on the desktop: by hls.js."""
    with visit(browser, stack.base_url, viewport=PHONE, locale="zh-CN") as reader:
        reader.context.add_init_script(NO_HLS)
        told: list[str] = []
        reader.page.on("requestfinished", lambda one: told.append(one.post_data or ""))
        page = reader.open(address)
        video = page.locator("[data-player] video")
        expect(video).to_have_js_property("paused", True)
        expect(video).to_have_js_property("muted", False)
        page.evaluate(
            "addEventListener('meadow:watched', () => (document.body.dataset.watched = 'yes'))"
        )
        box = video.bounding_box()
        page.evaluate(PAUSE_EARLY)
        video.focus()
        for key in ("m", "c", "k"):
            page.keyboard.press(key)

        until(page, f"{HLS}?.levels.length === 2")
        until(page, f"{VIDEO}.videoHeight > 0 && {VIDEO}.currentTime > 0.3 && {VIDEO}.paused")
        assert page.evaluate(f"{VIDEO}.textTracks[0].activeCues[0].text") == "A quiet morning"
        for level in (0, 1):
            page.evaluate(f"{HLS}.currentLevel = {level}")
            until(page, f"{HLS}.currentLevel === {level}")
        # The other quality is seen from the next key frame on: that is the first one, back there.
        page.keyboard.press("ArrowLeft")
        until(page, f"{VIDEO}.videoHeight === 480 && {VIDEO}.currentTime < 0.3")
        assert video.bounding_box() == box
        page.keyboard.press("k")
        expect(page.locator("body")).to_have_attribute("data-watched", "yes", timeout=PATIENCE_MS)
        assert video.evaluate("video => video.currentSrc").startswith("blob:")
        assert video.evaluate("video => video.muted") is True
        # A browser that is closed at once may take along what it had not told yet.
        for _ in range(300):
            if any('"k":"complete"' in one for one in told):
                break
            page.wait_for_timeout(100)
        else:
            raise AssertionError("the end was never told")


def check_native(browser: Browser, stack: LiveStack, address: str) -> None:
    """Play it where the browser knows HLS itself, as every phone does; and in another site's frame."""
    with visit(browser, stack.base_url) as reader:
        for path, source in ((address, "/video.m3u8"), (f"/embed{address}", "/video.mp4")):
            page = reader.open(path)
            page.locator("video").evaluate("video => { video.muted = true; video.play(); }")
            until(page, "document.querySelector('video').currentTime > 0.3")
            assert page.locator("video").evaluate("video => video.currentSrc").endswith(source)
