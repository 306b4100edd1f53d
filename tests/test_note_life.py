"""An author keeps a note to herself, deletes it, brings it back, and loses the network while she writes."""

import pytest
from playwright.sync_api import Browser

from meadow.runtime.testing import LiveStack
from tests.axe import findings
from tests.browser import FIXTURES, PHONE, expect, publish_note, sign_up, visit

pytestmark = pytest.mark.browser

LOST = ("ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest")


def test_a_note_is_made_private_deleted_brought_back_and_written_offline(
    browser: Browser, live_stack: LiveStack
) -> None:
    with (
        visit(browser, live_stack.base_url, viewport=PHONE) as author,
        visit(browser, live_stack.base_url) as reader,
    ):
        sign_up(author)
        path = publish_note(
            author, title="By the lake", body="First.", photo=FIXTURES / "camera-gps.jpg"
        )
        photo = author.page.locator(".carousel-photo").first.get_attribute("src")
        assert reader.open(path).locator("h1").inner_text() == "By the lake"

        # Only her: the page and the photo are refused to the reader at once.
        page = author.open(f"{path}/edit")
        page.get_by_text("Only me", exact=True).click()
        page.locator("button[value=save].btn-primary").click()
        expect(page.locator(".chip", has_text="Only you")).to_be_visible()
        asked = reader.context.request
        refused = [asked.get(f"{live_stack.base_url}{one}").status for one in (path, photo)]
        assert refused == [404, 404]

        # Deleted, listed, brought back as it was.
        page = author.open(f"{path}/delete")
        page.get_by_role("button", name="Delete").click()
        page = author.open("/me/deleted")
        page.get_by_role("button", name="Bring back").click()
        expect(page.locator("h1")).to_have_text("By the lake")
        expect(page.locator(".chip", has_text="Only you")).to_be_visible()

        # Deleted again, and for good.
        author.open(f"{path}/delete").get_by_role("button", name="Delete").click()
        page = author.open("/me/deleted")
        page.get_by_role("link", name="Delete for good").click()
        expect(page.get_by_role("heading", name="Delete it for good now?")).to_be_visible()
        assert findings(page, "deleting for good") == []
        page.get_by_role("button", name="Delete for good").click()
        expect(page.locator("main")).to_contain_text("Nothing deleted")
        assert author.context.request.get(f"{live_stack.base_url}{photo}").status == 404

        # A draft.
        page = author.open("/new")
        page.locator("#photo-input").set_input_files(FIXTURES / "photo.png")
        expect(page.locator("#photos .photo-tile img").first).to_be_visible()
        page.locator("input[name=title]").fill("In the morning")
        expect(page.locator("#save-state")).to_contain_text("Draft saved")
        page.wait_for_url("**/edit")

        # The network goes; what she types is kept, said so, and saved when it is back.
        author.context.set_offline(True)
        page.locator("textarea[name=body]").fill("Mist over the water.")
        expect(page.locator("#save-state")).to_contain_text("kept on this device")
        author.context.set_offline(False)
        page.reload()
        expect(page.locator("#kept")).to_contain_text("is back")
        assert page.locator("textarea[name=body]").input_value() == "Mist over the water."
        expect(page.locator("#save-state")).to_contain_text("Draft saved")
        mine = "window.localStorage.getItem('meadow.draft.' + document.getElementById('kept').dataset.note)"
        for _ in range(100):
            if page.evaluate(mine) is None:
                break
            page.wait_for_timeout(100)
        assert page.evaluate(mine) is None
        # Nothing that has arrived comes back in a new note.
        page = author.open("/new")
        assert page.locator("input[name=title]").input_value() == ""
        assert page.evaluate("Object.keys(localStorage)") == []
        # Without a network a request fails, and here it is meant to.
        author.faults[:] = [one for one in author.faults if not any(lost in one for lost in LOST)]
