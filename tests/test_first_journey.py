"""Two people, one photo with a place in it: served without, and counted while its author watches."""

import io
import urllib.request
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from meadow.runtime.testing import LiveStack
from tests.browser import FIXTURES, PHONE, expect, publish_note, sign_up, visit

pytestmark = pytest.mark.browser

CAMERA = FIXTURES / "camera-gps.jpg"
METADATA_MARKS = (b"Exif", b"GPS", b"http://ns.adobe.com", b"Nokia", b"ICC_PROFILE", b"XMP ")


def test_the_camera_photo_really_knows_where_it_was_taken() -> None:
    place = Image.open(CAMERA).getexif().get_ifd(0x8825)

    assert place[1] == "N"
    assert [float(part) for part in place[2]] == pytest.approx([55.0, 2.0, 19.521], abs=0.001)


def test_the_author_sees_a_stranger_read_without_a_reload(
    browser: Browser, live_stack: LiveStack
) -> None:
    with (
        visit(browser, live_stack.base_url) as author,
        visit(browser, live_stack.base_url, viewport=PHONE) as reader,
    ):
        sign_up(author)
        path = publish_note(
            author,
            title="A starfish in a red crate",
            body="Found at low tide. #seaside",
            photo=CAMERA,
        )
        valid = author.page.locator("[data-reads-valid]")
        raw = author.page.locator("[data-reads-raw]")
        # Looking at one's own note is a raw read, and not a valid one.
        expect(raw).to_have_attribute("data-reads-raw", "1")
        expect(valid).to_have_attribute("data-reads-valid", "0")
        sign_up(reader)

        reader.open(path)
        expect(reader.page.locator("h1")).to_contain_text("A starfish in a red crate")

        expect(valid).to_have_attribute("data-reads-valid", "1")
        expect(raw).to_have_attribute("data-reads-raw", "2")

        # Coming back the same day is not another read.
        reader.page.reload()
        reader.page.wait_for_timeout(3_000)
        expect(valid).to_have_attribute("data-reads-valid", "1")


def test_no_served_photo_says_where_it_was_taken(browser: Browser, live_stack: LiveStack) -> None:
    with visit(browser, live_stack.base_url) as author:
        sign_up(author)
        publish_note(author, title="Low tide", body="", photo=CAMERA)
        shown = author.page.locator(".note-page-photos img[srcset]").first.get_attribute("srcset")

    addresses = [part.split()[0] for part in (shown or "").split(",")]
    assert len(addresses) >= 2
    for address in addresses:
        with urllib.request.urlopen(live_stack.base_url + address) as answer:
            served = answer.read()
        photo = Image.open(io.BytesIO(served))
        assert photo.format == "WEBP"
        assert dict(photo.getexif()) == {}
        assert set(photo.info) <= {"loop", "background", "timestamp", "duration"}
        assert [mark for mark in METADATA_MARKS if mark in served] == []
    kept = [path for path in (live_stack.home / "files").rglob("*") if path.is_file()]
    assert kept
    assert [path for path in kept if b"Exif" in read(path)] == []


def read(path: Path) -> bytes:
    """Return what a file holds, nothing where it is gone: another test's note may just be deleted."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def test_signed_out_the_wall_works_without_javascript(
    browser: Browser, live_stack: LiveStack
) -> None:
    with visit(browser, live_stack.base_url) as author:
        sign_up(author)
        publish_note(author, title="Plain HTML", body="Still here.", photo=CAMERA)

    with visit(browser, live_stack.base_url, java_script_enabled=False) as reader:
        page = reader.open("/")
        card = page.locator("article.note-card", has_text="Plain HTML")
        # Each web process looks for newcomers once a second, and this page does not move by itself.
        for _ in range(240):
            if card.count():
                break
            page.wait_for_timeout(250)
            page.reload()
        expect(card).to_be_visible()
        card.locator("a.note-card-link").click()
        expect(page.locator("h1")).to_contain_text("Plain HTML")
        expect(page.locator("article")).to_contain_text("Still here.")
