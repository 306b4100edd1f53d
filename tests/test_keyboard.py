"""Everything that matters without a mouse: sign up, post, read and comment with the keyboard alone."""

import pytest
from playwright.sync_api import Browser, Locator, Page

from meadow.runtime.testing import LiveStack
from tests.browser import FIXTURES, PASSWORD, PATIENCE_MS, expect, new_handle, visit

pytestmark = pytest.mark.browser

# As many as a page of the wall has, of whatever notes other tests have left on it.
MOST_STEPS = 400


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until `target` has the focus; fails when it is not on the way."""
    for _ in range(MOST_STEPS):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} is not reached by Tab within {MOST_STEPS} steps")


def focus_is_visible(page: Page) -> bool:
    """Whether the focused element, or the card that it opens, shows a ring."""
    return bool(
        page.evaluate(
            """() => {
                const here = document.activeElement;
                return [here, here.closest("article")].filter(Boolean).some((one) =>
                    [null, "::after", "::before"].some((part) => {
                        const style = getComputedStyle(one, part);
                        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
                    }));
            }"""
        )
    )


def test_a_person_signs_up_posts_reads_and_comments_by_keyboard(
    browser: Browser, live_stack: LiveStack
) -> None:
    handle = new_handle()
    with visit(browser, live_stack.base_url) as visitor:
        page = visitor.open("/accounts/signup/")
        for name, text in (
            ("email", f"{handle}@example.org"),
            ("username", handle),
            ("password1", PASSWORD),
        ):
            tab_to(page, page.locator(f"input[name={name}]"))
            assert focus_is_visible(page)
            page.keyboard.type(text)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/accounts/" not in url)

        page.keyboard.press("n")
        page.wait_for_url(lambda url: url.endswith("/edit") or url.endswith("/new"))
        # The system's own file dialog is all that a test has to answer for the person; it must be
        # known to the browser before the key is pressed.
        with page.expect_file_chooser() as chooser:
            tab_to(page, page.locator("#photo-input"))
            page.keyboard.press("Enter")
        chooser.value.set_files(FIXTURES / "camera-rotated.jpg")
        expect(page.locator("#photos .photo-tile img").first).to_be_visible(timeout=PATIENCE_MS)
        tab_to(page, page.locator("input[name=title]"))
        page.keyboard.type("By keyboard")
        tab_to(page, page.locator("textarea[name=body]"))
        page.keyboard.type("No mouse was near.")
        tab_to(page, page.locator("button[value=publish]"))
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/n/" in url and "/edit" not in url)

        # A new note reaches the wall by a job, within seconds.
        card = page.locator("a.note-card-link", has_text="By keyboard")
        for _ in range(120):
            visitor.open("/")
            if card.count():
                break
            page.wait_for_timeout(1_000)
        page.keyboard.press("Tab")
        expect(page.locator(".skip-link")).to_be_focused()
        page.keyboard.press("Enter")
        tab_to(page, card)
        assert focus_is_visible(page)
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_contain_text("By keyboard")
        tab_to(page, page.locator("#like-button"))
        page.keyboard.press("Space")
        expect(page.locator("#like-button")).to_have_attribute("aria-pressed", "true")
        # The focus stays where the reader was, although the button was swapped.
        expect(page.locator("#like-button")).to_be_focused()
        tab_to(page, page.locator("#comment-form textarea"))
        page.keyboard.type("Nor here.")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        comment = page.locator("#comment-list > article")
        expect(comment).to_contain_text("Nor here.")
        tab_to(page, comment.locator("summary", has_text="Reply"))
        assert focus_is_visible(page)
        page.keyboard.press("Enter")
        tab_to(page, comment.locator("textarea"))
        page.keyboard.type("And again.")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(comment.locator(".comment-reply")).to_contain_text("And again.")
