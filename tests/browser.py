"""What every browser test needs: Chromium, a person's own context, and a page that tells its errors."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect

from meadow.runtime.testing import LiveStack

# Without a window of its own it takes a third less of the machine for the same pages.
CHROMIUM = shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FIXTURES = Path(__file__).parent / "fixtures"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
PASSWORD = "a-long-quiet-meadow-7"
PATIENCE_MS = 30_000
# What has to be seen within a time says so; all else waits as long as a busy machine needs.
expect.set_options(timeout=PATIENCE_MS)
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0"


@dataclass
class Visitor:
    """One person's browser: its context, its page, and what went wrong in it."""

    context: BrowserContext
    page: Page
    base_url: str
    faults: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a path of the site."""
        self.page.goto(self.base_url + path)
        return self.page


@contextmanager
def visit(browser: Browser, base_url: str, **options: Any) -> Iterator[Visitor]:
    """Open a fresh context; page errors, refused scripts or styles and refused requests fail the test."""
    options.setdefault("viewport", DESKTOP)
    options.setdefault("locale", "en-US")
    # A headless Chromium says so, and reads by known robots are never valid.
    options.setdefault("user_agent", USER_AGENT)
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE_MS)
    visitor = Visitor(context=context, page=context.new_page(), base_url=base_url)

    def hear_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            visitor.faults.append(f"console: {message.text}")

    def hear_answer(response: Response) -> None:
        if response.status >= 400:
            visitor.faults.append(f"{response.status} {response.url}")

    visitor.page.on("console", hear_console)
    visitor.page.on("pageerror", lambda error: visitor.faults.append(f"page: {error}"))
    visitor.page.on("response", hear_answer)
    try:
        yield visitor
    finally:
        context.close()
    assert visitor.faults == [], visitor.faults


def new_handle() -> str:
    """Return a handle that nobody has."""
    return f"t{secrets.token_hex(5)}"


def sign_up(visitor: Visitor, handle: str | None = None) -> str:
    """Make an account through the form; returns the handle."""
    handle = handle or new_handle()
    page = visitor.open("/accounts/signup/")
    page.locator("input[name=email]").fill(f"{handle}@example.org")
    page.locator("input[name=username]").fill(handle)
    page.locator("input[name=password1]").fill(PASSWORD)
    page.locator("main form[action*=signup] button[type=submit]").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
    return handle


def sign_up_creator(visitor: Visitor, stack: LiveStack) -> str:
    """Make an account that is let into the Creator Center; returns the handle."""
    handle = sign_up(visitor)
    stack.manage("program", "grant", "creator-center", handle, "--reason", "for a test")
    return handle


def publish_note(visitor: Visitor, *, title: str, body: str, photo: Path) -> str:
    """Write and publish a note through the editor; returns its path."""
    page = visitor.open("/new")
    page.locator("#photo-input").set_input_files(photo)
    expect(page.locator("#photos .photo-tile img").first).to_be_visible(timeout=PATIENCE_MS)
    page.locator("input[name=title]").fill(title)
    page.locator("textarea[name=body]").fill(body)
    page.locator("button[value=publish]").click()
    page.wait_for_url(lambda url: "/n/" in url and "/edit" not in url)
    return page.url.removeprefix(visitor.base_url)


__all__ = [
    "CHROMIUM",
    "CHROMIUM_FLAGS",
    "DESKTOP",
    "FIXTURES",
    "PASSWORD",
    "PATIENCE_MS",
    "PHONE",
    "Visitor",
    "expect",
    "new_handle",
    "publish_note",
    "sign_up",
    "sign_up_creator",
    "visit",
]
